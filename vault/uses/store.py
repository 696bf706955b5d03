"""Refusals are kept too: the owner sees who asked for more than she allowed."""

from collections.abc import Sequence
from dataclasses import dataclass

from vault.db import Transaction


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
