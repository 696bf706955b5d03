"""The file of a backup: a tar with a manifest, and the parts that it names.

::

    manifest.json         who, when, which schema, how far the log was, SHA-256 and size of the rest
    database.sqlite3      by SQLite's own backup   or   database.dump by pg_dump, of one snapshot
    objects.txt           SHA-256 and name of each object that the database names, as sha256sum reads it
    keys/…                only if asked for: whoever has them signs as this vault

Everything of owners in it is as sealed as in the database. ``checkpoint.latest`` is never
in it: it is what tells that a restored database is old.
"""

import io
import json
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from hashlib import file_digest
from pathlib import Path
from tempfile import TemporaryDirectory

from vault import durable
from vault.errors import Conflict, Malformed, Unavailable
from vault.keyring import KEY_NAMES

MANIFEST, SQLITE, POSTGRES, OBJECTS = "manifest.json", "database.sqlite3", "database.dump", "objects.txt"
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
    """What the backup is of.

    ``entries`` is the size of the log in it, ``root`` its root in hexadecimal, ``objects`` how many
    objects its database names.
    """

    format: int
    origin: str
    made: str
    schema: str
    entries: int
    root: str
    objects: int
    parts: dict[str, Part]

    @property
    def with_keys(self) -> bool:
        """Whether the vault's keys are in it."""
        return set(KEYS) <= self.parts.keys()


def parts_in(folder: Path) -> dict[str, Part]:
    """Every file in a folder, with its size and hash, under its name in the backup."""
    return {str(path.relative_to(folder)): _part(path) for path in sorted(folder.rglob("*.*"))}


def write(file: Path, folder: Path, manifest: Manifest) -> None:
    """Put the parts in ``folder`` into a backup, readable by its owner alone, durably and all at once.

    Raises:
        Conflict: there is such a file by now. Unavailable: there is no room.
    """
    text = json.dumps(asdict(manifest), indent=2).encode()
    try:
        with (
            durable.written(file, folder, anew=True) as stream,
            tarfile.open(fileobj=stream, mode="w") as tar,
        ):
            header = tarfile.TarInfo(MANIFEST)
            header.size, header.mode = len(text), 0o600
            tar.addfile(header, io.BytesIO(text))
            for name in manifest.parts:
                tar.add(folder / name, name, recursive=False)
    except FileExistsError:
        raise Conflict(f"{file} exists; a backup never replaces another") from None
    except OSError as error:
        raise Unavailable(f"{file} can't be written: {error.strerror}") from error


@contextmanager
def unpacked(file: Path) -> Iterator[tuple[Manifest, Path]]:
    """The manifest and a folder with every part, each held against its hash. Both end with the block.

    Raises:
        Malformed: if something is missing, changed or not a backup.
        Unavailable: if it can't be read, or there is no room for its parts.
    """
    with TemporaryDirectory(dir=file.parent, prefix=".restore-") as name:
        folder = Path(name)
        try:
            with tarfile.open(file, "r:") as tar:
                manifest = _manifest(tar)
                _unpack(tar, manifest, folder)
        except (tarfile.TarError, EOFError) as error:
            raise Malformed(f"{file} is not a whole backup: {type(error).__name__}") from error
        except OSError as error:
            raise Unavailable(f"{file} can't be unpacked beside itself: {error.strerror}") from error
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
    names = manifest.parts.keys()
    if len({SQLITE, POSTGRES} & names) != 1 or names - {SQLITE, POSTGRES, OBJECTS, *KEYS, GIVEN_UP}:
        raise Malformed(f"{MANIFEST} names other parts than a backup has")
    if OBJECTS not in names:
        raise Malformed(f"{MANIFEST} does not name {OBJECTS}")
    return manifest


def _unpack(tar: tarfile.TarFile, manifest: Manifest, folder: Path) -> None:
    (folder / "keys").mkdir(mode=0o700)
    for name, part in manifest.parts.items():
        member = tar.next()
        # A sparse file would unfold to more than the backup has.
        whole = member is not None and member.name == name and member.isfile() and not member.issparse()
        stream = tar.extractfile(member) if member and whole and member.size == part.size else None
        if stream is None:
            raise Malformed(f"{name} is missing in this backup, or of another size")
        with (folder / name).open("xb") as copy:
            shutil.copyfileobj(stream, copy)
        if _part(folder / name) != part:
            raise Malformed(f"{name} is not what was backed up: its hash is another")
    if tar.next() is not None:
        raise Malformed("this backup holds more than its manifest names")


def _part(path: Path) -> Part:
    with path.open("rb") as stream:
        return Part(path.stat().st_size, file_digest(stream, "sha256").hexdigest())
