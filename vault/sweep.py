"""Forget what has expired: sessions, challenges, nonces and remembered answers."""

from vault.db import Connection, writing

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
    """Delete every row that expired at ``now`` (seconds) or before; how many, by table."""
    return {table: _sweep_one(connection, statement, now, most) for table, statement in _STATEMENTS.items()}


def _sweep_one(connection: Connection, statement: str, now: int, most: int) -> int:
    swept = 0
    while True:
        with writing(connection) as transaction:
            gone = transaction.run(statement, {"now": now, "most": most})
        swept += gone
        if gone < most:
            return swept
