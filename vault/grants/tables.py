"""Grants with their keys and envelopes, and the small row that every use of one moves."""

from sqlalchemy import Index, Table

from vault.schema import binary, counter, metadata, number, word

grants = Table(
    "grants",
    metadata,
    counter("id"),
    binary("hash"),
    binary("grant_id"),
    number("version"),
    binary("account"),
    word("partner"),
    binary("ask", null=True),
    binary("raw"),
    Index("grants_ask", "ask"),
    Index("grants_hash", "hash", unique=True),
    Index("grants_version", "grant_id", "version", unique=True),
    Index("grants_account", "account", "id"),
    Index("grants_partner", "partner", "id"),
)

grant_chains = Table(
    "grant_chains",
    metadata,
    binary("grant_hash", key=True),
    word("state"),
    number("seq"),
    binary("head", null=True),
    number("uses"),
    number("escrow"),
    number("period"),
    number("period_uses"),
)

expiries = Table(
    "expiries",
    metadata,
    binary("grant_hash", key=True),
    number("expires"),
    Index("expiries_expires", "expires"),
)
"""Grants whose end by time is still to come: what is left of their money goes back then."""

grant_keys = Table(
    "grant_keys",
    metadata,
    binary("grant_hash", key=True),
    number("holder", key=True),
    binary("sealed"),
)

envelopes = Table(
    "envelopes",
    metadata,
    binary("grant_hash", key=True),
    binary("item", key=True),
    number("version"),
    binary("fields"),
    binary("sealed"),
    number("size"),
    Index("envelopes_item", "item"),
)

revocations = Table(
    "revocations",
    metadata,
    binary("grant_hash", key=True),
    binary("hash"),
    binary("raw"),
    number("time"),
)
