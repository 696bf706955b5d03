"""A backup is one tar file: a consistent copy of the database, and a manifest with the hash of each part.

::

    manifest.json         who, when, which schema, how far the log was, SHA-256 and size of the rest
    database.sqlite3      by SQLite's own backup   or   database.dump by pg_dump, of one snapshot
    keys/…                only if asked for: whoever has them signs as this vault

Everything of owners in it is as sealed as in the database. ``checkpoint.latest`` is never
in it: it is what tells that a restored database is old.
"""

import io
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import file_digest
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from vault.db import DRIVER_ERRORS, Transaction, connect, reading
from vault.errors import Conflict, Malformed, ReadOnly, Unavailable
from vault.keyring import KEY_NAMES, log_origin, read_keys
from vault.log.guard import verify_history
from vault.log.kept import KEPT_NAME, KeptCheckpoint
from vault.readiness import verify_schema
from vault.settings import Settings

MANIFEST, SQLITE, POSTGRES = "manifest.json", "database.sqlite3", "database.dump"
KEYS = tuple(f"keys/{name}" for name in KEY_NAMES)
GIVEN_UP = "keys/log.retired"
"""Of a log whose key was changed; a vault that never did has none."""
MANIFEST_BYTES_MAX = 1 << 16
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Part:
    """One file in the backup."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the backup is of. ``entries`` is the size of the log in it, ``root`` its root in hexadecimal."""

    format: int
    origin: str
    made: str
    schema: str
    entries: int
    root: str
    parts: dict[str, Part]


def create(settings: Settings, file: Path, now: datetime, *, with_keys: bool = False) -> Manifest:
    """Write a backup to ``file``, readable by its owner alone. The vault may go on working meanwhile.

    Raises:
        Conflict: if there is such a file already.
        Unavailable: if the database does not answer, or pg_dump is missing or fails.
    """
    if file.exists():
        raise Conflict(f"{file} exists; a backup never replaces another")
    with TemporaryDirectory(dir=file.parent, prefix=".backup-") as name:
        folder = Path(name)
        schema, entries, root = _copy_database(settings.database_url, folder)
        if with_keys:
            (folder / "keys").mkdir()
            for key in (*KEYS, GIVEN_UP):
                if key in KEYS or (settings.folder / Path(key).name).exists():
                    shutil.copyfile(settings.folder / Path(key).name, folder / key)
        parts = {str(path.relative_to(folder)): _part(path) for path in sorted(folder.rglob("*.*"))}
        made = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        manifest = Manifest(FORMAT, settings.origin, made, schema, entries, root, parts)
        _write(file, folder, manifest)
    return manifest


def verify(file: Path) -> Manifest:
    """Read a backup from end to end; its manifest if every part is there, whole, and of its kind.

    Raises:
        Malformed: if something is missing, changed or not a backup.
    """
    with _unpacked(file) as (manifest, _):
        return manifest


def restore(settings: Settings, file: Path) -> tuple[Manifest, str]:
    """Bring a backup into an empty database; its manifest, and why the vault may not write to it, if so.

    Keys are put back where there are none. ``checkpoint.latest`` stays as it is.

    Raises:
        Malformed: if the backup is not whole, or of another kind of database, or of another vault.
        Conflict: if the database is not empty. Nothing is changed then.
        Unavailable: if the database does not answer, or pg_restore is missing or fails.
    """
    with _unpacked(file) as (manifest, folder):
        if manifest.origin != settings.origin:
            raise Malformed(f"this is a backup of {manifest.origin}, and the settings name {settings.origin}")
        _verify_empty(settings.database_url)
        _restore_database(settings.database_url, folder)
        _restore_keys(settings.folder, folder)
    return manifest, _why_not_to_write(settings)


def _copy_database(url: str, folder: Path) -> tuple[str, int, str]:
    """Copy the database; its schema, and size and root of its log, as they are in the copy."""
    if url.startswith("sqlite:"):
        path = folder / SQLITE
        source = sqlite3.connect(f"file:{url.removeprefix('sqlite:///')}?mode=ro", uri=True)
        with closing(source), closing(sqlite3.connect(path)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
        with closing(connect(f"sqlite:///{path}")) as connection, reading(connection) as transaction:
            facts = _facts(transaction)
        with closing(sqlite3.connect(path)) as copy:
            copy.execute("PRAGMA journal_mode=DELETE")
        return facts
    with closing(connect(url)) as connection, reading(connection) as transaction:
        facts, row = _facts(transaction), transaction.one("SELECT pg_export_snapshot()")
        snapshot = row[0] if row else ""
        options = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}"]
        _run(url, "pg_dump", *options, f"--file={folder / POSTGRES}")
    return facts


def _facts(transaction: Transaction) -> tuple[str, int, str]:
    schema = verify_schema(transaction)
    row = transaction.one("SELECT size, root FROM log_heads")
    return (schema, row[0], bytes(row[1]).hex()) if row else (schema, 0, "")


def _run(url: str, program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs. The password is in its environment: everybody sees arguments."""
    names = {
        "host": "PGHOST",
        "port": "PGPORT",
        "user": "PGUSER",
        "password": "PGPASSWORD",
        "dbname": "PGDATABASE",
    }
    given = psycopg.conninfo.conninfo_to_dict(url)
    environment = dict(os.environ) | {names[key]: str(value) for key, value in given.items() if key in names}
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


def _part(path: Path) -> Part:
    with path.open("rb") as stream:
        return Part(path.stat().st_size, file_digest(stream, "sha256").hexdigest())


def _write(file: Path, folder: Path, manifest: Manifest) -> None:
    text = json.dumps(asdict(manifest), indent=2).encode()
    fresh = folder / "whole"
    with fresh.open("xb") as stream:
        fresh.chmod(0o600)
        with tarfile.open(fileobj=stream, mode="w") as tar:
            header = tarfile.TarInfo(MANIFEST)
            header.size, header.mode = len(text), 0o600
            tar.addfile(header, io.BytesIO(text))
            for name in manifest.parts:
                tar.add(folder / name, name, recursive=False)
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(file)


@contextmanager
def _unpacked(file: Path) -> Iterator[tuple[Manifest, Path]]:
    """The manifest and a folder with every part, each held against its hash. Both end with the block."""
    with TemporaryDirectory(dir=file.parent, prefix=".restore-") as name:
        folder = Path(name)
        try:
            with tarfile.open(file, "r:") as tar:
                manifest = _manifest(tar)
                _unpack(tar, manifest, folder)
        except (OSError, tarfile.TarError, EOFError) as error:
            raise Malformed(f"{file} is not a whole backup: {type(error).__name__}") from error
        if (folder / SQLITE).exists():
            _verify_sqlite(folder / SQLITE)
        yield manifest, folder


def _manifest(tar: tarfile.TarFile) -> Manifest:
    first = tar.next()
    stream = tar.extractfile(first) if first and first.name == MANIFEST and first.isfile() else None
    if stream is None:
        raise Malformed(f"this is no backup: it does not begin with {MANIFEST}")
    try:
        value = json.loads(stream.read(MANIFEST_BYTES_MAX))
        parts = {str(name): Part(**part) for name, part in value.pop("parts").items()}
        manifest = Manifest(parts=parts, **value)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Malformed(f"{MANIFEST} can't be read") from error
    if manifest.format != FORMAT:
        raise Malformed(f"this backup has format {manifest.format}, and this program reads {FORMAT}")
    databases = {SQLITE, POSTGRES} & manifest.parts.keys()
    if len(databases) != 1 or manifest.parts.keys() - {SQLITE, POSTGRES, *KEYS, GIVEN_UP}:
        raise Malformed(f"{MANIFEST} names other parts than a backup has")
    return manifest


def _unpack(tar: tarfile.TarFile, manifest: Manifest, folder: Path) -> None:
    (folder / "keys").mkdir(mode=0o700)
    for name, part in manifest.parts.items():
        member = tar.next()
        stream = tar.extractfile(member) if member and member.name == name and member.isfile() else None
        if stream is None:
            raise Malformed(f"{name} is missing in this backup")
        with (folder / name).open("xb") as copy:
            shutil.copyfileobj(stream, copy)
        if _part(folder / name) != part:
            raise Malformed(f"{name} is not what was backed up: its hash is another")
    if tar.next() is not None:
        raise Malformed("this backup holds more than its manifest names")


def _verify_sqlite(path: Path) -> None:
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as copy:
            said = copy.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.Error as error:
        raise Malformed(f"{SQLITE} is no database") from error
    if said != "ok":
        raise Malformed(f"{SQLITE} is damaged")


def _verify_empty(url: str) -> None:
    if url.startswith("sqlite:"):
        if Path(url.removeprefix("sqlite:///")).exists():
            raise Conflict("there is a database already: move it away, and restore again")
        return
    with closing(connect(url)) as connection, reading(connection) as transaction:
        row = transaction.one("SELECT COUNT(*) FROM pg_tables WHERE schemaname = current_schema()")
    if row is None or row[0]:
        raise Conflict("the database has tables already: restore into an empty one")


def _restore_database(url: str, folder: Path) -> None:
    wanted = SQLITE if url.startswith("sqlite:") else POSTGRES
    if not (folder / wanted).exists():
        raise Malformed("this is a backup of the other kind of database")
    if wanted == POSTGRES:
        name = str(psycopg.conninfo.conninfo_to_dict(url).get("dbname", ""))
        options = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"]
        _run(url, "pg_restore", *options, f"--dbname={name}", str(folder / POSTGRES))
        return
    path = Path(url.removeprefix("sqlite:///"))
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("xb") as whole, (folder / SQLITE).open("rb") as copy:
        shutil.copyfileobj(copy, whole)
        whole.flush()
        os.fsync(whole.fileno())


def _restore_keys(home: Path, folder: Path) -> None:
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    for key in (*KEYS, GIVEN_UP):
        target = home / Path(key).name
        if (folder / key).exists() and not target.exists():
            descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write((folder / key).read_bytes())


def _why_not_to_write(settings: Settings) -> str:
    try:
        keys = read_keys(settings.folder, settings.origin)
        kept = KeptCheckpoint(settings.folder / KEPT_NAME, *keys.logs)
        with closing(connect(settings.database_url)) as connection:
            compared = verify_history(connection, log_origin(settings.origin), kept, None)
    except (ReadOnly, Unavailable) as error:
        return str(error)
    except DRIVER_ERRORS as error:
        return f"the restored database can't be read: {type(error).__name__}"
    return "" if compared.kept else f"there is no {KEPT_NAME} here: nothing tells whether this is the newest"
