"""Refusals are kept too: the owner sees who asked for more than she allowed.

They cost the partner nothing, so they are counted and not listed: one row for each grant,
reason and hour, however often it asks. Whoever does not hold the grant leaves no row at all.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from vault.db import Row, Transaction


@dataclass(frozen=True, slots=True)
class Refused:
    """A use that was refused, with the stable word for why."""

    grant: bytes
    code: str


HOUR = 3600


class Refusals:
    """The refusals of one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, refused: Sequence[Refused], time: int) -> None:
        """Keep these in the access record."""
        self._transaction.run_many(
            """
            INSERT INTO refusals (grant_hash, code, hour, count, time)
            VALUES (:grant, :code, :hour, :count, :time)
            ON CONFLICT (grant_hash, hour, code) DO UPDATE
            SET count = refusals.count + excluded.count, time = excluded.time
            """,
            [
                {"grant": one.grant, "code": one.code, "hour": time // HOUR, "count": count, "time": time}
                for one, count in Counter(refused).items()
            ],
        )

    def of_owner(self, account: bytes, after: int, limit: int) -> list[Row]:
        """Row number, partner, grant, code, count and newest time of what an owner's grants refused."""
        return self._transaction.all(
            """
            SELECT f.id, g.partner, f.grant_hash, f.code, f.count, f.time
            FROM refusals f JOIN grants g ON g.hash = f.grant_hash
            WHERE g.account = :account AND f.id > :after ORDER BY f.id LIMIT :limit
            """,
            {"account": account, "after": after, "limit": limit},
        )
