"""Refusals are kept too: the owner sees who asked for more than she allowed."""

from collections.abc import Sequence
from dataclasses import dataclass

from vault.db import Row, Transaction


@dataclass(frozen=True, slots=True)
class Refused:
    """A use that was refused, with the stable word for why."""

    partner: str
    grant: bytes
    use: bytes
    code: str


class Refusals:
    """The refusals of one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, refused: Sequence[Refused], time: int) -> None:
        """Keep these in the access record."""
        self._transaction.run_many(
            """
            INSERT INTO refusals (partner, grant_hash, use, code, time)
            VALUES (:partner, :grant, :use, :code, :time)
            """,
            [
                {"partner": r.partner, "grant": r.grant, "use": r.use, "code": r.code, "time": time}
                for r in refused
            ],
        )

    def of_owner(self, account: bytes, after: int, limit: int) -> list[Row]:
        """Row number, partner, grant, code and time of what was refused under an owner's grants."""
        return self._transaction.all(
            """
            SELECT f.id, f.partner, f.grant_hash, f.code, f.time
            FROM refusals f JOIN grants g ON g.hash = f.grant_hash
            WHERE g.account = :account AND f.id > :after ORDER BY f.id LIMIT :limit
            """,
            {"account": account, "after": after, "limit": limit},
        )
