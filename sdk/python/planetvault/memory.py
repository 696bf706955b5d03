"""What a client must remember to be safe: a few named bytes, written all or none.

A vault can't roll back, fork or swap anything unnoticed by a client that
remembers what it saw. So a client keeps: its own secrets, the keys it pinned,
the newest state it has seen, and every use it has signed but has no answer to.

``FileMemory`` is one SQLite file, readable by its owner alone; it holds secrets in
the clear, like an SSH key. A write is on the disk when ``put`` returns.
``RamMemory`` is its twin for tests and for throw-away clients.
"""

import os
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Protocol
from weakref import finalize

from planetvault.errors import MemoryFault, MemoryMoved

WAIT_SECONDS = 10.0
"""How long to wait for another process that writes to the same file."""

NOTHING: Mapping[str, bytes | None] = {}


class Memory(Protocol):
    """Named bytes that outlive the process."""

    def get(self, name: str) -> bytes | None:
        """The bytes of this name, or None."""
        ...

    def under(self, prefix: str) -> dict[str, bytes]:
        """Everything whose name begins with ``prefix``, by name in ascending order."""
        ...

    def put(
        self, changes: Mapping[str, bytes | None], *, expected: Mapping[str, bytes | None] = NOTHING
    ) -> None:
        """Write, and with None forget, durably: all of it or nothing.

        Raises:
            MemoryMoved: if a name in ``expected`` holds other bytes; nothing is written.
        """
        ...


class RamMemory:
    """A ``Memory`` that ends with the process."""

    def __init__(self) -> None:
        self._held: dict[str, bytes] = {}
        self._lock = Lock()

    def get(self, name: str) -> bytes | None:
        """See ``Memory``."""
        return self._held.get(name)

    def under(self, prefix: str) -> dict[str, bytes]:
        """See ``Memory``."""
        with self._lock:
            return {name: self._held[name] for name in sorted(self._held) if name.startswith(prefix)}

    def put(
        self, changes: Mapping[str, bytes | None], *, expected: Mapping[str, bytes | None] = NOTHING
    ) -> None:
        """See ``Memory``."""
        with self._lock:
            if any(self._held.get(name) != value for name, value in expected.items()):
                raise MemoryMoved("another client changed this memory in between")
            for name, value in changes.items():
                if value is None:
                    self._held.pop(name, None)
                else:
                    self._held[name] = value


class FileMemory:
    """A ``Memory`` in one SQLite file, which several threads and processes may share.

    Raises:
        MemoryFault: if the file can't be opened, or is none of ours.
    """

    def __init__(self, path: Path | str) -> None:
        self._lock = Lock()
        try:
            _touch(Path(path))
            self._file = sqlite3.connect(
                path, timeout=WAIT_SECONDS, isolation_level=None, check_same_thread=False
            )
            finalize(self, self._file.close)  # also of a client that nobody closed
            self._file.execute("PRAGMA journal_mode = WAL")
            self._file.execute("PRAGMA synchronous = FULL")
            self._file.execute(
                "CREATE TABLE IF NOT EXISTS memory (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID"
            )
        except (sqlite3.Error, OSError) as error:
            raise MemoryFault("this file can't be opened as a client's memory") from error

    def get(self, name: str) -> bytes | None:
        """See ``Memory``."""
        with self._lock:
            row = self._file.execute("SELECT value FROM memory WHERE name = ?", (name,)).fetchone()
        return None if row is None else bytes(row[0])

    def under(self, prefix: str) -> dict[str, bytes]:
        """See ``Memory``."""
        between = (prefix, prefix + "\U0010ffff")
        with self._lock:
            rows = self._file.execute(
                "SELECT name, value FROM memory WHERE name >= ? AND name < ? ORDER BY name", between
            ).fetchall()
        return {name: bytes(value) for name, value in rows}

    def put(
        self, changes: Mapping[str, bytes | None], *, expected: Mapping[str, bytes | None] = NOTHING
    ) -> None:
        """See ``Memory``."""
        with self._lock:
            try:
                self._file.execute("BEGIN IMMEDIATE")
            except sqlite3.Error as error:
                raise MemoryFault("another process holds this memory") from error
            try:
                self._require(expected)
                self._write(changes)
                self._file.execute("COMMIT")
            except BaseException:
                self._file.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._file.close()

    def _require(self, expected: Mapping[str, bytes | None]) -> None:
        for name, value in expected.items():
            row = self._file.execute("SELECT value FROM memory WHERE name = ?", (name,)).fetchone()
            if (None if row is None else bytes(row[0])) != value:
                raise MemoryMoved("another client changed this memory in between")

    def _write(self, changes: Mapping[str, bytes | None]) -> None:
        for name, value in changes.items():
            if value is None:
                self._file.execute("DELETE FROM memory WHERE name = ?", (name,))
            else:
                self._file.execute("INSERT OR REPLACE INTO memory VALUES (?, ?)", (name, value))


def _touch(path: Path) -> None:
    """Make the file, for its owner alone, before SQLite would make it for everybody."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
