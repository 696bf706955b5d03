"""Disputes, one for each receipt at most, each with the decision that ended it."""

from sqlalchemy import Index, Table

from vault.schema import binary, counter, metadata, number, word

disputes = Table(
    "disputes",
    metadata,
    counter("id"),
    binary("hash"),
    binary("receipt"),
    binary("account"),
    word("partner"),
    word("side"),
    number("share"),
    number("fee"),
    binary("raw"),
    binary("decision", null=True),
    Index("disputes_hash", "hash", unique=True),
    Index("disputes_receipt", "receipt", unique=True),
    Index("disputes_account", "account", "id"),
    Index("disputes_partner", "partner", "id"),
)
"""``share`` and ``fee`` are what the receipt brought the owner and the vault, in micros."""
