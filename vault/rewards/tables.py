"""The catalogue, and what was redeemed from it."""

from sqlalchemy import CheckConstraint, Index, Table

from vault.schema import binary, counter, metadata, number, word

rewards = Table(
    "rewards",
    metadata,
    counter("id"),
    binary("hash"),
    word("partner"),
    number("stock"),
    number("expires"),
    binary("raw"),
    CheckConstraint("stock >= 0", name="rewards_stock"),
    Index("rewards_hash", "hash", unique=True),
    Index("rewards_partner", "partner"),
)
"""``stock`` is how often it can still be redeemed."""

redemptions = Table(
    "redemptions",
    metadata,
    counter("id"),
    binary("hash"),
    binary("reward"),
    binary("account"),
    word("partner"),
    number("price"),
    word("state"),
    number("until"),
    binary("raw"),
    binary("fulfilment", null=True),
    binary("sealed", null=True),
    Index("redemptions_hash", "hash", unique=True),
    Index("redemptions_account", "account", "id"),
    Index("redemptions_partner", "partner", "id"),
    Index("redemptions_until", "state", "until"),
)
"""``until`` is when it must be fulfilled, in seconds; ``sealed`` is a code that only its owner opens."""
