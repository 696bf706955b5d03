"""The stores of one transaction, handed to a flow."""

from dataclasses import dataclass

from vault.db import Transaction
from vault.grants.store import Grants
from vault.items.store import Items
from vault.payments.store import Ledger
from vault.receipts.store import Receipts
from vault.uses.store import Refusals


@dataclass(frozen=True, slots=True)
class Stores:
    """One store for each noun that a flow may touch."""

    grants: Grants
    items: Items
    receipts: Receipts
    ledger: Ledger
    refusals: Refusals

    @classmethod
    def of(cls, transaction: Transaction) -> "Stores":
        """The stores of this transaction."""
        return cls(
            Grants(transaction),
            Items(transaction),
            Receipts(transaction),
            Ledger(transaction),
            Refusals(transaction),
        )
