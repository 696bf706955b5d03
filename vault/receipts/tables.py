"""Receipts in their two chains, each with the use it answers, and statements."""

from sqlalchemy import Index, Table

from vault.schema import binary, counter, metadata, number

receipts = Table(
    "receipts",
    metadata,
    counter("id"),
    binary("hash"),
    binary("grant_hash"),
    number("seq"),
    binary("account"),
    number("owner_seq"),
    binary("owner_prev", null=True),
    binary("blind"),
    number("use_time", null=True),
    binary("use_hash", null=True),
    binary("use_raw", null=True),
    number("price"),
    number("fee"),
    number("time"),
    binary("raw"),
    Index("receipts_hash", "hash", unique=True),
    Index("receipts_grant", "grant_hash", "seq", unique=True),
    Index("receipts_owner", "account", "owner_seq", unique=True),
    Index("receipts_use", "use_time", "use_hash", unique=True),
)
"""``use_time`` is what a use says of itself. It is signed, so a use that comes again says the same; and an
index that begins with it is written at its end, where one of hashes alone is written all over.
"""

statements = Table(
    "statements",
    metadata,
    counter("id"),
    binary("hash"),
    binary("account"),
    binary("raw"),
    Index("statements_account", "account", "id"),
)
