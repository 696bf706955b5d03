"""Checkpoints are cosigned by witnesses."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "cosignatures",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("witness", sa.Text(), nullable=False),
        sa.Column("line", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("size", "witness"),
    )
    op.create_index("cosignatures_witness", "cosignatures", ["witness", "size"], unique=False)


def downgrade() -> None:
    """Go back."""
    op.drop_index("cosignatures_witness", table_name="cosignatures")
    op.drop_table("cosignatures")
