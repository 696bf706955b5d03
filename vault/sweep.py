"""Forget what has expired: sessions, challenges, nonces, answers; and end grants and redemptions that did."""

from collections.abc import Callable
from datetime import UTC, datetime

from vault.db import Connection, Transaction, writing
from vault.grants.flow import LAPSES_MAX, lapse
from vault.offers.flow import CLOSED_MAX, close_ended
from vault.rewards.flow import LAPSES_MAX as LAPSED_MAX
from vault.rewards.flow import lapse as lapse_redemptions
from vault.webhooks.rules import KEPT_SECONDS

ROWS_MAX = 5000
"""Rows in one transaction, so that nobody waits long behind it."""

_STATEMENTS = {
    "sessions": """
        DELETE FROM sessions WHERE token_hash IN
            (SELECT token_hash FROM sessions WHERE expires <= :now LIMIT :most)
        """,
    "challenges": """
        DELETE FROM challenges WHERE nonce IN
            (SELECT nonce FROM challenges WHERE expires <= :now LIMIT :most)
        """,
    "deliveries": """
        DELETE FROM deliveries WHERE id IN (
            SELECT d.id FROM deliveries d JOIN events e ON e.name = d.event
            WHERE e.time <= :old AND d.due IS NULL LIMIT :most
        )
        """,
    "events": """
        DELETE FROM events WHERE id IN (
            SELECT id FROM events
            WHERE time <= :old AND NOT EXISTS (SELECT 1 FROM deliveries WHERE event = events.name) LIMIT :most
        )
        """,
    "nonces": """
        DELETE FROM nonces WHERE (kid, nonce) IN
            (SELECT kid, nonce FROM nonces WHERE expires <= :now LIMIT :most)
        """,
    "idempotency_keys": """
        DELETE FROM idempotency_keys WHERE (scope, key) IN
            (SELECT scope, key FROM idempotency_keys WHERE expires <= :now LIMIT :most)
        """,
}


def sweep(connection: Connection, now: int, most: int = ROWS_MAX) -> dict[str, int]:
    """Delete what expired at ``now`` (seconds) or before, and end what is over; how many, by table."""
    swept = {
        "grants": _some_by_some(connection, now, lapse, LAPSES_MAX),
        "offers": _some_by_some(connection, now, close_ended, CLOSED_MAX),
        "redemptions": _some_by_some(connection, now, lapse_redemptions, LAPSED_MAX),
    }
    return swept | {
        table: _sweep_one(connection, statement, now, most) for table, statement in _STATEMENTS.items()
    }


def _sweep_one(connection: Connection, statement: str, now: int, most: int) -> int:
    swept = 0
    while True:
        with writing(connection) as transaction:
            gone = transaction.run(statement, {"now": now, "old": now - KEPT_SECONDS, "most": most})
        swept += gone
        if gone < most:
            return swept


def _some_by_some(
    connection: Connection, now: int, end: Callable[[Transaction, datetime], int], most: int
) -> int:
    ended = 0
    while True:
        with writing(connection) as transaction:
            gone = end(transaction, datetime.fromtimestamp(now, UTC))
        ended += gone
        if gone < most:
            return ended
