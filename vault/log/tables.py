"""The log's queue, its entries and tiles, its checkpoints, its anchors, and the workers' leases."""

from sqlalchemy import Index, Table

from vault.schema import binary, counter, metadata, number, word

log_queue = Table("log_queue", metadata, counter("id"), binary("entry"))

log_entries = Table(
    "log_entries",
    metadata,
    number("position", key=True),
    binary("entry"),
    Index("log_entries_entry", "entry", unique=True),
)

log_tiles = Table(
    "log_tiles",
    metadata,
    number("level", key=True),
    number("tile", key=True),
    binary("hashes"),
)

checkpoints = Table(
    "checkpoints",
    metadata,
    number("size", key=True),
    binary("root"),
    binary("note"),
    number("time"),
)

leases = Table(
    "leases",
    metadata,
    word("name", key=True),
    word("owner"),
    number("fence"),
    number("until"),
)
