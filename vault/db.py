"""The database: SQLite or PostgreSQL by one URL, spoken to in plain SQL.

The use path costs a tenth of what an ORM makes of it (docs/performance.md), so every
store writes its own few statements with ``:name`` parameters; this page gives them to
either driver. A tuple as a parameter stands for a list: ``WHERE hash IN :hashes``; a tuple of
tuples for rows: ``FROM (VALUES :pairs) AS p``, whose columns are ``column1``, ``column2``, ….
The schema is in each slice's ``tables.py``, the migrations in ``vault/migrations``.
"""

import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from functools import lru_cache
from itertools import chain
from typing import Any, Protocol
from urllib.parse import urlsplit

import psycopg

from vault.errors import Malformed, Unavailable

Row = tuple[Any, ...]
Parameters = Mapping[str, Any]
NONE: Parameters = {}

DRIVER_ERRORS = (sqlite3.Error, psycopg.Error)
"""What a driver raises. Their messages may quote a row: tell their kind alone."""

SQLITE_BUSY_SECONDS = 30
"""How long a writer waits for another process that holds SQLite's write lock."""
SQLITE_CHECKPOINT_PAGES = 4000
"""The journal goes into the database at 16 MB: a page that many uses touched is written once for them all."""
POSTGRES_CONNECT_SECONDS = 10
POSTGRES_SESSION = """
    SET lock_timeout = '10s';
    SET idle_in_transaction_session_timeout = '60s';
    SET default_transaction_isolation = 'read committed'
"""
"""Nobody waits for ever for a process that died with a row in its hands."""
_LOCK = re.compile(r"\bFOR UPDATE( OF \w+)?")
_NAME = re.compile(r"(?<!:):([a-z_0-9]+)")


class Transaction(Protocol):
    """What a store may do. Beginning and ending belong to whoever opened it."""

    def all(self, sql: str, parameters: Parameters = NONE) -> list[Row]:
        """Every row."""

    def one(self, sql: str, parameters: Parameters = NONE) -> Row | None:
        """The first row, or none."""

    def run(self, sql: str, parameters: Parameters = NONE) -> int:
        """Run a statement; how many rows it touched."""

    def run_many(self, sql: str, rows: Sequence[Parameters]) -> None:
        """Run one statement for each row of parameters."""


@lru_cache(maxsize=512)
def _expanded(sql: str, lists: tuple[tuple[str, int, int], ...]) -> str:
    for name, length, width in lists:
        places = [f":{name}_{i}" for i in range(length * (width or 1))]
        if width:
            rows = (places[i : i + width] for i in range(0, len(places), width))
            sql = re.sub(rf":{name}\b", ", ".join(f"({', '.join(row)})" for row in rows), sql)
        else:
            sql = re.sub(rf":{name}\b", f"({', '.join(places)})", sql)
    return sql


def expand(sql: str, parameters: Parameters) -> tuple[str, Parameters]:
    """Spell out every tuple among the parameters as a list of places, or as rows of them."""
    lists = tuple(
        (name, len(value), _width(value)) for name, value in parameters.items() if type(value) is tuple
    )
    if not lists:
        return sql, parameters
    flat = {name: value for name, value in parameters.items() if type(value) is not tuple}
    for name, _, width in lists:
        values = chain.from_iterable(parameters[name]) if width else parameters[name]
        flat.update({f"{name}_{i}": value for i, value in enumerate(values)})
    return _expanded(sql, lists), flat


def _width(value: tuple[Any, ...]) -> int:
    return len(value[0]) if value and type(value[0]) is tuple else 0


@lru_cache(maxsize=512)
def _sqlite_sql(sql: str) -> str:
    return _LOCK.sub("", sql)


_SQLITE_PRIMARY = 0xFF
"""The part of an SQLite error code that says what happened; the rest says where."""


class SqliteConnection(Transaction):
    """One SQLite connection: WAL, and every commit on the disk before it is answered.

    ``FOR UPDATE`` is left out: a write transaction has the database to itself.
    """

    def __init__(self, path: str, busy_seconds: float = SQLITE_BUSY_SECONDS) -> None:
        self._connection = sqlite3.connect(
            path,
            timeout=busy_seconds,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
        )
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "cache_size=-65536",
            f"wal_autocheckpoint={SQLITE_CHECKPOINT_PAGES}",
        ):
            self._connection.execute(f"PRAGMA {pragma}")

    def _execute(self, sql: str, parameters: Parameters) -> sqlite3.Cursor:
        return self._connection.execute(*expand(_sqlite_sql(sql), parameters))

    def all(self, sql: str, parameters: Parameters = NONE) -> list[Row]:
        """Every row."""
        return self._execute(sql, parameters).fetchall()

    def one(self, sql: str, parameters: Parameters = NONE) -> Row | None:
        """The first row, or none."""
        row: Row | None = self._execute(sql, parameters).fetchone()
        return row

    def run(self, sql: str, parameters: Parameters = NONE) -> int:
        """Run a statement; how many rows it touched."""
        return self._execute(sql, parameters).rowcount

    def run_many(self, sql: str, rows: Sequence[Parameters]) -> None:
        """Run one statement for each row of parameters."""
        self._connection.executemany(sql, rows)

    def begin(self) -> None:
        """Begin a write transaction.

        Raises:
            Unavailable: if another process writes for longer than ``SQLITE_BUSY_SECONDS``.
        """
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & _SQLITE_PRIMARY == sqlite3.SQLITE_BUSY:
                raise Unavailable("another process is writing to the database") from error
            raise

    def begin_reading(self) -> None:
        """Begin one consistent view."""
        self._connection.execute("BEGIN")

    def commit(self) -> None:
        """Make it durable."""
        self._connection.execute("COMMIT")

    def rollback(self) -> None:
        """Undo what is open, if anything is."""
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def close(self) -> None:
        """Let go of the database."""
        self._connection.close()


@lru_cache(maxsize=512)
def _psycopg_sql(sql: str) -> bytes:
    return _NAME.sub(r"%(\1)s", sql.replace("%", "%%")).encode()


class PostgresConnection(Transaction):
    """One PostgreSQL connection; statements are prepared by the driver as they repeat.

    A connection that was lost is opened again when the next transaction begins. Rows to write
    wait for the next statement or the commit and go with it: one journey for all of them.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._waiting: list[tuple[bytes, Sequence[Parameters]]] = []
        self._connection = self._open()

    def _open(self) -> psycopg.Connection[Row]:
        try:
            connection = psycopg.connect(
                self._url, autocommit=True, prepare_threshold=2, connect_timeout=POSTGRES_CONNECT_SECONDS
            )
            connection.execute(POSTGRES_SESSION)
        except psycopg.OperationalError as error:
            raise Unavailable("the database does not answer") from error
        return connection

    def _begin(self, statement: str) -> None:
        try:
            self._connection.execute(statement.encode())
        except psycopg.OperationalError:
            if not self._connection.broken:
                raise
            self._connection.close()
            self._connection = self._open()
            self._connection.execute(statement.encode())

    def _execute(self, sql: str, parameters: Parameters) -> psycopg.Cursor[Row]:
        sql, parameters = expand(sql, parameters)
        self._send()
        return self._connection.execute(_psycopg_sql(sql), parameters, binary=True)

    def _send(self) -> None:
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        with self._connection.pipeline(), self._connection.cursor() as cursor:
            for sql, rows in waiting:
                cursor.executemany(sql, rows)

    def all(self, sql: str, parameters: Parameters = NONE) -> list[Row]:
        """Every row."""
        return self._execute(sql, parameters).fetchall()

    def one(self, sql: str, parameters: Parameters = NONE) -> Row | None:
        """The first row, or none."""
        return self._execute(sql, parameters).fetchone()

    def run(self, sql: str, parameters: Parameters = NONE) -> int:
        """Run a statement; how many rows it touched."""
        return self._execute(sql, parameters).rowcount

    def run_many(self, sql: str, rows: Sequence[Parameters]) -> None:
        """Run one statement for each row of parameters, at the latest with the commit."""
        if rows:
            self._waiting.append((_psycopg_sql(sql), rows))
        if self._connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE:
            self._send()

    def begin(self) -> None:
        """Begin a write transaction.

        Raises:
            Unavailable: if the database does not answer.
        """
        self._begin("BEGIN")

    def begin_reading(self) -> None:
        """Begin one consistent view.

        Raises:
            Unavailable: if the database does not answer.
        """
        self._begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

    def commit(self) -> None:
        """Make it durable."""
        with self._connection.pipeline() if self._waiting else nullcontext():
            self._send()
            self._connection.execute("COMMIT")

    def rollback(self) -> None:
        """Undo what is open, if anything is."""
        self._waiting = []
        status = self._connection.info.transaction_status
        if not self._connection.closed and status != psycopg.pq.TransactionStatus.IDLE:
            self._connection.execute("ROLLBACK")

    def close(self) -> None:
        """Let go of the database."""
        self._connection.close()


Connection = SqliteConnection | PostgresConnection
_SQLITE = "sqlite:///"


def connect(url: str) -> Connection:
    """Open ``sqlite:///path`` or ``postgresql://…``.

    Raises:
        Malformed: for any other URL.
    """
    scheme = urlsplit(url).scheme
    if scheme == "sqlite":
        return SqliteConnection(url.removeprefix(_SQLITE))
    if scheme == "postgresql":
        return PostgresConnection(url)
    raise Malformed("the database URL begins with sqlite:/// or postgresql://")


def connect_at_hand(url: str) -> SqliteConnection | None:
    """A connection that never waits: to a file of this machine. None if the database is a server."""
    return SqliteConnection(url.removeprefix(_SQLITE), 0) if url.startswith(_SQLITE) else None


@contextmanager
def writing(connection: Connection) -> Iterator[Transaction]:
    """One write transaction: all of it is committed, or none of it."""
    connection.begin()
    try:
        yield connection
        connection.commit()
    except BaseException:
        connection.rollback()
        raise


@contextmanager
def reading(connection: Connection) -> Iterator[Transaction]:
    """One consistent view of the database."""
    connection.begin_reading()
    try:
        yield connection
    finally:
        connection.rollback()


LIST_MAX = 500
"""Values in one list. SQLite takes 32,766 in a statement, and looks each up among those before it."""


def chunks(values: Sequence[Any]) -> Iterable[tuple[Any, ...]]:
    """Lists for ``IN`` and rows for ``VALUES``, none longer than ``LIST_MAX``."""
    return (tuple(values[i : i + LIST_MAX]) for i in range(0, len(values), LIST_MAX))
