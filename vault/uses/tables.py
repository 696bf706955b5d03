"""What was asked and refused. What was allowed is a receipt."""

from sqlalchemy import Index, Table

from vault.schema import binary, counter, metadata, number, word

refusals = Table(
    "refusals",
    metadata,
    counter("id"),
    word("partner"),
    binary("grant_hash"),
    binary("use"),
    word("code"),
    number("time"),
    Index("refusals_grant", "grant_hash", "id"),
)
