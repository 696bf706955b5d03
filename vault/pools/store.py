"""The divisions of one transaction, and what goes into them."""

from collections.abc import Sequence
from typing import Any

from anchor.records.pools import Division
from anchor.records.signed import Signed
from vault.db import Row, Transaction
from vault.pools.rules import Line, Share


class Pools:
    """The pools of one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def undivided(self, state: str, limit: int) -> list[bytes]:
        """Offers in this state whose pools were not divided yet."""
        rows = self._transaction.all(
            """
            SELECT o.hash FROM offers o
            WHERE o.state = :state AND NOT EXISTS (SELECT 1 FROM divisions d WHERE d.offer = o.hash)
            ORDER BY o.id LIMIT :limit
            """,
            {"state": state, "limit": limit},
        )
        return [row[0] for row in rows]

    def lines(self, offer: bytes, until: int) -> list[Line]:
        """The grants that answered an offer, with the uses they had before ``until`` (seconds), by hash."""
        rows = self._transaction.all(
            """
            SELECT g.hash, g.account, COUNT(*) FROM grants g JOIN receipts r ON r.grant_hash = g.hash
            WHERE g.ask = :offer AND r.use_hash IS NOT NULL AND r.time < :until
            GROUP BY g.hash, g.account ORDER BY g.hash
            """,
            {"offer": offer, "until": until},
        )
        return [Line(*row) for row in rows]

    def add(self, division: Signed[Division], shares: Sequence[Share]) -> None:
        """Keep a division with its shares, and queue it for the log."""
        offer = division.record.offer
        self._transaction.run(
            "INSERT INTO divisions (offer, hash, raw) VALUES (:offer, :hash, :raw)",
            {"offer": offer, "hash": division.hash, "raw": division.raw},
        )
        self._transaction.run_many(
            """
            INSERT INTO pool_shares (offer, place, grant_hash, account, before, points, amount)
            VALUES (:offer, :place, :grant, :account, :before, :points, :amount)
            """,
            [_row(offer, place, share) for place, share in enumerate(shares)],
        )
        self._transaction.run("INSERT INTO log_queue (entry) VALUES (:entry)", {"entry": division.entry})

    def division(self, offer: bytes) -> bytes | None:
        """How the pool of an offer was divided, as the vault signed it."""
        row = self._transaction.one("SELECT raw FROM divisions WHERE offer = :offer", {"offer": offer})
        return row[0] if row else None

    def shares(self, offer: bytes) -> list[Share]:
        """Every share of a pool, in order."""
        rows = self._transaction.all(
            """
            SELECT grant_hash, account, before, points, amount FROM pool_shares
            WHERE offer = :offer ORDER BY place
            """,
            {"offer": offer},
        )
        return [Share(*row) for row in rows]

    def of_owner(self, account: bytes, after: int, limit: int) -> list[Row]:
        """Number, offer, its bytes, the division and the place of an owner's shares, oldest first."""
        return self._transaction.all(
            """
            SELECT s.id, s.offer, o.raw, d.raw, s.place FROM pool_shares s
            JOIN offers o ON o.hash = s.offer JOIN divisions d ON d.offer = s.offer
            WHERE s.account = :account AND s.id > :after ORDER BY s.id LIMIT :limit
            """,
            {"account": account, "after": after, "limit": limit},
        )


def _row(offer: bytes, place: int, share: Share) -> dict[str, Any]:
    return {
        "offer": offer,
        "place": place,
        "grant": share.grant,
        "account": share.account,
        "before": share.before,
        "points": share.points,
        "amount": share.amount,
    }
