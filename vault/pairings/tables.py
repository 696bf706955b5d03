"""Pairings: signed by the owner's key for one partner, which the partner knows her by."""

from sqlalchemy import Table, UniqueConstraint

from vault.schema import binary, metadata, word

pairings = Table(
    "pairings",
    metadata,
    binary("kid", key=True),
    binary("account"),
    word("partner"),
    binary("raw"),
    UniqueConstraint("account", "partner", name="pairings_account_partner"),
)
