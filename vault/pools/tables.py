"""How each pot was divided: what the vault signed, and a row for each grant in the order of their hashes."""

from sqlalchemy import Index, Table

from vault.schema import binary, counter, metadata, number

divisions = Table(
    "divisions",
    metadata,
    binary("offer", key=True),
    binary("hash"),
    binary("raw"),
)

pool_shares = Table(
    "pool_shares",
    metadata,
    counter("id"),
    binary("offer"),
    number("place"),
    binary("grant_hash"),
    binary("account"),
    number("before"),
    number("points"),
    number("amount"),
    Index("pool_shares_offer", "offer", "place", unique=True),
    Index("pool_shares_account", "account", "id"),
)
"""``before`` are the points of the grants in earlier places, ``amount`` is in micros."""
