"""Offers, newest last. What is left of a campaign is a balance like any other."""

from sqlalchemy import Index, Table

from vault.schema import binary, counter, metadata, number, word

offers = Table(
    "offers",
    metadata,
    counter("id"),
    binary("hash"),
    word("partner"),
    word("state"),
    number("expires"),
    binary("raw"),
    Index("offers_hash", "hash", unique=True),
    Index("offers_state", "state", "id"),
    Index("offers_partner", "partner", "state"),
    Index("offers_expires", "state", "expires"),
)

withdrawals = Table(
    "withdrawals",
    metadata,
    binary("offer", key=True),
    binary("hash"),
    binary("raw"),
)
