"""What a witness remembers, in one SQLite file that is on the disk before anything is answered.

A witness that forgot would cosign any history. So a database belongs to one key, is made
once, by hand, and is never made again by a server that does not find it; and the count of
its cosignatures is also written beside the key, so that a database which came back from a
backup is noticed.
"""

import json
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from weakref import finalize

from anchor.encoding import from_base64url, to_base64url
from anchor.errors import AnchorError, FormatError
from anchor.keys import SigningKey
from anchor.log import StaleHeadError
from anchor.note import WitnessKey
from anchor.witness import Evidence

KEY_NAME, DATABASE_NAME, COUNT_NAME = "witness.key", "witness.sqlite3", "witness.count"
EVIDENCE_MAX = 1000
"""Contradictions kept for one log: one convicts, and a flood must not fill the disk."""

_TABLES = """
    CREATE TABLE witness (key BLOB NOT NULL, cosigned INTEGER NOT NULL);
    CREATE TABLE newest (origin TEXT PRIMARY KEY, note BLOB NOT NULL);
    CREATE TABLE evidence (
        id INTEGER PRIMARY KEY, origin TEXT NOT NULL, before BLOB NOT NULL, request BLOB NOT NULL,
        time TEXT NOT NULL
    );
"""


class LostDatabase(AnchorError):
    """The database is gone, older than what was answered, or another key's. Only an operator can know why."""


def make_witness(folder: Path, name: str) -> WitnessKey:
    """Make a key and its empty database in a new folder.

    Raises:
        FileExistsError: if there is a key already.
        FormatError: if nobody can be called so.
    """
    key = WitnessKey(name, SigningKey.generate())
    line = json.dumps({"name": key.verifier.name, "seed": to_base64url(key.key.seed())})
    folder.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(folder / KEY_NAME, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(line + "\n")
    connection = _connect(folder / DATABASE_NAME)
    with connection:
        connection.executescript(_TABLES)
        connection.execute("INSERT INTO witness VALUES (?, 0)", (key.key.public,))
    connection.close()
    _write_count(folder, 0)
    return key


def read_key(folder: Path) -> WitnessKey:
    """The key in a folder.

    Raises:
        OSError: if there is none.
        FormatError: if it is damaged.
    """
    try:
        found = json.loads((folder / KEY_NAME).read_text(encoding="utf-8"))
        return WitnessKey(found["name"], SigningKey(from_base64url(found["seed"])))
    except (ValueError, KeyError, TypeError) as error:
        raise FormatError("the witness's key file is damaged") from error


class SqliteWitnessStore:
    """See ``anchor.witness.WitnessStore``.

    Raises:
        LostDatabase: if the folder does not hold the database that this key answered from.
    """

    def __init__(self, folder: Path, key: WitnessKey) -> None:
        self._folder = folder
        self._one_at_a_time = threading.Lock()
        if not (folder / DATABASE_NAME).is_file():
            raise LostDatabase(
                f"{folder / DATABASE_NAME} is gone: what this key cosigned is not known any more"
            )
        self._connection = _connect(folder / DATABASE_NAME)
        finalize(self, self._connection.close)  # also where it is refused
        try:
            row = self._connection.execute("SELECT key, cosigned FROM witness").fetchone()
            written = int((folder / COUNT_NAME).read_text(encoding="ascii"))
        except (sqlite3.Error, OSError, ValueError) as error:
            raise LostDatabase("the database or the count beside it can't be read") from error
        if row is None or row[0] != key.key.public:
            raise LostDatabase("this database belongs to another key")
        if row[1] < written:
            raise LostDatabase(f"{written} cosignatures were given, this database knows of {row[1]}")

    def newest(self, origin: str) -> bytes | None:
        """See ``WitnessStore``."""
        with self._one_at_a_time:
            return self._newest(origin)

    def advance(self, origin: str, before: bytes | None, after: bytes) -> None:
        """See ``WitnessStore``."""
        with self._writing():
            if self._newest(origin) != before:
                raise StaleHeadError("another request was faster")
            self._connection.execute(
                "INSERT INTO newest VALUES (?, ?) ON CONFLICT (origin) DO UPDATE SET note = excluded.note",
                (origin, after),
            )
            self._connection.execute("UPDATE witness SET cosigned = cosigned + 1")
        with self._one_at_a_time:
            (count,) = self._connection.execute("SELECT cosigned FROM witness").fetchone()
            _write_count(self._folder, count)

    def keep(self, origin: str, evidence: Evidence, time: datetime) -> None:
        """See ``WitnessStore``. What was kept before is not kept twice."""
        values = (origin, evidence.before, evidence.request, time.isoformat())
        with self._writing():
            self._connection.execute(
                """
                INSERT INTO evidence (origin, before, request, time) SELECT ?1, ?2, ?3, ?4
                WHERE NOT EXISTS (SELECT 1 FROM evidence WHERE origin = ?1 AND before = ?2 AND request = ?3)
                AND (SELECT COUNT(*) FROM evidence WHERE origin = ?1) < ?5
                """,
                (*values, EVIDENCE_MAX),
            )

    def evidence(self) -> list[tuple[str, Evidence, str]]:
        """Everything kept: of which log, what, and when."""
        with self._one_at_a_time:
            rows = self._connection.execute(
                "SELECT origin, before, request, time FROM evidence ORDER BY id"
            ).fetchall()
        return [(origin, Evidence(before, request), time) for origin, before, request, time in rows]

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _newest(self, origin: str) -> bytes | None:
        row = self._connection.execute("SELECT note FROM newest WHERE origin = ?", (origin,)).fetchone()
        return row[0] if row else None

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._one_at_a_time:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:  # a full disk has undone it already
                    self._connection.execute("ROLLBACK")
                raise


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def _write_count(folder: Path, count: int) -> None:
    fresh = folder / (COUNT_NAME + ".new")
    with fresh.open("w", encoding="ascii") as file:
        file.write(f"{count}\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(folder / COUNT_NAME)
