"""Years of receipts in a moment: rows as uses leave them, written by the database itself.

Ten million uses would take an hour to sign and to answer. What a use costs in a large vault depends on
the rows and the indexes it meets there, not on who signed what lies in them: so each row has random
hashes, and the bytes of one real receipt. Nothing but measurements may read a vault that was filled so.
"""

from collections.abc import Callable

from vault.db import Connection, PostgresConnection, Transaction, writing

OWNERS = 10_000
"""Among whom the rows are shared, in turns: as many places in each index that goes by owner or grant."""
STEP = 50_000
"""Receipts in one transaction."""

Tell = Callable[[int], object]


def fill(connection: Connection, receipts: int, tell: Tell) -> None:
    """Add rows until the vault holds so many receipts; ``tell`` hears how many there are, at each step.

    The vault must hold one receipt of a use, whose bytes the others have.
    """
    _hurry(connection)
    random = _RANDOM_ON_POSTGRESQL if isinstance(connection, PostgresConnection) else _RANDOM_ON_SQLITE
    with writing(connection) as transaction:
        _add_owners(transaction, random)
    while (reached := _newest(connection)) < receipts:
        with writing(connection) as transaction:
            _add_receipts(transaction, reached, min(receipts - reached, STEP), random)
        tell(_newest(connection))


def _hurry(connection: Connection) -> None:
    """Nothing is lost with this vault: no row of it waits for the disk."""
    if isinstance(connection, PostgresConnection):
        connection.run("SET synchronous_commit = off")
        return
    for pragma in ("synchronous = OFF", "cache_size = -2000000", "wal_autocheckpoint = 100000"):
        connection.run(f"PRAGMA {pragma}")


def _newest(connection: Connection) -> int:
    row = connection.one("SELECT MAX(id) FROM receipts")
    return int(row[0]) if row else 0


_RANDOM_ON_SQLITE = "randomblob(32)"
_RANDOM_ON_POSTGRESQL = "uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())"
_NUMBERS = """
    WITH RECURSIVE numbers(n) AS (
        SELECT CAST(:first AS BIGINT) UNION ALL SELECT n + 1 FROM numbers WHERE n < :last
    )
    """


def _add_owners(transaction: Transaction, random: str) -> None:
    transaction.run(
        "CREATE TEMPORARY TABLE IF NOT EXISTS filled (n BIGINT PRIMARY KEY, account BYTEA, grant_hash BYTEA)"
    )
    transaction.run(
        f"""
        INSERT INTO filled {_NUMBERS} SELECT n, substr({random}, 1, 16), {random} FROM numbers
        WHERE NOT EXISTS (SELECT 1 FROM filled)
        """,  # noqa: S608 - words of this page
        {"first": 0, "last": OWNERS - 1},
    )


def _add_receipts(transaction: Transaction, first: int, count: int, random: str) -> None:
    span = {"first": first, "last": first + count - 1, "owners": OWNERS}
    transaction.run(
        f"""
        INSERT INTO receipts (hash, grant_hash, seq, account, owner_seq, owner_prev, blind,
                              use_time, use_hash, use_raw, price, fee, time, raw)
        {_NUMBERS}
        SELECT {random}, f.grant_hash, n.n / :owners + 1, f.account, n.n / :owners + 1, {random}, {random},
               r.time, {random}, r.use_raw, r.price, r.fee, r.time, r.raw
        FROM numbers n JOIN filled f ON f.n = n.n % :owners
        CROSS JOIN (SELECT * FROM receipts WHERE use_raw IS NOT NULL ORDER BY id LIMIT 1) r
        """,  # noqa: S608 - words of this page
        span,
    )
    transaction.run(
        f"""
        INSERT INTO transfers (kind, source, debit, credit, account, amount, time)
        {_NUMBERS}
        SELECT t.kind, {random}, t.debit, t.credit, CASE WHEN t.kind = 'share' THEN f.account END,
               t.amount, t.time
        FROM numbers n JOIN filled f ON f.n = n.n % :owners
        CROSS JOIN (SELECT * FROM transfers WHERE kind IN ('share', 'fee') ORDER BY id LIMIT 2) t
        """,  # noqa: S608 - words of this page
        span,
    )
