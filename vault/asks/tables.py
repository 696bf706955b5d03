"""Asks put to owners, and the denials they got."""

from sqlalchemy import Index, Table

from vault.schema import binary, counter, metadata, number, word

asks = Table(
    "asks",
    metadata,
    counter("id"),
    binary("hash"),
    binary("account"),
    word("partner"),
    word("state"),
    number("expires"),
    binary("raw"),
    binary("denial", null=True),
    Index("asks_hash", "hash", unique=True),
    Index("asks_account", "account", "id"),
    Index("asks_partner", "partner", "id"),
)
