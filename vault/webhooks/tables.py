"""Events as they happened, the endpoints that want to hear of them, and every delivery between the two."""

from sqlalchemy import Index, Table

from vault.schema import binary, counter, metadata, number, word

events = Table(
    "events",
    metadata,
    counter("id"),
    binary("name"),
    word("domain"),
    word("kind"),
    word("data"),
    number("time"),
    Index("events_name", "name", unique=True),
    Index("events_domain", "domain", "id"),
    Index("events_time", "time"),
)
"""Written in the transaction of what they tell; ``data`` is JSON."""

webhooks = Table(
    "webhooks",
    metadata,
    binary("id", key=True),
    word("domain"),
    word("url"),
    word("kinds"),
    number("low_balance"),
    number("generation"),
    number("rotated", null=True),
    word("state"),
    number("failing", null=True),
    number("created"),
    Index("webhooks_domain", "domain"),
)
"""``kinds`` is ``*`` or `` one two `` with blanks around each. ``rotated`` is when the secret was last
changed, ``failing`` since when nothing arrived. The secret itself is nowhere: it is derived."""

deliveries = Table(
    "deliveries",
    metadata,
    counter("id"),
    binary("webhook"),
    binary("event"),
    word("state"),
    number("due", null=True),
    number("attempts"),
    number("status", null=True),
    word("error"),
    number("tried", null=True),
    Index("deliveries_due", "due"),
    Index("deliveries_webhook", "webhook", "id"),
    Index("deliveries_event", "event"),
)
"""``due`` is when it is tried next, null once it arrived or was given up."""

announced = Table(
    "announced",
    metadata,
    word("name", key=True),
    number("size"),
)
"""How much of the log's entries partners were told of."""
