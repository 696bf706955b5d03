"""Counter-offers, and the ask that accepted each."""

from sqlalchemy import Index, Table

from vault.schema import binary, counter, metadata, number, word

counters = Table(
    "counters",
    metadata,
    counter("id"),
    binary("hash"),
    binary("account"),
    word("partner"),
    binary("ask"),
    word("state"),
    number("expires"),
    binary("raw"),
    binary("accepted_by", null=True),
    Index("counters_hash", "hash", unique=True),
    Index("counters_account", "account", "id"),
    Index("counters_partner", "partner", "id"),
    Index("counters_ask", "account", "ask"),
)
