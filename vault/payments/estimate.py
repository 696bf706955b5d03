"""What standing grants may still bring an owner. Nobody owes it: no transfer names it."""

from anchor.records.consent import Grant, fee_of
from anchor.records.signed import unverified
from vault.db import Transaction
from vault.grants.standing import STANDING

GRANTS_MAX = 10_000
"""Grants of one owner that are looked through: more do not stand at one time."""


def estimated(transaction: Transaction, account: bytes) -> int:
    """The owner's share of what partners have set aside for her standing grants, in micros."""
    rows = transaction.all(
        """
        SELECT g.raw, c.escrow FROM grants g JOIN grant_chains c ON c.grant_hash = g.hash
        WHERE g.account = :account AND c.state = :state AND c.escrow > 0 LIMIT :most
        """,
        {"account": account, "state": STANDING, "most": GRANTS_MAX},
    )
    return sum(_share(unverified(raw, Grant), escrow) for raw, escrow in rows)


def _share(grant: Grant, escrow: int) -> int:
    """The uses that the escrow still pays, each less its fee."""
    return escrow // grant.price * (grant.price - fee_of(grant)) if grant.price else 0
