"""How Alembic reaches the database: one transaction, the same metadata as the slices."""

from alembic import context

from vault.migrations import engine_of, load_tables
from vault.schema import metadata

load_tables()
engine = engine_of(context.config.attributes["url"])
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
