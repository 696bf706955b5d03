"""The log's places are kept by the receipt's row number: entries are in the bundles already."""

import sqlalchemy as sa
from alembic import op

from anchor.tiles import ENTRIES, TILE_WIDTH, read_bundle

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

RECEIPT_TYPE = b"\x04"


def upgrade() -> None:
    """Go forward."""
    with op.batch_alter_table("log_entries", schema=None) as batch_op:
        batch_op.add_column(sa.Column("receipt", sa.BigInteger(), autoincrement=False, nullable=True))
    op.get_bind().execute(
        sa.text(
            """
            UPDATE log_entries SET receipt = (SELECT id FROM receipts WHERE hash = substr(entry, 2))
            WHERE substr(entry, 1, 1) = :type
            """
        ),
        {"type": RECEIPT_TYPE},
    )
    with op.batch_alter_table("log_entries", schema=None) as batch_op:
        batch_op.drop_index("log_entries_entry")
        batch_op.drop_column("entry")
        batch_op.create_index("log_entries_receipt", ["receipt"], unique=True)


def downgrade() -> None:
    """Go back; the entries are read from the bundles again."""
    with op.batch_alter_table("log_entries", schema=None) as batch_op:
        batch_op.add_column(sa.Column("entry", sa.LargeBinary(), nullable=False, server_default=""))
    connection = op.get_bind()
    bundles = connection.execute(
        sa.text("SELECT tile, hashes FROM log_tiles WHERE level = :level ORDER BY tile"), {"level": ENTRIES}
    )
    for tile, bundle in bundles.fetchall():
        for number, entry in enumerate(read_bundle(bytes(bundle))):
            connection.execute(
                sa.text("UPDATE log_entries SET entry = :entry WHERE position = :position"),
                {"entry": entry, "position": tile * TILE_WIDTH + number},
            )
    with op.batch_alter_table("log_entries", schema=None) as batch_op:
        batch_op.drop_index("log_entries_receipt")
        batch_op.drop_column("receipt")
        batch_op.alter_column("entry", server_default=None)
        batch_op.create_index("log_entries_entry", ["entry"], unique=True)
