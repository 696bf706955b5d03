"""Evidence logs, who may write to them, their entries and tiles, and their heads in the vault's log."""

from sqlalchemy import Index, Table

from vault.schema import binary, counter, metadata, number, word

evidence_logs = Table(
    "evidence_logs",
    metadata,
    counter("id"),
    word("name"),
    word("tenant"),
    number("size"),
    binary("root"),
    number("opened"),
    Index("evidence_logs_name", "name", unique=True),
    Index("evidence_logs_tenant", "tenant"),
)

evidence_members = Table(
    "evidence_members",
    metadata,
    number("log", key=True),
    word("domain", key=True),
    number("since"),
)
"""Who may write now; every admission and removal is an entry of the log as well."""

evidence_entries = Table(
    "evidence_entries",
    metadata,
    number("log", key=True),
    number("position", key=True),
    binary("hash"),
    word("noun"),
    word("partner"),
    binary("raw"),
    binary("sign_key"),
    number("time"),
    Index("evidence_entries_hash", "hash", unique=True),
)

evidence_tiles = Table(
    "evidence_tiles",
    metadata,
    number("log", key=True),
    number("level", key=True),
    number("tile", key=True),
    binary("hashes"),
)

evidence_heads = Table(
    "evidence_heads",
    metadata,
    number("log", key=True),
    number("size", key=True),
    binary("root"),
    binary("note"),
    binary("head"),
    binary("hash"),
    number("after"),
    number("position", null=True),
    Index("evidence_heads_position", "position"),
)
"""A signed checkpoint of a log, and the vault's record of it.

``position`` is where the record came to stand in the vault's log; it is looked for from ``after``
on, at first the log's size when the record was queued.
"""
