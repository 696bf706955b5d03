"""The log's queue, its entries and tiles, its checkpoints, its anchors, and the workers' leases."""

from sqlalchemy import CheckConstraint, Index, Table

from vault.schema import binary, counter, metadata, number, word

log_queue = Table(
    "log_queue",
    metadata,
    counter("id"),
    binary("entry"),
    # Whoever queues another length is refused at once; the sequencer could only get stuck on it.
    CheckConstraint("length(entry) = 33", name="log_queue_entry"),
)

log_entries = Table(
    "log_entries",
    metadata,
    number("position", key=True),
    number("receipt", null=True),
    Index("log_entries_receipt", "receipt", unique=True),
)
"""The row number of the receipt that stands there, if it is one: no receipt stands in two places.

Entries themselves are in the bundles of ``log_tiles``. They are hashes, so an index over
them would be written all over at every batch; row numbers only grow.
"""

log_tiles = Table(
    "log_tiles",
    metadata,
    number("level", key=True),
    number("tile", key=True),
    binary("hashes"),
)

log_heads = Table(
    "log_heads",
    metadata,
    word("origin", key=True),
    number("size"),
    binary("root"),
    number("published"),
)
"""One row: how far the tree goes, and the size of the newest checkpoint that may be shown."""

checkpoints = Table(
    "checkpoints",
    metadata,
    number("size", key=True),
    binary("root"),
    binary("note"),
    number("time"),
    Index("checkpoints_time", "time"),
)

cosignatures = Table(
    "cosignatures",
    metadata,
    number("size", key=True),
    word("witness", key=True),
    binary("line"),
    Index("cosignatures_witness", "witness", "size"),
)
"""What witnesses, each named by its vkey, signed of the checkpoint of this size: a line of its note."""

log_halts = Table("log_halts", metadata, counter("id"), word("reason"), number("time"))
"""Why this log must not grow: two histories of it were seen. An operator decides what follows."""

leases = Table(
    "leases",
    metadata,
    word("name", key=True),
    word("owner"),
    number("fence"),
    number("until"),
)

anchor_chains = Table(
    "anchor_chains",
    metadata,
    binary("target", key=True),
    number("chain_id"),
    binary("genesis"),
    binary("contract"),
    binary("code_hash"),
    word("name"),
    number("development"),
    number("met"),
    Index("anchor_chains_met", "met"),
)
"""Every chain that anchors went to, as it was when it was met. The newest is the one of the trust file."""

anchors = Table(
    "anchors",
    metadata,
    counter("id"),
    binary("target"),
    binary("log_id"),
    number("size"),
    binary("root"),
    word("status"),
    binary("tx_hash", null=True),
    number("block_number", null=True),
    binary("block_hash", null=True),
    Index("anchors_size", "target", "size", unique=True),
    Index("anchors_status", "target", "status", "size"),
)

anchor_attempts = Table(
    "anchor_attempts",
    metadata,
    counter("id"),
    number("anchor"),
    binary("tx_hash"),
    binary("raw"),
    number("nonce"),
    number("max_fee_wei"),
    number("tip_wei"),
    number("signed_at"),
    Index("anchor_attempts_anchor", "anchor", "id"),
)

anchor_records = Table(
    "anchor_records",
    metadata,
    binary("target", key=True),
    number("size", key=True),
    number("chain_id"),
    binary("contract"),
    binary("raw"),
    binary("chain_proof", null=True),
    Index("anchor_records_contract", "chain_id", "contract", "size"),
)
