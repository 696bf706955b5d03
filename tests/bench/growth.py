"""What a use and an entry cost as a vault grows: ``python -m tests.bench --long``.

The log goes from 10,000 to 10,000,000 entries, a vault from 10,000 to 10,000,000 receipts on each
database. What is measured are uses, signed, checked, paid and written like any other; what lies in the
vault before them are rows of the same form (``tests/bench/filling.py``).
"""

import sys
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path

from anchor.keys import SigningKey
from anchor.log import Log, MemoryLogStore
from anchor.note import NoteKey
from tests.bench import gas
from tests.bench.crowd import Crowd, crowd_in
from tests.bench.figure import Figure, seconds
from tests.bench.filling import fill
from tests.bench.receipts import Write, writer_of
from tests.postgres import PostgresMissing, running_server
from vault.db import connect

ENTRIES = (10_000, 100_000, 1_000_000, 10_000_000)
RECEIPTS = (10_000, 100_000, 1_000_000, 10_000_000)
USING = 320
"""Owners whose data is used: a place of its own for each in every index that goes by owner or grant."""
APPENDED, USED = 1_000, 100
"""Entries in one append, uses in one transaction."""
TOLD = 1_000_000
STRETCH, ROUNDS = 5_000, 3
"""What is measured at each size: so many more, the best of some rounds."""
APPEND_MOST, SQLITE_MOST, POSTGRESQL_MOST = 1.2, 1.5, 1.2
"""How much more the last may cost than the first."""
KEY = NoteKey("vault.example/log", SigningKey(b"l" * 32))


def figures(folder: Path, quick: bool) -> Iterator[Figure]:
    """The log, uses on both databases, and gas; a hundredth of it in a quick run."""
    shrink = 100 if quick else 1
    yield from _log([size // shrink for size in ENTRIES])
    sizes = [size // shrink for size in RECEIPTS]
    yield from _uses("SQLite", folder / "sqlite", "", sizes, SQLITE_MOST)
    try:
        with running_server() as server, server.database() as url:
            yield from _uses("PostgreSQL", folder / "postgresql", url, sizes, POSTGRESQL_MOST)
    except PostgresMissing as missing:
        sys.stdout.write(f"PostgreSQL: not measured: {missing}\n")
    yield from gas.figures()


def _log(sizes: list[int]) -> Iterator[Figure]:
    """Appending writes every tile that it changes, so this is what building them costs."""
    log = Log(KEY.name, MemoryLogStore())

    def append(count: int) -> None:
        start = log.head().size
        for at in range(start, start + count, APPENDED):
            log.append([_entry(number) for number in range(at, at + APPENDED)])

    first = None
    for size in sizes:
        append(size - log.head().size)
        took = min(seconds(lambda: append(STRETCH)) for _ in range(ROUNDS)) / STRETCH * 1e6
        first = first or took
        name, most = "an entry appended, with its tiles", APPEND_MOST * first
        yield Figure(name, took, "µs", first, "at the first", most=most, at=size)


def _entry(number: int) -> bytes:
    return b"\x04" + sha256(b"%d" % number).digest()


def _uses(database: str, folder: Path, url: str, sizes: list[int], most: float) -> Iterator[Figure]:
    folder.mkdir()
    with crowd_in(folder, url or f"sqlite:///{folder / 'vault.sqlite3'}", USING) as crowd:
        write, first = writer_of(crowd), None
        _use(crowd, write, USING)
        for size in sizes:
            with closing(connect(crowd.settings.database_url)) as connection:
                fill(connection, size, _tell)
            took = min(_use(crowd, write, STRETCH) for _ in range(ROUNDS)) / STRETCH * 1e6
            first = first or took
            name = f"a use in a batch of {USED}, {database}"
            yield Figure(name, took, "µs", first, "at the first", most=most * first, at=size)


def _tell(receipts: int) -> None:
    if receipts and receipts % TOLD == 0:
        sys.stdout.write(f"  {receipts:,} receipts\n")
        sys.stdout.flush()


def _use(crowd: Crowd, write: Write, count: int) -> float:
    """Seconds for so many uses, without those for signing them as the partner."""
    took = 0.0
    for _ in range(0, count, USED):
        uses = crowd.uses(USED)
        took += seconds(lambda: write(uses))  # noqa: B023 - called at once
    return took
