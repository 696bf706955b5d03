"""A locker is found by who holds its phrase or its secret key alone."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "finders",
        sa.Column("finder", sa.LargeBinary(), nullable=False),
        sa.Column("kid", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("finder"),
    )
    op.create_index("finders_kid", "finders", ["kid"], unique=False)


def downgrade() -> None:
    """Go back."""
    op.drop_index("finders_kid", table_name="finders")
    op.drop_table("finders")
