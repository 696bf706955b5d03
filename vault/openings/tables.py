"""Halves of guardians' lockers, and the newest opening that was asked of each."""

from sqlalchemy import Index, Table

from vault.schema import binary, metadata, number

guarded_lockers = Table(
    "guarded_lockers",
    metadata,
    binary("locker", key=True),
    binary("account"),
    binary("asking_kid"),
    binary("asking_key"),
    binary("half"),
    number("waiting"),
    Index("guarded_lockers_account", "account"),
    Index("guarded_lockers_asking", "asking_kid", unique=True),
)
"""``waiting`` in seconds; ``half`` is shown to nobody before an opening has passed."""

openings = Table(
    "openings",
    metadata,
    binary("locker", key=True),
    binary("hash"),
    binary("raw"),
    number("opens"),
    binary("veto", null=True),
)
"""``opens`` is when the waiting period ends, ``veto`` the signed no."""
