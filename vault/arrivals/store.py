"""Arrivals in one transaction."""

from dataclasses import dataclass

from anchor.records.arrival import Arrival
from anchor.records.signed import Signed
from vault.db import Transaction


@dataclass(frozen=True, slots=True)
class Brought:
    """How long the journal is that an account brought, and how it ends."""

    manifests: int
    head: bytes | None


class Arrivals:
    """The arrivals of one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def keep(self, arrival: Signed[Arrival]) -> None:
        """Remember where an account came from."""
        said = arrival.record
        self._transaction.run(
            "INSERT INTO arrivals (account, raw, manifests, head) VALUES (:account, :raw, :manifests, :head)",
            {"account": said.account, "raw": arrival.raw, "manifests": said.manifests, "head": said.journal},
        )

    def erase(self, account: bytes) -> None:
        """Forget where an account came from."""
        self._transaction.run("DELETE FROM arrivals WHERE account = :account", {"account": account})

    def find(self, account: bytes) -> Brought | None:
        """What an account brought, if it came from elsewhere."""
        row = self._transaction.one(
            "SELECT manifests, head FROM arrivals WHERE account = :account", {"account": account}
        )
        return Brought(row[0], row[1]) if row else None
