"""Challenges that were answered, until they expire, and sessions, by the hashes of their tokens."""

from sqlalchemy import Index, Table

from vault.schema import binary, metadata, number

challenges = Table(
    "challenges",
    metadata,
    binary("nonce", key=True),
    number("expires"),
    Index("challenges_expires", "expires"),
)

sessions = Table(
    "sessions",
    metadata,
    binary("token_hash", key=True),
    binary("account"),
    binary("kid"),
    number("expires"),
    Index("sessions_expires", "expires"),
)
