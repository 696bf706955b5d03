"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "account_entries",
        sa.Column("account", sa.LargeBinary(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("account", "seq"),
    )
    op.create_table(
        "accounts",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("created", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("chain_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("chain_head", sa.LargeBinary(), nullable=False),
        sa.Column("journal_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("journal_head", sa.LargeBinary(), nullable=True),
        sa.Column("receipts", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("receipts_head", sa.LargeBinary(), nullable=True),
        sa.Column("paused", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "anchor_attempts",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("anchor", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tx_hash", sa.LargeBinary(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("nonce", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("max_fee_wei", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tip_wei", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("signed_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("anchor_attempts", schema=None) as batch_op:
        batch_op.create_index("anchor_attempts_anchor", ["anchor", "id"], unique=False)

    op.create_table(
        "anchor_chains",
        sa.Column("target", sa.LargeBinary(), nullable=False),
        sa.Column("chain_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("genesis", sa.LargeBinary(), nullable=False),
        sa.Column("contract", sa.LargeBinary(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("development", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("met", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("target"),
    )
    with op.batch_alter_table("anchor_chains", schema=None) as batch_op:
        batch_op.create_index("anchor_chains_met", ["met"], unique=False)

    op.create_table(
        "anchor_records",
        sa.Column("target", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("chain_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("contract", sa.LargeBinary(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("chain_proof", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("target", "size"),
    )
    with op.batch_alter_table("anchor_records", schema=None) as batch_op:
        batch_op.create_index("anchor_records_contract", ["chain_id", "contract", "size"], unique=False)

    op.create_table(
        "anchors",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("target", sa.LargeBinary(), nullable=False),
        sa.Column("log_id", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("tx_hash", sa.LargeBinary(), nullable=True),
        sa.Column("block_number", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("block_hash", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("anchors", schema=None) as batch_op:
        batch_op.create_index("anchors_size", ["target", "size"], unique=True)
        batch_op.create_index("anchors_status", ["target", "status", "size"], unique=False)

    op.create_table(
        "announced",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "appeals",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("account", sa.LargeBinary(), nullable=False),
        sa.Column("brake", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("time", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("lifted", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("appeals", schema=None) as batch_op:
        batch_op.create_index("appeals_account", ["account", "id"], unique=False)
        batch_op.create_index("appeals_open", ["lifted", "id"], unique=False)

    op.create_table(
        "arrivals",
        sa.Column("account", sa.LargeBinary(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("manifests", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("account"),
    )
    op.create_table(
        "asks",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("account", sa.LargeBinary(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("expires", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("denial", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("asks", schema=None) as batch_op:
        batch_op.create_index("asks_account", ["account", "id"], unique=False)
        batch_op.create_index("asks_hash", ["hash"], unique=True)
        batch_op.create_index("asks_partner", ["partner", "id"], unique=False)

    op.create_table(
        "balances",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.CheckConstraint("amount >= 0", name="balances_amount"),
        sa.PrimaryKeyConstraint("account"),
    )
    op.create_table(
        "blob_leavings",
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account", sa.LargeBinary(), nullable=True),
        sa.Column("charged", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("object"),
    )
    with op.batch_alter_table("blob_leavings", schema=None) as batch_op:
        batch_op.create_index("blob_leavings_since", ["since"], unique=False)

    op.create_table(
        "blob_parts",
        sa.Column("blob", sa.LargeBinary(), nullable=False),
        sa.Column("part", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("blob", "part"),
    )
    op.create_table(
        "blob_rooms",
        sa.Column("account", sa.LargeBinary(), nullable=False),
        sa.Column("charged", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("account"),
    )
    op.create_table(
        "blobs",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("account", sa.LargeBinary(), nullable=False),
        sa.Column("item", sa.LargeBinary(), nullable=True),
        sa.Column("field", sa.LargeBinary(), nullable=True),
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("parts", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("begun", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("finished", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("blobs", schema=None) as batch_op:
        batch_op.create_index("blobs_account", ["account", "id"], unique=False)
        batch_op.create_index("blobs_unfinished", ["account", "finished"], unique=False)

    op.create_table(
        "challenges",
        sa.Column("nonce", sa.LargeBinary(), nullable=False),
        sa.Column("expires", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("nonce"),
    )
    with op.batch_alter_table("challenges", schema=None) as batch_op:
        batch_op.create_index("challenges_expires", ["expires"], unique=False)

    op.create_table(
        "checkpoints",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.Column("time", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("size"),
    )
    with op.batch_alter_table("checkpoints", schema=None) as batch_op:
        batch_op.create_index("checkpoints_time", ["time"], unique=False)

    op.create_table(
        "claims",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("account", sa.LargeBinary(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("distribution", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("claims", schema=None) as batch_op:
        batch_op.create_index("claims_account", ["account", "id"], unique=False)
        batch_op.create_index("claims_distribution", ["way", "distribution"], unique=False)
        batch_op.create_index("claims_hash", ["hash"], unique=True)
        batch_op.create_index("claims_state", ["state", "id"], unique=False)

    op.create_table(
        "collections",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("account", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("collections", schema=None) as batch_op:
        batch_op.create_index("collections_account", ["account"], unique=False)

    op.create_table(
        "cosignatures",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("witness", sa.Text(), nullable=False),
        sa.Column("line", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("size", "witness"),
    )
    with op.batch_alter_table("cosignatures", schema=None) as batch_op:
        batch_op.create_index("cosignatures_witness", ["witness", "size"], unique=False)

    op.create_table(
        "counters",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("account", sa.LargeBinary(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("ask", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("expires", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("accepted_by", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("counters", schema=None) as batch_op:
        batch_op.create_index("counters_account", ["account", "id"], unique=False)
        batch_op.create_index("counters_ask", ["account", "ask"], unique=False)
        batch_op.create_index("counters_hash", ["hash"], unique=True)
        batch_op.create_index("counters_partner", ["partner", "id"], unique=False)

    op.create_table(
        "deliveries",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("webhook", sa.LargeBinary(), nullable=False),
        sa.Column("event", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("attempts", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("status", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("tried", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.create_index("deliveries_due", ["due"], unique=False)
        batch_op.create_index("deliveries_event", ["event"], unique=False)
        batch_op.create_index("deliveries_webhook", ["webhook", "id"], unique=False)

    op.create_table(
        "demands",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("grant_hash", sa.LargeBinary(), nullable=False),
        sa.Column("account", sa.LargeBinary(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("deadline", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("attested", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("attestation", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("demands", schema=None) as batch_op:
        batch_op.create_index("demands_account", ["account", "id"], unique=False)
        batch_op.create_index("demands_grant", ["grant_hash"], unique=True)
        batch_op.create_index("demands_hash", ["hash"], unique=True)
        batch_op.create_index("demands_partner", ["partner", "id"], unique=False)

    op.create_table(
        "disputes",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("receipt", sa.LargeBinary(), nullable=False),
        sa.Column("account", sa.LargeBinary(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("share", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("fee", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("decision", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("disputes", schema=None) as batch_op:
        batch_op.create_index("disputes_account", ["account", "id"], unique=False)
        batch_op.create_index("disputes_hash", ["hash"], unique=True)
        batch_op.create_index("disputes_partner", ["partner", "id"], unique=False)
        batch_op.create_index("disputes_receipt", ["receipt"], unique=True)

    op.create_table(
        "distribution_shares",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("cumulative", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("proof", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("address"),
    )
    op.create_table(
        "distributions",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("total", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("time", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    with op.batch_alter_table("distributions", schema=None) as batch_op:
        batch_op.create_index("distributions_root", ["root"], unique=True)

    op.create_table(
        "divisions",
        sa.Column("offer", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("offer"),
    )
    op.create_table(
        "envelopes",
        sa.Column("grant_hash", sa.LargeBinary(), nullable=False),
        sa.Column("item", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("fields", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("grant_hash", "item"),
    )
    with op.batch_alter_table("envelopes", schema=None) as batch_op:
        batch_op.create_index("envelopes_item", ["item"], unique=False)

    op.create_table(
        "deletions",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("account", sa.LargeBinary(), nullable=False),
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("deletions", schema=None) as batch_op:
        batch_op.create_index("deletions_account", ["account", "id"], unique=False)
        batch_op.create_index("deletions_subject", ["account", "subject"], unique=True)

    op.create_table(
        "erasures",
        sa.Column("account", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("account"),
    )
    op.create_table(
        "events",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("time", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.create_index("events_domain", ["domain", "id"], unique=False)
        batch_op.create_index("events_name", ["name"], unique=True)
        batch_op.create_index("events_time", ["time"], unique=False)

    op.create_table(
        "expiries",
        sa.Column("grant_hash", sa.LargeBinary(), nullable=False),
        sa.Column("expires", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("grant_hash"),
    )
    with op.batch_alter_table("expiries", schema=None) as batch_op:
        batch_op.create_index("expiries_expires", ["expires"], unique=False)

    op.create_table(
        "fields",
        sa.Column("item", sa.LargeBinary(), nullable=False),
        sa.Column("field", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_hash", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("item", "field"),
    )
    op.create_table(
        "finders",
        sa.Column("finder", sa.LargeBinary(), nullable=False),
        sa.Column("kid", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("finder"),
    )
    with op.batch_alter_table("finders", schema=None) as batch_op:
        batch_op.create_index("finders_kid", ["kid"], unique=False)

    op.create_table(
        "evidence_entries",
        sa.Column("log", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("noun", sa.Text(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("sign_key", sa.LargeBinary(), nullable=False),
        sa.Column("time", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("log", "position"),
    )
    with op.batch_alter_table("evidence_entries", schema=None) as batch_op:
        batch_op.create_index("evidence_entries_hash", ["hash"], unique=True)

    op.create_table(
        "evidence_heads",
        sa.Column("log", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("after", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("log", "size"),
    )
    with op.batch_alter_table("evidence_heads", schema=None) as batch_op:
        batch_op.create_index("evidence_heads_position", ["position"], unique=False)

    op.create_table(
        "evidence_logs",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("opened", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("evidence_logs", schema=None) as batch_op:
        batch_op.create_index("evidence_logs_name", ["name"], unique=True)
        batch_op.create_index("evidence_logs_tenant", ["tenant"], unique=False)

    op.create_table(
        "evidence_members",
        sa.Column("log", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("log", "domain"),
    )
    op.create_table(
        "evidence_tiles",
        sa.Column("log", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("level", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tile", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("log", "level", "tile"),
    )
    op.create_table(
        "grant_chains",
        sa.Column("grant_hash", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=True),
        sa.Column("uses", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("escrow", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("period", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("period_uses", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("grant_hash"),
    )
    op.create_table(
        "grant_keys",
        sa.Column("grant_hash", sa.LargeBinary(), nullable=False),
        sa.Column("holder", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("grant_hash", "holder"),
    )
    op.create_table(
        "grants",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("grant_id", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account", sa.LargeBinary(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("ask", sa.LargeBinary(), nullable=True),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("grants", schema=None) as batch_op:
        batch_op.create_index("grants_account", ["account", "id"], unique=False)
        batch_op.create_index("grants_ask", ["ask"], unique=False)
        batch_op.create_index("grants_hash", ["hash"], unique=True)
        batch_op.create_index("grants_partner", ["partner", "id"], unique=False)
        batch_op.create_index("grants_version", ["grant_id", "version"], unique=True)

    op.create_table(
        "guarded_lockers",
        sa.Column("locker", sa.LargeBinary(), nullable=False),
        sa.Column("account", sa.LargeBinary(), nullable=False),
        sa.Column("asking_kid", sa.LargeBinary(), nullable=False),
        sa.Column("asking_key", sa.LargeBinary(), nullable=False),
        sa.Column("half", sa.LargeBinary(), nullable=False),
        sa.Column("waiting", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("locker"),
    )
    with op.batch_alter_table("guarded_lockers", schema=None) as batch_op:
        batch_op.create_index("guarded_lockers_account", ["account"], unique=False)
        batch_op.create_index("guarded_lockers_asking", ["asking_kid"], unique=True)

    op.create_table(
        "idempotency_keys",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("expires", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("scope", "key"),
    )
    with op.batch_alter_table("idempotency_keys", schema=None) as batch_op:
        batch_op.create_index("idempotency_keys_expires", ["expires"], unique=False)

    op.create_table(
        "items",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("account", sa.LargeBinary(), nullable=False),
        sa.Column("collection", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("manifest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("account", "seq", name="items_account_seq"),
    )
    op.create_table(
        "journal",
        sa.Column("account", sa.LargeBinary(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("account", "seq"),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("fence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("until", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "lockers",
        sa.Column("kid", sa.LargeBinary(), nullable=False),
        sa.Column("account", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sign_key", sa.LargeBinary(), nullable=False),
        sa.Column("sealing_key", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_root", sa.LargeBinary(), nullable=False),
        sa.Column("root_mac", sa.LargeBinary(), nullable=False),
        sa.Column("parameters", sa.LargeBinary(), nullable=False),
        sa.Column("removed", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("kid"),
    )
    with op.batch_alter_table("lockers", schema=None) as batch_op:
        batch_op.create_index("lockers_account", ["account"], unique=False)

    op.create_table(
        "log_entries",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("receipt", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("position"),
    )
    with op.batch_alter_table("log_entries", schema=None) as batch_op:
        batch_op.create_index("log_entries_receipt", ["receipt"], unique=True)

    op.create_table(
        "log_halts",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("time", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "log_heads",
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("published", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("origin"),
    )
    op.create_table(
        "log_queue",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("entry", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("length(entry) = 33", name="log_queue_entry"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "log_tiles",
        sa.Column("level", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tile", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "tile"),
    )
    op.create_table(
        "nonces",
        sa.Column("kid", sa.LargeBinary(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("expires", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("kid", "nonce"),
    )
    with op.batch_alter_table("nonces", schema=None) as batch_op:
        batch_op.create_index("nonces_expires", ["expires"], unique=False)

    op.create_table(
        "offers",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("expires", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("offers", schema=None) as batch_op:
        batch_op.create_index("offers_expires", ["state", "expires"], unique=False)
        batch_op.create_index("offers_hash", ["hash"], unique=True)
        batch_op.create_index("offers_partner", ["partner", "state"], unique=False)
        batch_op.create_index("offers_state", ["state", "id"], unique=False)

    op.create_table(
        "openings",
        sa.Column("locker", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("opens", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("veto", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("locker"),
    )
    op.create_table(
        "pairings",
        sa.Column("kid", sa.LargeBinary(), nullable=False),
        sa.Column("account", sa.LargeBinary(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("kid"),
        sa.UniqueConstraint("account", "partner", name="pairings_account_partner"),
    )
    op.create_table(
        "partner_entries",
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("sign_kid", sa.LargeBinary(), nullable=False),
        sa.Column("sign_key", sa.LargeBinary(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("domain", "seq"),
    )
    with op.batch_alter_table("partner_entries", schema=None) as batch_op:
        batch_op.create_index("partner_entries_sign_kid", ["sign_kid"], unique=False)

    op.create_table(
        "partners",
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.Column("sign_kid", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("domain"),
    )
    with op.batch_alter_table("partners", schema=None) as batch_op:
        batch_op.create_index("partners_sign_kid", ["sign_kid"], unique=False)

    op.create_table(
        "payees",
        sa.Column("person", sa.LargeBinary(), nullable=False),
        sa.Column("account", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("person"),
    )
    op.create_table(
        "payouts",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("claim", sa.LargeBinary(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("payouts", schema=None) as batch_op:
        batch_op.create_index("payouts_once", ["claim", "outcome"], unique=True)

    op.create_table(
        "persons",
        sa.Column("account", sa.LargeBinary(), nullable=False),
        sa.Column("person", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("account"),
    )
    op.create_table(
        "pool_shares",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("offer", sa.LargeBinary(), nullable=False),
        sa.Column("place", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("grant_hash", sa.LargeBinary(), nullable=False),
        sa.Column("account", sa.LargeBinary(), nullable=False),
        sa.Column("before", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("points", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("amount", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("pool_shares", schema=None) as batch_op:
        batch_op.create_index("pool_shares_account", ["account", "id"], unique=False)
        batch_op.create_index("pool_shares_offer", ["offer", "place"], unique=True)

    op.create_table(
        "receipts",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("grant_hash", sa.LargeBinary(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account", sa.LargeBinary(), nullable=False),
        sa.Column("owner_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("owner_prev", sa.LargeBinary(), nullable=True),
        sa.Column("blind", sa.LargeBinary(), nullable=False),
        sa.Column("use_time", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("use_hash", sa.LargeBinary(), nullable=True),
        sa.Column("use_raw", sa.LargeBinary(), nullable=True),
        sa.Column("price", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("fee", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("time", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("receipts", schema=None) as batch_op:
        batch_op.create_index("receipts_grant", ["grant_hash", "seq"], unique=True)
        batch_op.create_index("receipts_hash", ["hash"], unique=True)
        batch_op.create_index("receipts_owner", ["account", "owner_seq"], unique=True)
        batch_op.create_index("receipts_use", ["use_time", "use_hash"], unique=True)

    op.create_table(
        "redemptions",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("reward", sa.LargeBinary(), nullable=False),
        sa.Column("account", sa.LargeBinary(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("price", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("fulfilment", sa.LargeBinary(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("redemptions", schema=None) as batch_op:
        batch_op.create_index("redemptions_account", ["account", "id"], unique=False)
        batch_op.create_index("redemptions_hash", ["hash"], unique=True)
        batch_op.create_index("redemptions_partner", ["partner", "id"], unique=False)
        batch_op.create_index("redemptions_until", ["state", "until"], unique=False)

    op.create_table(
        "refusals",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("grant_hash", sa.LargeBinary(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("hour", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("count", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("time", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("refusals", schema=None) as batch_op:
        batch_op.create_index("refusals_grant", ["grant_hash", "hour", "code"], unique=True)

    op.create_table(
        "release_steps",
        sa.Column("source", sa.LargeBinary(), nullable=False),
        sa.Column("account", sa.LargeBinary(), nullable=False),
        sa.Column("since", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("source"),
    )
    with op.batch_alter_table("release_steps", schema=None) as batch_op:
        batch_op.create_index("release_steps_account", ["account", "size"], unique=True)

    op.create_table(
        "releases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "reports",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("account", sa.LargeBinary(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("receipt", sa.LargeBinary(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("reports", schema=None) as batch_op:
        batch_op.create_index("reports_account", ["account", "id"], unique=False)
        batch_op.create_index("reports_hash", ["hash"], unique=True)
        batch_op.create_index("reports_partner", ["partner"], unique=False)
        batch_op.create_index("reports_receipt", ["receipt"], unique=False)

    op.create_table(
        "revocations",
        sa.Column("grant_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("time", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("grant_hash"),
    )
    op.create_table(
        "rewards",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("stock", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("expires", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("stock >= 0", name="rewards_stock"),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("rewards", schema=None) as batch_op:
        batch_op.create_index("rewards_hash", ["hash"], unique=True)
        batch_op.create_index("rewards_partner", ["partner"], unique=False)

    op.create_table(
        "sealed_secrets",
        sa.Column("account", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("account", "name"),
    )
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("account", sa.LargeBinary(), nullable=False),
        sa.Column("kid", sa.LargeBinary(), nullable=False),
        sa.Column("expires", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.create_index("sessions_expires", ["expires"], unique=False)

    op.create_table(
        "statements",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("account", sa.LargeBinary(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("statements", schema=None) as batch_op:
        batch_op.create_index("statements_account", ["account", "id"], unique=False)

    op.create_table(
        "test_clocks",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("ahead", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "test_owners",
        sa.Column("kid", sa.LargeBinary(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("behaviour", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kid"),
    )
    with op.batch_alter_table("test_owners", schema=None) as batch_op:
        batch_op.create_index("test_owners_domain", ["domain", "behaviour"], unique=True)

    op.create_table(
        "top_ups",
        sa.Column("source", sa.LargeBinary(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("time", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("source"),
    )
    op.create_table(
        "transfers",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source", sa.LargeBinary(), nullable=False),
        sa.Column("debit", sa.Text(), nullable=False),
        sa.Column("credit", sa.Text(), nullable=False),
        sa.Column("account", sa.LargeBinary(), nullable=True),
        sa.Column("amount", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("time", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.CheckConstraint("amount > 0", name="transfers_amount"),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("transfers", schema=None) as batch_op:
        batch_op.create_index(
            "transfers_account",
            ["account", "id"],
            unique=False,
            sqlite_where=sa.text("account IS NOT NULL"),
            postgresql_where=sa.text("account IS NOT NULL"),
        )
        batch_op.create_index(
            "transfers_once",
            ["source", "kind"],
            unique=True,
            sqlite_where=sa.text("kind NOT IN ('share', 'fee')"),
            postgresql_where=sa.text("kind NOT IN ('share', 'fee')"),
        )

    op.create_table(
        "webhooks",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("kinds", sa.Text(), nullable=False),
        sa.Column("low_balance", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("generation", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("rotated", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("failing", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("created", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("webhooks", schema=None) as batch_op:
        batch_op.create_index("webhooks_domain", ["domain"], unique=False)

    op.create_table(
        "withdrawals",
        sa.Column("offer", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("offer"),
    )
    op.create_table(
        "domain_proofs",
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("seen", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("checked", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("failures", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=True),
        sa.Column("due", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("domain"),
    )
    with op.batch_alter_table("domain_proofs", schema=None) as batch_op:
        batch_op.create_index("domain_proofs_due", ["due"], unique=False)


def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table("domain_proofs", schema=None) as batch_op:
        batch_op.drop_index("domain_proofs_due")

    op.drop_table("domain_proofs")
    op.drop_table("withdrawals")
    with op.batch_alter_table("webhooks", schema=None) as batch_op:
        batch_op.drop_index("webhooks_domain")

    op.drop_table("webhooks")
    with op.batch_alter_table("transfers", schema=None) as batch_op:
        batch_op.drop_index(
            "transfers_once",
            sqlite_where=sa.text("kind NOT IN ('share', 'fee')"),
            postgresql_where=sa.text("kind NOT IN ('share', 'fee')"),
        )
        batch_op.drop_index(
            "transfers_account",
            sqlite_where=sa.text("account IS NOT NULL"),
            postgresql_where=sa.text("account IS NOT NULL"),
        )

    op.drop_table("transfers")
    op.drop_table("top_ups")
    with op.batch_alter_table("test_owners", schema=None) as batch_op:
        batch_op.drop_index("test_owners_domain")

    op.drop_table("test_owners")
    op.drop_table("test_clocks")
    with op.batch_alter_table("statements", schema=None) as batch_op:
        batch_op.drop_index("statements_account")

    op.drop_table("statements")
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.drop_index("sessions_expires")

    op.drop_table("sessions")
    op.drop_table("sealed_secrets")
    with op.batch_alter_table("rewards", schema=None) as batch_op:
        batch_op.drop_index("rewards_partner")
        batch_op.drop_index("rewards_hash")

    op.drop_table("rewards")
    op.drop_table("revocations")
    with op.batch_alter_table("reports", schema=None) as batch_op:
        batch_op.drop_index("reports_receipt")
        batch_op.drop_index("reports_partner")
        batch_op.drop_index("reports_hash")
        batch_op.drop_index("reports_account")

    op.drop_table("reports")
    op.drop_table("releases")
    with op.batch_alter_table("release_steps", schema=None) as batch_op:
        batch_op.drop_index("release_steps_account")

    op.drop_table("release_steps")
    with op.batch_alter_table("refusals", schema=None) as batch_op:
        batch_op.drop_index("refusals_grant")

    op.drop_table("refusals")
    with op.batch_alter_table("redemptions", schema=None) as batch_op:
        batch_op.drop_index("redemptions_until")
        batch_op.drop_index("redemptions_partner")
        batch_op.drop_index("redemptions_hash")
        batch_op.drop_index("redemptions_account")

    op.drop_table("redemptions")
    with op.batch_alter_table("receipts", schema=None) as batch_op:
        batch_op.drop_index("receipts_use")
        batch_op.drop_index("receipts_owner")
        batch_op.drop_index("receipts_hash")
        batch_op.drop_index("receipts_grant")

    op.drop_table("receipts")
    with op.batch_alter_table("pool_shares", schema=None) as batch_op:
        batch_op.drop_index("pool_shares_offer")
        batch_op.drop_index("pool_shares_account")

    op.drop_table("pool_shares")
    op.drop_table("persons")
    with op.batch_alter_table("payouts", schema=None) as batch_op:
        batch_op.drop_index("payouts_once")

    op.drop_table("payouts")
    op.drop_table("payees")
    with op.batch_alter_table("partners", schema=None) as batch_op:
        batch_op.drop_index("partners_sign_kid")

    op.drop_table("partners")
    with op.batch_alter_table("partner_entries", schema=None) as batch_op:
        batch_op.drop_index("partner_entries_sign_kid")

    op.drop_table("partner_entries")
    op.drop_table("pairings")
    op.drop_table("openings")
    with op.batch_alter_table("offers", schema=None) as batch_op:
        batch_op.drop_index("offers_state")
        batch_op.drop_index("offers_partner")
        batch_op.drop_index("offers_hash")
        batch_op.drop_index("offers_expires")

    op.drop_table("offers")
    with op.batch_alter_table("nonces", schema=None) as batch_op:
        batch_op.drop_index("nonces_expires")

    op.drop_table("nonces")
    op.drop_table("log_tiles")
    op.drop_table("log_queue")
    op.drop_table("log_heads")
    op.drop_table("log_halts")
    with op.batch_alter_table("log_entries", schema=None) as batch_op:
        batch_op.drop_index("log_entries_receipt")

    op.drop_table("log_entries")
    with op.batch_alter_table("lockers", schema=None) as batch_op:
        batch_op.drop_index("lockers_account")

    op.drop_table("lockers")
    op.drop_table("leases")
    op.drop_table("journal")
    op.drop_table("items")
    with op.batch_alter_table("idempotency_keys", schema=None) as batch_op:
        batch_op.drop_index("idempotency_keys_expires")

    op.drop_table("idempotency_keys")
    with op.batch_alter_table("guarded_lockers", schema=None) as batch_op:
        batch_op.drop_index("guarded_lockers_asking")
        batch_op.drop_index("guarded_lockers_account")

    op.drop_table("guarded_lockers")
    with op.batch_alter_table("grants", schema=None) as batch_op:
        batch_op.drop_index("grants_version")
        batch_op.drop_index("grants_partner")
        batch_op.drop_index("grants_hash")
        batch_op.drop_index("grants_ask")
        batch_op.drop_index("grants_account")

    op.drop_table("grants")
    op.drop_table("grant_keys")
    op.drop_table("grant_chains")
    op.drop_table("evidence_tiles")
    op.drop_table("evidence_members")
    with op.batch_alter_table("evidence_logs", schema=None) as batch_op:
        batch_op.drop_index("evidence_logs_tenant")
        batch_op.drop_index("evidence_logs_name")

    op.drop_table("evidence_logs")
    with op.batch_alter_table("evidence_heads", schema=None) as batch_op:
        batch_op.drop_index("evidence_heads_position")

    op.drop_table("evidence_heads")
    with op.batch_alter_table("evidence_entries", schema=None) as batch_op:
        batch_op.drop_index("evidence_entries_hash")

    op.drop_table("evidence_entries")
    with op.batch_alter_table("finders", schema=None) as batch_op:
        batch_op.drop_index("finders_kid")

    op.drop_table("finders")
    op.drop_table("fields")
    with op.batch_alter_table("expiries", schema=None) as batch_op:
        batch_op.drop_index("expiries_expires")

    op.drop_table("expiries")
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.drop_index("events_time")
        batch_op.drop_index("events_name")
        batch_op.drop_index("events_domain")

    op.drop_table("events")
    op.drop_table("erasures")
    with op.batch_alter_table("deletions", schema=None) as batch_op:
        batch_op.drop_index("deletions_subject")
        batch_op.drop_index("deletions_account")

    op.drop_table("deletions")
    with op.batch_alter_table("envelopes", schema=None) as batch_op:
        batch_op.drop_index("envelopes_item")

    op.drop_table("envelopes")
    op.drop_table("divisions")
    with op.batch_alter_table("distributions", schema=None) as batch_op:
        batch_op.drop_index("distributions_root")

    op.drop_table("distributions")
    op.drop_table("distribution_shares")
    with op.batch_alter_table("disputes", schema=None) as batch_op:
        batch_op.drop_index("disputes_receipt")
        batch_op.drop_index("disputes_partner")
        batch_op.drop_index("disputes_hash")
        batch_op.drop_index("disputes_account")

    op.drop_table("disputes")
    with op.batch_alter_table("demands", schema=None) as batch_op:
        batch_op.drop_index("demands_partner")
        batch_op.drop_index("demands_hash")
        batch_op.drop_index("demands_grant")
        batch_op.drop_index("demands_account")

    op.drop_table("demands")
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.drop_index("deliveries_webhook")
        batch_op.drop_index("deliveries_event")
        batch_op.drop_index("deliveries_due")

    op.drop_table("deliveries")
    with op.batch_alter_table("counters", schema=None) as batch_op:
        batch_op.drop_index("counters_partner")
        batch_op.drop_index("counters_hash")
        batch_op.drop_index("counters_ask")
        batch_op.drop_index("counters_account")

    op.drop_table("counters")
    with op.batch_alter_table("cosignatures", schema=None) as batch_op:
        batch_op.drop_index("cosignatures_witness")

    op.drop_table("cosignatures")
    with op.batch_alter_table("collections", schema=None) as batch_op:
        batch_op.drop_index("collections_account")

    op.drop_table("collections")
    with op.batch_alter_table("claims", schema=None) as batch_op:
        batch_op.drop_index("claims_state")
        batch_op.drop_index("claims_hash")
        batch_op.drop_index("claims_distribution")
        batch_op.drop_index("claims_account")

    op.drop_table("claims")
    with op.batch_alter_table("checkpoints", schema=None) as batch_op:
        batch_op.drop_index("checkpoints_time")

    op.drop_table("checkpoints")
    with op.batch_alter_table("challenges", schema=None) as batch_op:
        batch_op.drop_index("challenges_expires")

    op.drop_table("challenges")
    with op.batch_alter_table("blobs", schema=None) as batch_op:
        batch_op.drop_index("blobs_unfinished")
        batch_op.drop_index("blobs_account")

    op.drop_table("blobs")
    op.drop_table("blob_rooms")
    op.drop_table("blob_parts")
    with op.batch_alter_table("blob_leavings", schema=None) as batch_op:
        batch_op.drop_index("blob_leavings_since")

    op.drop_table("blob_leavings")
    op.drop_table("balances")
    with op.batch_alter_table("asks", schema=None) as batch_op:
        batch_op.drop_index("asks_partner")
        batch_op.drop_index("asks_hash")
        batch_op.drop_index("asks_account")

    op.drop_table("asks")
    op.drop_table("arrivals")
    with op.batch_alter_table("appeals", schema=None) as batch_op:
        batch_op.drop_index("appeals_open")
        batch_op.drop_index("appeals_account")

    op.drop_table("appeals")
    op.drop_table("announced")
    with op.batch_alter_table("anchors", schema=None) as batch_op:
        batch_op.drop_index("anchors_status")
        batch_op.drop_index("anchors_size")

    op.drop_table("anchors")
    with op.batch_alter_table("anchor_records", schema=None) as batch_op:
        batch_op.drop_index("anchor_records_contract")

    op.drop_table("anchor_records")
    with op.batch_alter_table("anchor_chains", schema=None) as batch_op:
        batch_op.drop_index("anchor_chains_met")

    op.drop_table("anchor_chains")
    with op.batch_alter_table("anchor_attempts", schema=None) as batch_op:
        batch_op.drop_index("anchor_attempts_anchor")

    op.drop_table("anchor_attempts")
    op.drop_table("accounts")
    op.drop_table("account_entries")
