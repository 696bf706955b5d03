"""Transfers are added and never changed; balances follow them in the same transaction.

The escrow of a grant is kept in the grant's own row, which its uses hold anyway, and
the fee account is only ever summed up: so no use waits for a row that all uses share.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from vault.db import Row, Transaction
from vault.errors import Conflict, InsufficientFunds
from vault.payments.ledger import FEE, OUTSIDE, Transfer

UNCACHED = (FEE, OUTSIDE)
"""Accounts that may be summed up at leisure: they can't run dry."""
_ESCROW = "escrow/"


class Ledger:
    """The money of one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def balance(self, account: str) -> int:
        """Micros in a cached account; 0 if it was never touched."""
        row = self._transaction.one(
            "SELECT amount FROM balances WHERE account = :account", {"account": account}
        )
        return row[0] if row else 0

    def escrow_of(self, partner: str) -> int:
        """What all grants to a partner hold in reserve, in micros."""
        row = self._transaction.one(
            """
            SELECT COALESCE(SUM(c.escrow), 0) FROM grants g JOIN grant_chains c ON c.grant_hash = g.hash
            WHERE g.partner = :partner
            """,
            {"partner": partner},
        )
        return int(row[0]) if row else 0

    def total(self, account: str) -> int:
        """The fold over every transfer of one account, in micros. Reads them all."""
        row = self._transaction.one(
            """
            SELECT COALESCE(SUM(CASE WHEN credit = :account THEN amount ELSE -amount END), 0)
            FROM transfers WHERE credit = :account OR debit = :account
            """,
            {"account": account},
        )
        return int(row[0]) if row else 0

    def move(self, transfers: Sequence[Transfer], time: int) -> None:
        """Add transfers and the balances they change.

        Raises:
            InsufficientFunds: if an account would go below zero; nothing is kept then.
        """
        self._transaction.run_many(
            """
            INSERT INTO transfers (kind, source, debit, credit, account, amount, time)
            VALUES (:kind, :source, :debit, :credit, :account, :amount, :time)
            """,
            [
                {
                    "kind": t.kind,
                    "source": t.source,
                    "debit": t.debit,
                    "credit": t.credit,
                    "account": t.account,
                    "amount": t.amount,
                    "time": time,
                }
                for t in transfers
            ],
        )
        self._follow(_changes(transfers))

    def _follow(self, changes: Sequence[tuple[str, int]]) -> None:
        credited = [{"account": name, "change": change} for name, change in sorted(changes) if change > 0]
        self._transaction.run_many(
            """
            INSERT INTO balances (account, amount) VALUES (:account, :change)
            ON CONFLICT (account) DO UPDATE SET amount = balances.amount + excluded.amount
            """,
            credited,
        )
        for name, change in sorted(changes):
            if change < 0:
                self._debit(name, -change)

    def _debit(self, account: str, amount: int) -> None:
        moved = self._transaction.run(
            "UPDATE balances SET amount = amount - :amount WHERE account = :account AND amount >= :amount",
            {"account": account, "amount": amount},
        )
        if not moved:
            raise InsufficientFunds("there is not enough in the account for this")

    def keep_top_up(self, source: bytes, partner: str, amount: int, reference: str, time: int) -> None:
        """Keep what a top-up's transfer comes from.

        Raises:
            Conflict: if this one was booked before.
        """
        kept = self._transaction.run(
            """
            INSERT INTO top_ups (source, partner, amount, reference, time)
            VALUES (:source, :partner, :amount, :reference, :time) ON CONFLICT DO NOTHING
            """,
            {"source": source, "partner": partner, "amount": amount, "reference": reference, "time": time},
        )
        if not kept:
            raise Conflict("this top-up was booked long ago")

    def of_owner(self, account: bytes, after: int, limit: int) -> list[Row]:
        """Row number, kind, source, debit, credit, amount and time of what touched an owner's accounts."""
        return self._transaction.all(
            """
            SELECT id, kind, source, debit, credit, amount, time FROM transfers
            WHERE account = :account AND id > :after ORDER BY id LIMIT :limit
            """,
            {"account": account, "after": after, "limit": limit},
        )


def _changes(transfers: Iterable[Transfer]) -> list[tuple[str, int]]:
    changes: Counter[str] = Counter()
    for transfer in transfers:
        changes[transfer.debit] -= transfer.amount
        changes[transfer.credit] += transfer.amount
    cached = (item for item in changes.items() if item[0] not in UNCACHED and not item[0].startswith(_ESCROW))
    return [item for item in cached if item[1]]
