"""Every delivery of one transaction: what is due, what came of it, and its log."""

from dataclasses import dataclass

from vault.db import Row, Transaction
from vault.webhooks.rules import Attempt
from vault.webhooks.store import ACTIVE, DEAD, DELIVERED, PENDING

EACH_MAX = 8
"""Deliveries to one partner in a round."""


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery whose time has come, with its event and its endpoint."""

    id: int
    due: int
    attempts: int
    webhook: bytes
    domain: str
    url: str
    generation: int
    rotated: int | None
    failing: int | None
    event: bytes
    kind: str
    data: str
    time: int


class Deliveries:
    """The deliveries of one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def due(self, now: int, limit: int) -> list[Due]:
        """Deliveries whose time has come, the longest due first: some of each partner's.

        Of an endpoint that fails it is one, so that a server that keeps us waiting keeps nobody else.
        """
        rows = self._transaction.all(
            """
            SELECT id, due, attempts, webhook, domain, url, generation, rotated, failing,
                   event, kind, data, time
            FROM (
                SELECT d.id, d.due, d.attempts, d.webhook, w.domain, w.url, w.generation, w.rotated,
                       w.failing, d.event, e.kind, e.data, e.time,
                       ROW_NUMBER() OVER (
                           PARTITION BY w.domain, w.failing IS NULL ORDER BY d.due, d.id
                       ) AS place
                FROM deliveries d JOIN webhooks w ON w.id = d.webhook JOIN events e ON e.name = d.event
                WHERE d.due <= :now AND w.state = :active
            ) AS ready
            WHERE place <= CASE WHEN failing IS NULL THEN :each ELSE 1 END ORDER BY due, id LIMIT :limit
            """,
            {"now": now, "active": ACTIVE, "each": EACH_MAX, "limit": limit},
        )
        return [Due(*row) for row in rows]

    def claim(self, one: Due, until: int) -> bool:
        """Take a delivery for this process: nobody else tries it until then, unless this one dies."""
        return bool(
            self._transaction.run(
                "UPDATE deliveries SET due = :until WHERE id = :id AND due = :due",
                {"id": one.id, "due": one.due, "until": until},
            )
        )

    def settle(self, one: Due, attempt: Attempt, due: int | None, now: int) -> None:
        """Keep what came of a try, and when the next one is."""
        state = DELIVERED if attempt.arrived else DEAD if due is None else PENDING
        self._transaction.run(
            """
            UPDATE deliveries SET state = :state, due = :due, attempts = attempts + 1,
                                  status = :status, error = :error, tried = :now
            WHERE id = :id
            """,
            {
                "id": one.id,
                "state": state,
                "due": due,
                "status": attempt.status,
                "error": attempt.error,
                "now": now,
            },
        )

    def give_up(self, webhook: bytes) -> None:
        """Let everything on its way to an endpoint be."""
        self._transaction.run(
            "UPDATE deliveries SET state = :dead, due = NULL WHERE webhook = :webhook AND state = :pending",
            {"webhook": webhook, "dead": DEAD, "pending": PENDING},
        )

    def waiting(self, webhook: bytes) -> int:
        """How many are on their way to an endpoint."""
        row = self._transaction.one(
            "SELECT COUNT(*) FROM deliveries WHERE webhook = :webhook AND due IS NOT NULL",
            {"webhook": webhook},
        )
        return int(row[0]) if row else 0

    def of_webhook(self, webhook: bytes, after: int, limit: int) -> list[Row]:
        """Row number, event, kind, state, attempts, status, error, last and next try, oldest first."""
        return self._transaction.all(
            """
            SELECT d.id, d.event, e.kind, d.state, d.attempts, d.status, d.error, d.tried, d.due
            FROM deliveries d JOIN events e ON e.name = d.event
            WHERE d.webhook = :webhook AND d.id > :after ORDER BY d.id LIMIT :limit
            """,
            {"webhook": webhook, "after": after, "limit": limit},
        )
