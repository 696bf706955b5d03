"""A backup is made while the vault works, is read from end to end, and comes back into an empty database.

::

    create    copy the database ── list the objects it names ── copy those into a folder, if one is named
    verify    every part, and every object in that folder, against its hash
    restore   may it be restored here ── objects ── keys ── database ── may the vault write to it
"""

import shutil
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from vault import durable
from vault.backup import databases, objects
from vault.backup.archive import FORMAT, GIVEN_UP, KEYS, OBJECTS, Manifest, parts_in, unpacked, write
from vault.backup.objects import Tell
from vault.blobs.objects import FolderObjects, objects_of
from vault.db import DRIVER_ERRORS, Transaction, connect, reading
from vault.errors import Conflict, Malformed, ReadOnly, Unavailable
from vault.keyring import log_origin, read_keys
from vault.log.guard import verify_history
from vault.log.kept import KEPT_NAME, KeptCheckpoint
from vault.readiness import verify_schema
from vault.settings import Settings


def quietly(_done: int, _count: int) -> None:
    """Tell nobody how far the objects are."""


def create(
    settings: Settings,
    file: Path,
    now: datetime,
    *,
    beside: Path | None = None,
    with_keys: bool = False,
    tell: Tell = quietly,
) -> Manifest:
    """Write a backup to ``file``, readable by its owner alone. The vault may go on working meanwhile.

    The objects that the database names are copied into the folder ``beside``, which may have those of
    earlier backups; without one they are only listed.

    Raises:
        Conflict: if there is such a file already, or ``beside`` is the store itself.
        Unavailable: if database or object store do not answer, or pg_dump is missing or fails.
        Malformed: if an object is not the one that was put there.
    """
    if file.exists():
        raise Conflict(f"{file} exists; a backup never replaces another")
    if beside is not None and objects_of(settings) == FolderObjects(beside.resolve()):
        raise Conflict(f"{beside} is the store itself: what is lost with it is in no backup")
    with TemporaryDirectory(dir=file.parent, prefix=".backup-") as name:
        folder = Path(name)
        with databases.copied(settings.database_url, folder) as transaction:
            schema, entries, root = _facts(transaction)
            count = objects.write_list(transaction, folder / OBJECTS)
        if beside is not None:
            count = _collect(settings, folder / OBJECTS, beside, tell, count)
        if with_keys:
            _take_keys(settings.folder, folder)
        made = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        manifest = Manifest(FORMAT, settings.origin, made, schema, entries, root, count, parts_in(folder))
        write(file, folder, manifest)
    return manifest


def verify(file: Path, beside: Path | None = None, tell: Tell = quietly) -> Manifest:
    """Read a backup from end to end, and the folder of its objects if one is named.

    Raises:
        Malformed: if something is missing, changed or not a backup.
    """
    with unpacked(file) as (manifest, folder):
        databases.verify_copy(folder)
        if beside is not None:
            objects.verify_whole(folder / OBJECTS, beside, tell, manifest.objects)
        return manifest


def restore(
    settings: Settings,
    file: Path,
    *,
    beside: Path | None = None,
    without_objects: bool = False,
    tell: Tell = quietly,
) -> tuple[Manifest, str]:
    """Bring a backup into an empty database; its manifest, and why the vault may not write to it, if so.

    Objects that the store lacks come from the folder ``beside``. Keys are put back where there are none.
    ``checkpoint.latest`` stays as it is.

    Raises:
        Malformed: if the backup is not whole, or of another kind of database, or of another vault.
        Conflict: if the database is not empty, or the store lacks objects and no folder was named.
        Unavailable: if database or object store do not answer, or pg_restore is missing or fails.
    """
    with unpacked(file) as (manifest, folder):
        databases.verify_copy(folder)
        if manifest.origin != settings.origin:
            raise Malformed(f"this is a backup of {manifest.origin}, and the settings name {settings.origin}")
        databases.verify_kind(settings.database_url, folder)
        databases.verify_empty(settings.database_url)
        listed, store, count = folder / OBJECTS, objects_of(settings), manifest.objects
        if beside is not None:
            objects.bring_back(listed, beside, store, tell, count)
        elif not without_objects:
            objects.verify_there(listed, store, count)
        # The database last: once it is there, nothing is restored again.
        _put_keys_back(settings.folder, folder)
        databases.restore(settings.database_url, folder)
    return manifest, _why_not_to_write(settings)


def _collect(settings: Settings, listed: Path, beside: Path, tell: Tell, count: int) -> int:
    """Copy the objects, and strike from the list what was deleted meanwhile; how many are left."""
    missing = objects.collect(listed, objects_of(settings), beside, tell, count)
    if not missing:
        return count
    with closing(connect(settings.database_url)) as connection, reading(connection) as transaction:
        objects.verify_deleted(transaction, missing)
    objects.strike(listed, set(missing))
    return count - len(missing)


def _facts(transaction: Transaction) -> tuple[str, int, str]:
    """Its schema, and size and root of its log."""
    schema = verify_schema(transaction)
    row = transaction.one("SELECT size, root FROM log_heads")
    return (schema, row[0], bytes(row[1]).hex()) if row else (schema, 0, "")


def _take_keys(home: Path, folder: Path) -> None:
    (folder / "keys").mkdir()
    for key in (*KEYS, GIVEN_UP):
        if key in KEYS or (home / Path(key).name).exists():
            shutil.copyfile(home / Path(key).name, folder / key)


def _put_keys_back(home: Path, folder: Path) -> None:
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    for key in (*KEYS, GIVEN_UP):
        target = home / Path(key).name
        if (folder / key).exists() and not target.exists():
            try:
                durable.copy(folder / key, target)
            except OSError as error:
                raise Unavailable(f"{target} can't be written: {error.strerror}") from error


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
