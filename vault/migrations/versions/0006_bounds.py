"""What a stranger can make the vault keep has bounds, and what a partner set aside comes back in time."""

import sqlalchemy as sa
from alembic import op

from anchor.records.consent import Grant
from anchor.records.signed import unverified

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go forward."""
    _count_refusals()
    _know_ends()
    _know_sizes()
    op.create_table(
        "top_ups",
        sa.Column("source", sa.LargeBinary(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("time", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("source"),
    )
    op.execute(
        """
        INSERT INTO top_ups (source, partner, amount, reference, time)
        SELECT source, substr(credit, 9), amount, '', time FROM transfers WHERE kind = 'top-up'
        """
    )
    op.create_index("partners_sign_kid", "partners", ["sign_kid"])
    op.create_index("partner_entries_sign_kid", "partner_entries", ["sign_kid"])


def _count_refusals() -> None:
    op.drop_index("refusals_grant", "refusals")
    op.rename_table("refusals", "refusals_each")
    op.create_table(
        "refusals",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("grant_hash", sa.LargeBinary(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("hour", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("count", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("time", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.execute(
        """
        INSERT INTO refusals (grant_hash, code, hour, count, time)
        SELECT f.grant_hash, f.code, f.time / 3600, COUNT(*), MAX(f.time)
        FROM refusals_each f JOIN grants g ON g.hash = f.grant_hash AND g.partner = f.partner
        GROUP BY f.grant_hash, f.code, f.time / 3600 ORDER BY MAX(f.time)
        """
    )
    op.drop_table("refusals_each")
    op.create_index("refusals_grant", "refusals", ["grant_hash", "hour", "code"], unique=True)


def _know_ends() -> None:
    expiries = op.create_table(
        "expiries",
        sa.Column("grant_hash", sa.LargeBinary(), nullable=False),
        sa.Column("expires", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("grant_hash"),
    )
    standing = op.get_bind().execute(
        sa.text(
            "SELECT g.hash, g.raw FROM grants g JOIN grant_chains c ON c.grant_hash = g.hash"
            " WHERE c.state = 'standing'"
        )
    )
    ends = [
        {"grant_hash": bytes(name), "expires": int(unverified(bytes(raw), Grant).expires.timestamp())}
        for name, raw in standing.fetchall()
    ]
    op.bulk_insert(expiries, ends)
    op.create_index("expiries_expires", "expiries", ["expires"])


def _know_sizes() -> None:
    with op.batch_alter_table("envelopes", schema=None) as batch_op:
        batch_op.add_column(sa.Column("size", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute(
        """
        UPDATE envelopes SET size =
            (SELECT COALESCE(SUM(length(sealed)), 0) FROM fields WHERE fields.item = envelopes.item)
        """
    )
    with op.batch_alter_table("envelopes", schema=None) as batch_op:
        batch_op.alter_column("size", server_default=None)


def downgrade() -> None:
    """Go back; which uses were refused is not known any more."""
    op.drop_index("partner_entries_sign_kid", "partner_entries")
    op.drop_index("partners_sign_kid", "partners")
    op.drop_table("top_ups")
    with op.batch_alter_table("envelopes", schema=None) as batch_op:
        batch_op.drop_column("size")
    op.drop_index("expiries_expires", "expiries")
    op.drop_table("expiries")
    op.drop_index("refusals_grant", "refusals")
    op.rename_table("refusals", "refusals_counted")
    op.create_table(
        "refusals",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("grant_hash", sa.LargeBinary(), nullable=False),
        sa.Column("use", sa.LargeBinary(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("time", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.execute(
        """
        INSERT INTO refusals (partner, grant_hash, use, code, time)
        SELECT g.partner, f.grant_hash, f.grant_hash, f.code, f.time
        FROM refusals_counted f JOIN grants g ON g.hash = f.grant_hash ORDER BY f.id
        """
    )
    op.drop_table("refusals_counted")
    op.create_index("refusals_grant", "refusals", ["grant_hash", "id"])
