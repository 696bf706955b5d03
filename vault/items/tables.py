"""Sealed items: the newest version of each, with its fields, and the journal of manifests."""

from sqlalchemy import Index, Table, UniqueConstraint

from vault.schema import binary, metadata, number

collections = Table(
    "collections",
    metadata,
    binary("id", key=True),
    binary("account"),
    binary("sealed"),
    Index("collections_account", "account"),
)

items = Table(
    "items",
    metadata,
    binary("id", key=True),
    binary("account"),
    binary("collection"),
    number("version"),
    number("seq"),
    binary("key"),
    binary("manifest"),
    UniqueConstraint("account", "seq", name="items_account_seq"),
)

fields = Table(
    "fields",
    metadata,
    binary("item", key=True),
    binary("field", key=True),
    binary("sealed_hash"),
    binary("sealed"),
)

journal = Table(
    "journal",
    metadata,
    binary("account", key=True),
    number("seq", key=True),
    binary("hash"),
    binary("raw"),
)
