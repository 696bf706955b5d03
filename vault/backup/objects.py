"""The bytes of blobs: from the store into a folder beside the backups, and back into a store.

An object is written once and never changed, so one folder serves every backup of a vault, and each
backup adds only what is new. ``objects.txt`` of a backup says which ones it needs::

    SHA-256 in hexadecimal, two blanks, name
"""

from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

from vault.blobs.objects import FolderObjects, Objects
from vault.blobs.rules import PART_BYTES
from vault.blobs.store import Blobs
from vault.db import Transaction
from vault.errors import Conflict, Malformed, Unavailable

Listed = tuple[str, str]
"""Hash in hexadecimal, and name."""
Tell = Callable[[int, int], object]
"""Hears how many objects are done, and of how many."""
TOLD = 100
_HASH_DIGITS = 64


def write_list(transaction: Transaction, path: Path) -> int:
    """Write down every object that a database names; how many."""
    count = 0
    with path.open("x", encoding="ascii") as lines:
        for part in Blobs(transaction).all_parts():
            lines.write(f"{part.hash.hex()}  {part.object}\n")
            count += 1
    return count


def read_list(path: Path) -> Iterator[Listed]:
    """The objects that a backup needs.

    Raises:
        Malformed: a line is none.
    """
    with path.open(encoding="ascii", errors="replace") as lines:
        for line in lines:
            wanted, blanks, name = line.rstrip("\n").partition("  ")
            if len(wanted) != _HASH_DIGITS or not blanks or not _is_name(name):
                raise Malformed(f"{path.name} has a line that is none")
            yield wanted, name


def _is_name(name: str) -> bool:
    """Whether it stays in its folder: two digits, and a name of its own behind them."""
    return name.replace("/", "", 1).isalnum() and name[2:3] == "/"


def collect(listed: Path, store: Objects, folder: Path, tell: Tell, count: int) -> list[str]:
    """Copy into ``folder`` what it lacks; the names that the store did not give.

    Raises:
        Malformed: the store gave another object than was put there.
    """
    beside, missing = FolderObjects(folder), []
    for done, (wanted, name) in enumerate(read_list(listed), 1):
        if not beside.has(name):
            try:
                _copy(name, wanted, store, beside)
            except Unavailable:
                missing.append(name)
        _tell(tell, done, count)
    return missing


def bring_back(listed: Path, folder: Path, store: Objects, tell: Tell, count: int) -> None:
    """Copy from ``folder`` into the store what it lacks, or has of another size: half an object, say.

    Raises:
        Malformed, Unavailable: the folder has another object, or none of this name.
    """
    beside = FolderObjects(folder)
    for done, (wanted, name) in enumerate(read_list(listed), 1):
        there = store.size(name)
        if there is None or (beside.size(name) not in {None, there} and _hash(_bytes(store, name)) != wanted):
            _copy(name, wanted, beside, store)
        _tell(tell, done, count)


def verify_whole(listed: Path, folder: Path, tell: Tell, count: int) -> None:
    """Read every object that a backup needs.

    Raises:
        Malformed: some are missing in the folder, or are not what was backed up; it says how many.
    """
    beside, faulty = FolderObjects(folder), []
    for done, (wanted, name) in enumerate(read_list(listed), 1):
        if not beside.has(name) or _hash(_bytes(beside, name)) != wanted:
            faulty.append(name)
        _tell(tell, done, count)
    if faulty:
        raise Malformed(f"{len(faulty)} of {count} objects are missing or changed in {folder}: {faulty[0]}")


def verify_there(listed: Path, store: Objects, count: int) -> None:
    """Look whether a store has every object that a backup needs; their bytes are not read.

    Raises:
        Conflict: it has not.
    """
    missing = sum(not store.has(name) for _, name in read_list(listed))
    if missing:
        raise Conflict(
            f"{missing} of {count} objects are not in the store: "
            "name the folder that has them, or restore without"
        )


def verify_deleted(transaction: Transaction, missing: list[str]) -> None:
    """Look whether the database has let go of all that its store did not give.

    Raises:
        Unavailable: it still names one.
    """
    lost = set(missing) & {part.object for part in Blobs(transaction).all_parts()} if missing else set()
    if lost:
        raise Unavailable(
            f"{len(lost)} objects could not be read from the store: {min(lost)}; "
            "without --objects the database alone is backed up"
        )


def strike(listed: Path, names: set[str]) -> None:
    """Take objects from the list that nobody speaks of any more."""
    left = [f"{wanted}  {name}\n" for wanted, name in read_list(listed) if name not in names]
    listed.write_text("".join(left), encoding="ascii")


def _copy(name: str, wanted: str, source: Objects, target: Objects) -> None:
    content = _bytes(source, name)
    if _hash(content) != wanted:
        raise Malformed(
            f"the object {name} is not the one that was put there: its hash is another; "
            "the database is backed up and restored without objects, too"
        )
    target.put(name, content)


def _bytes(store: Objects, name: str) -> bytes:
    return store.read(name, 0, PART_BYTES)


def _hash(content: bytes) -> str:
    return sha256(content).hexdigest()


def _tell(tell: Tell, done: int, count: int) -> None:
    if done % TOLD == 0 or done == count:
        tell(done, count)
