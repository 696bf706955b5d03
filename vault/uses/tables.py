"""What was asked and refused, counted by the hour. What was allowed is a receipt."""

from sqlalchemy import Index, Table

from vault.schema import binary, counter, metadata, number, word

refusals = Table(
    "refusals",
    metadata,
    counter("id"),
    binary("grant_hash"),
    word("code"),
    number("hour"),
    number("count"),
    number("time"),
    Index("refusals_grant", "grant_hash", "hour", "code", unique=True),
)
