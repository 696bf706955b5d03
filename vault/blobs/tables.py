"""Blobs, their parts, and the objects that nothing speaks of any more."""

from sqlalchemy import Index, Table

from vault.schema import binary, metadata, number, word

blobs = Table(
    "blobs",
    metadata,
    binary("id", key=True),
    binary("account"),
    binary("item", null=True),
    binary("field", null=True),
    number("size"),
    number("parts"),
    number("begun"),
    number("finished"),
    Index("blobs_account", "account", "id"),
    Index("blobs_unfinished", "account", "finished"),
)
"""``size`` and ``parts`` are what has come so far; ``finished`` is 0 while more may come."""

blob_parts = Table(
    "blob_parts",
    metadata,
    binary("blob", key=True),
    number("part", key=True),
    number("size"),
    binary("hash"),
    word("object"),
)

blob_leavings = Table(
    "blob_leavings",
    metadata,
    word("object", key=True),
    number("since"),
    binary("account", null=True),
    number("charged"),
    Index("blob_leavings_since", "since"),
)
"""Objects to delete, by the worker. A part's object is named here before it is written, and struck out
by the transaction that keeps the part: so none is left behind that nobody speaks of. ``since`` is when
that was, in seconds, or 0 or 1 for what may go at once (``store.py``). ``charged`` is what an announced
one takes of its account's room meanwhile, else 0."""

blob_rooms = Table("blob_rooms", metadata, binary("account", key=True), number("charged"))
"""What the parts of each account are charged, kept and on their way."""
