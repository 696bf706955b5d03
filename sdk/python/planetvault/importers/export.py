"""The front door: an export file in, records out, and an honest account of the rest.

    reading = read_export(path, owner_secret=secret, imported_at=now)
    for row in reading:            # Kept(record, …) or Skipped(reason, where, …)
        ...
    reading.summary                # what was read, kept, skipped and left out

Which provider a file is from is seen in its content; its name is a hint at most.
Every row is either kept or skipped with a reason, and every field is either kept
or left out by name: nothing is lost silently. Rows are made as they are asked
for, so memory does not grow with the file.
"""

from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from planetvault.importers.amazon import RETAIL
from planetvault.importers.archive import ExportFile, Meter, Progress, Source, files_of
from planetvault.importers.errors import ExportTooLarge, RowError, SkipReason, UnknownExport
from planetvault.importers.format import Format, Row
from planetvault.importers.identity import Identity
from planetvault.importers.jd import BILL
from planetvault.importers.record import Record, check_record, time_of
from planetvault.importers.spotify import ACCOUNT, EXTENDED
from planetvault.importers.steam import OWNED_GAMES
from planetvault.importers.times import Times
from planetvault.importers.xapi import STATEMENTS

FORMATS: tuple[Format, ...] = (EXTENDED, ACCOUNT, RETAIL, BILL, OWNED_GAMES, STATEMENTS)

ROWS_MAX = 5_000_000  # a play every minute, awake and asleep, for nine years
HEAD_BYTES = 64 * 1024  # how much of a file is looked at to know it
SUFFIXES = (".json", ".jsonl", ".ndjson", ".csv", ".txt")  # of the files in an archive that can hold rows


@dataclass(frozen=True, slots=True)
class Where:
    """A row's place, for the owner's eyes: the file, and the number of the row or line in it."""

    file: str
    row: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A row that became a record. ``left_out`` names its fields that were not taken over."""

    record: Record
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row that holds no record, and why."""

    reason: SkipReason
    where: Where
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportSummary:
    """What an import did. ``rows`` is ``kept`` plus all that was skipped.

    ``formats`` are titles, ``files_ignored`` counts files that no reader knows,
    ``left_out`` counts rows by the name of a field not taken over, and ``first`` and
    ``last`` are the times of the earliest and the latest record. ``duplicates`` are
    kept rows with the id of another; they are counted where rows meet, in ``gather``.
    """

    formats: tuple[str, ...]
    files: int
    files_ignored: int
    rows: int
    kept: int
    skipped: Mapping[SkipReason, int]
    left_out: Mapping[str, int]
    first: str | None
    last: str | None
    duplicates: int = 0


@dataclass(slots=True)
class _Tally:
    """The figures of an import while it runs."""

    files_ignored: int = 0
    rows: int = 0
    kept: int = 0
    skipped: Counter[SkipReason] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    first: str | None = None
    last: str | None = None

    def keep(self, time: str) -> None:
        self.kept += 1
        if self.first is None or time < self.first:
            self.first = time
        if self.last is None or time > self.last:
            self.last = time


class Reading:
    """One export being read. Iterating a second time reads it anew, with new figures."""

    def __init__(
        self,
        source: Source,
        known: Mapping[str, Format],
        *,
        files_ignored: int,
        owner_secret: bytes,
        times: Times,
        progress: Progress | None,
    ) -> None:
        self._source = source
        self._known = known
        self._files_ignored = files_ignored
        self._identities = {
            kind.provider: Identity(owner_secret, kind.provider) for kind in set(known.values())
        }
        self._times = times
        self._progress = progress
        self._tally = _Tally()

    def __iter__(self) -> Iterator[Kept | Skipped]:
        """Yield each row's outcome.

        Raises:
            ExportError: when the file cannot be read on. What was yielded before stays true.
        """
        self._tally = _Tally(files_ignored=self._files_ignored)
        with files_of(self._source) as files:
            wanted = [file for file in files if file.name in self._known]
            meter = Meter(total=sum(file.size for file in wanted), progress=self._progress)
            for file in wanted:
                yield from self._rows(file, self._known[file.name], meter)

    def _rows(self, file: ExportFile, kind: Format, meter: Meter) -> Iterator[Kept | Skipped]:
        identity, tally, shown = self._identities[kind.provider], self._tally, file.shown()
        with file.open(meter) as stream:
            head, encoding = _look(stream.peek(HEAD_BYTES)[:HEAD_BYTES], kind)
            tally.left_out.update(kind.beside_rows(head))
            for number, value in kind.rows(stream, encoding):
                tally.rows += 1
                if tally.rows > ROWS_MAX:
                    raise ExportTooLarge(f"the export has more than {ROWS_MAX:,} rows")
                left_out: tuple[str, ...] = ()
                try:
                    row = _row(value)
                    left_out = tuple(kind.left_out(row))
                    record = check_record(kind.record(row, identity, self._times))
                except RowError as error:
                    tally.skipped[error.reason] += 1
                    tally.left_out.update(left_out)
                    yield Skipped(error.reason, Where(shown, number), left_out)
                else:
                    tally.keep(time_of(record))
                    tally.left_out.update(left_out)
                    yield Kept(record, left_out)

    @property
    def summary(self) -> ImportSummary:
        """The figures so far; complete once every row was asked for."""
        return ImportSummary(
            formats=tuple(sorted({kind.title for kind in self._known.values()})),
            files=len(self._known),
            files_ignored=self._tally.files_ignored,
            rows=self._tally.rows,
            kept=self._tally.kept,
            skipped=dict(sorted(self._tally.skipped.items())),
            left_out=dict(sorted(self._tally.left_out.items())),
            first=self._tally.first,
            last=self._tally.last,
        )


def read_export(
    source: Source,
    *,
    owner_secret: bytes,
    imported_at: datetime,
    progress: Progress | None = None,
) -> Reading:
    """Look into an export and make ready to read its rows.

    ``source`` is the path of a file, a ZIP or a folder, or a seekable binary file that stays
    the caller's to close. ``owner_secret`` has 32 bytes and keys every id. ``imported_at``
    knows its zone; it dates snapshots and shows which rows lie in the future. ``progress``
    is called with (bytes read, bytes in all), the latter being what the archive claims.

    Raises:
        UnknownExport: when no file of it is known.
        ExportTooLarge, ExportDamaged: when it cannot be looked into.
        OSError: when the path itself cannot be read.
        ValueError: for an owner secret of another length or a time without a zone.
    """
    times = Times(imported_at)
    known, files_ignored = _known_files(source)
    return Reading(
        source,
        known,
        files_ignored=files_ignored,
        owner_secret=owner_secret,
        times=times,
        progress=progress,
    )


def _known_files(source: Source) -> tuple[dict[str, Format], int]:
    """The format of each file that a reader knows, and how many others there are."""
    with files_of(source) as files:
        meter = Meter()
        known: dict[str, Format] = {}
        for file in files:
            if len(files) > 1 and not file.name.lower().endswith(SUFFIXES):
                continue
            if kind := _format_of(file, meter):
                known[file.name] = kind
    if not known:
        titles = ", ".join(kind.title for kind in FORMATS)
        raise UnknownExport(f"no file in it is known. Readers exist for: {titles}")
    return known, len(files) - len(known)


def _format_of(file: ExportFile, meter: Meter) -> Format | None:
    with file.open(meter) as stream:
        start = stream.read(HEAD_BYTES)
    for kind in FORMATS:
        if kind.knows(file.name, _look(start, kind)[0]):
            return kind
    return None


def _look(start: bytes, kind: Format) -> tuple[str, str]:
    """(the start of a file as text, its encoding): the first of the format's that fits.

    If none fits, the usual one is told, and reading will say that the file is damaged.
    """
    for encoding in kind.encodings:
        if encoding == "utf-16" and not start.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
            continue
        try:
            return getincrementaldecoder(encoding)("strict").decode(start), encoding
        except UnicodeDecodeError:
            continue
    return start.removeprefix(BOM_UTF8).decode("utf-8", "replace"), kind.encodings[0]


def _row(value: object) -> Row:
    if not isinstance(value, dict):
        raise RowError(SkipReason.NOT_A_ROW)
    return value
