"""A database into a part of a backup, and from there into an empty one.

SQLite copies itself; PostgreSQL is copied by its own programs, of one snapshot.
"""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg

from vault import durable
from vault.backup.archive import POSTGRES, SQLITE
from vault.db import Transaction, connect, reading
from vault.errors import Conflict, Malformed, Unavailable

JOURNALS = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a database until it is closed in good order."""


@contextmanager
def copied(url: str, folder: Path) -> Iterator[Transaction]:
    """Copy the database into ``folder``; a transaction that sees what the copy holds.

    Raises:
        Unavailable: pg_dump is missing or fails, or there is no room.
    """
    if url.startswith("sqlite:"):
        path = folder / SQLITE
        _copy_sqlite(url.removeprefix("sqlite:///"), path)
        with closing(connect(f"sqlite:///{path}")) as connection, reading(connection) as transaction:
            yield transaction
        with closing(sqlite3.connect(path)) as copy:
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, with nothing beside it
        return
    with closing(connect(url)) as connection, reading(connection) as transaction:
        # The snapshot lives as long as this transaction, which has nothing to do meanwhile.
        transaction.run("SET LOCAL idle_in_transaction_session_timeout = 0")
        row = transaction.one("SELECT pg_export_snapshot()")
        snapshot = row[0] if row else ""
        options = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}"]
        _run(url, "pg_dump", *options, f"--file={folder / POSTGRES}")
        yield transaction


def _copy_sqlite(name: str, path: Path) -> None:
    try:
        source = sqlite3.connect(f"file:{name}?mode=ro", uri=True)
        with closing(source), closing(sqlite3.connect(path)) as copy:
            source.backup(copy)
    except sqlite3.Error as error:
        raise Unavailable(f"the database can't be copied: {error}") from error


def verify_copy(folder: Path) -> None:
    """Look a copy of SQLite through; PostgreSQL's are looked at by ``pg_restore`` alone.

    Raises:
        Malformed: it is damaged, or none.
    """
    if not (folder / SQLITE).exists():
        return
    try:
        with closing(sqlite3.connect(f"file:{folder / SQLITE}?mode=ro", uri=True)) as copy:
            said = copy.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.Error as error:
        raise Malformed(f"{SQLITE} is no database") from error
    if said != "ok":
        raise Malformed(f"{SQLITE} is damaged")


def verify_empty(url: str) -> None:
    """Look whether a database may be restored here.

    Raises:
        Conflict: there is one.
    """
    if url.startswith("sqlite:"):
        path = Path(url.removeprefix("sqlite:///"))
        # SQLite would play the journal of the one that was lost into the one that is restored.
        there = [one.name for end in ("", *JOURNALS) if (one := path.with_name(path.name + end)).exists()]
        if there:
            raise Conflict(f"there is a database already: move {', '.join(there)} away, and restore again")
        return
    with closing(connect(url)) as connection, reading(connection) as transaction:
        row = transaction.one("SELECT COUNT(*) FROM pg_tables WHERE schemaname = current_schema()")
    if row is None or row[0]:
        raise Conflict("the database has tables already: restore into an empty one")


def verify_kind(url: str, folder: Path) -> None:
    """Look whether the copy is of the kind of database that the settings name.

    Raises:
        Malformed: it is not.
    """
    if not (folder / (SQLITE if url.startswith("sqlite:") else POSTGRES)).exists():
        raise Malformed("this is a backup of the other kind of database")


def restore(url: str, folder: Path) -> None:
    """Bring the copy into an empty database of its kind.

    Raises:
        Conflict: there is a database of SQLite by now.
        Unavailable: pg_restore is missing or fails, or the disk is full; the database is empty then.
    """
    if not url.startswith("sqlite:"):
        options = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"]
        _run(url, "pg_restore", *options, str(folder / POSTGRES))
        return
    verify_empty(url)  # once more: objects may have taken an hour to come back
    path = Path(url.removeprefix("sqlite:///"))
    try:
        durable.copy(folder / SQLITE, path)
    except FileExistsError:
        raise Conflict("there is a database already: it was made meanwhile") from None
    except OSError as error:
        raise Unavailable(f"the database can't be written to {path.parent}: {error.strerror}") from error


def _run(url: str, program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs, with all that the URL says of the way to the server.

    The password is in its environment: everybody sees arguments.
    """
    given = psycopg.conninfo.conninfo_to_dict(url)
    password, _ = given.pop("password", None), given.pop("sslpassword", None)
    environment = dict(os.environ) | ({"PGPASSWORD": str(password)} if password is not None else {})
    arguments = (f"--dbname={psycopg.conninfo.make_conninfo('', **given)}", *arguments)
    path = shutil.which(program)
    if path is None:
        raise Unavailable(f"{program} is not on this machine: it comes with PostgreSQL's client programs")
    done = subprocess.run(  # noqa: S603 - a program of PostgreSQL, no shell, arguments of ours
        [path, *arguments], env=environment, capture_output=True, check=False
    )
    if done.returncode:
        raise Unavailable(f"{program} ended with {done.returncode}: {_last_line(done.stderr)}")


def _last_line(output: bytes) -> str:
    return (output.decode("utf-8", "replace").strip().splitlines() or ["it did not say why"])[-1]
