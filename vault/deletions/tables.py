"""The deletions that the vault signed, each by what it was asked to delete."""

from sqlalchemy import Index, Table

from vault.schema import binary, counter, metadata

deletions = Table(
    "deletions",
    metadata,
    counter("id"),
    binary("account"),
    binary("subject"),
    binary("hash"),
    binary("raw"),
    Index("deletions_subject", "account", "subject", unique=True),
    Index("deletions_account", "account", "id"),
)
"""``subject`` is the id of a collection, or the hash of the last manifest that deleted an item."""
