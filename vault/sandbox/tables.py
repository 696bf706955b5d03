"""Test owners as partners know them, and how far the clock was pushed. Empty in a live vault."""

from sqlalchemy import Index, Table

from vault.schema import binary, metadata, number, word

test_owners = Table(
    "test_owners",
    metadata,
    binary("kid", key=True),
    word("domain"),
    word("behaviour"),
    Index("test_owners_domain", "domain", "behaviour", unique=True),
)

test_clocks = Table(
    "test_clocks",
    metadata,
    word("name", key=True),
    number("ahead"),
)
"""Seconds by which the vault's time is ahead of the world's."""
