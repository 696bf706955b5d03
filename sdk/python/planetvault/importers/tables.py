"""Records gathered into tables: the items that are sealed, column by column.

An item is one collection in one month, or one snapshot in one day. Its table maps
each column to a list, row by row aligned, so that each column becomes one sealed
field and a grant opens some columns without the others.

Tables have one order, by time and then id. So the same records make the same
table whatever way they came, and importing a file again changes nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple, cast

from planetvault.importers.errors import RowError, TableError
from planetvault.importers.export import ImportSummary, Kept, Reading
from planetvault.importers.record import COLUMNS, FIELDS, Kind, Record, time_of

TABLE_ROWS_MAX = 500_000  # more plays than a month has seconds to start them in

Columns = dict[str, list[object]]

MONTH_CHARS = len("2025-03")
DAY_CHARS = len("2025-03-14")
MINUTE_CHARS = len("2025-03-14T20:15")


class Place(NamedTuple):
    """Which item a record belongs to: its collection, and a UTC month or, for snapshots, a day."""

    collection: Kind
    period: str


@dataclass(frozen=True, slots=True)
class Gathered:
    """All tables of an import, and its summary with the duplicates counted."""

    tables: Mapping[Place, Columns]
    summary: ImportSummary


@dataclass(frozen=True, slots=True)
class Merged:
    """A table after a merge, and what was new in it. ``unchanged`` means: nothing to seal again."""

    columns: Columns
    added: int
    updated: int
    unchanged: bool


def place_of(record: Record) -> Place:
    """The item that a record belongs to."""
    snapshot = record["kind"] == "game.session"
    return Place(record["kind"], time_of(record)[: DAY_CHARS if snapshot else MONTH_CHARS])


def gather(reading: Reading) -> Gathered:
    """Read an export to its end and lay its records out in tables.

    Raises:
        ExportError: when the file cannot be read on.
        TableError: past TABLE_ROWS_MAX.
    """
    tables = _group(row.record for row in reading if isinstance(row, Kept))
    columns = {place: table.columns() for place, table in sorted(tables.items())}
    rows = sum(len(table["id"]) for table in columns.values())
    summary = reading.summary
    return Gathered(columns, replace(summary, duplicates=summary.kept - rows))


def group(records: Iterable[Record]) -> dict[Place, Columns]:
    """Lay records out in tables. Of two with one id, the later stays."""
    return {place: table.columns() for place, table in sorted(_group(records).items())}


def merge(collection: Kind, existing: Columns | None, new: Columns) -> Merged:
    """Join two tables of one item. Of two rows with one id, the new one stays.

    Raises:
        TableError: when one of them is not a table of ``collection``.
    """
    if existing is None:
        existing = {name: [] for name in COLUMNS[collection]}
    table = _Table(collection)
    for row in _rows(collection, existing):
        table.put(row)
    table.updated = 0
    for row in _rows(collection, new):
        table.put(row)
    columns = table.columns()
    added = len(set(columns["id"]).difference(existing["id"]))
    return Merged(columns, added, table.updated, unchanged=columns == existing)


def check_columns(collection: Kind, columns: Mapping[str, object]) -> Columns:
    """Return ``columns`` if they are a table: those of ``collection``, aligned, each id once.

    Raises:
        TableError: if they are not.
    """
    fields = FIELDS[collection]
    if columns.keys() != fields.keys():
        raise TableError(f"these are not the columns of {collection}")
    table: Columns = {}
    for name, check in fields.items():
        values = columns[name]
        if not isinstance(values, list) or len(values) > TABLE_ROWS_MAX:
            raise TableError(f"the column {name} is not a list of at most {TABLE_ROWS_MAX:,} values")
        try:
            for value in values:
                check(value)
        except RowError as error:
            raise TableError(f"the column {name} holds something it may not") from error
        table[name] = values
    if len({len(values) for values in table.values()}) != 1 or len(set(table["id"])) != len(table["id"]):
        raise TableError("the columns are not aligned, or two rows have one id")
    return table


def _rows(collection: Kind, columns: Columns) -> Iterator[Mapping[str, object]]:
    table = check_columns(collection, columns)
    for values in zip(*table.values(), strict=True):
        yield dict(zip(table, values, strict=True))


def _group(records: Iterable[Record]) -> dict[Place, "_Table"]:
    tables: dict[Place, _Table] = {}
    for record in records:
        place = place_of(record)
        if (table := tables.get(place)) is None:
            table = tables[place] = _Table(place.collection)
        table.put(cast("Mapping[str, object]", record))
    return tables


class _Table:
    """Columns that grow by a row at a time, and know where each id stands."""

    def __init__(self, collection: Kind) -> None:
        self.collection = collection
        self.updated = 0
        self._columns: Columns = {name: [] for name in COLUMNS[collection]}
        self._row_of: dict[object, int] = {}

    def put(self, row: Mapping[str, object]) -> None:
        """Add a row, or bring the one with its id up to date."""
        at = self._row_of.setdefault(row["id"], len(self._row_of))
        if at < len(self._columns["id"]):
            self._update(at, row)
            return
        if at >= TABLE_ROWS_MAX:
            raise TableError(f"an item has at most {TABLE_ROWS_MAX:,} rows")
        for name, values in self._columns.items():
            values.append(row[name])

    def _update(self, at: int, row: Mapping[str, object]) -> None:
        changed = False
        for name, values in self._columns.items():
            changed = changed or values[at] != row[name]
            values[at] = row[name]
        self.updated += changed

    def columns(self) -> Columns:
        """The table in its one order, without rows that a more exact one says as well."""
        times, ids = self._times(), cast("list[str]", self._columns["id"])
        order = sorted(range(len(ids)), key=lambda at: (times[at], ids[at]))
        if self.collection == "music.play":
            less_exact = self._less_exact()
            order = [at for at in order if at not in less_exact]
        return {name: [values[at] for at in order] for name, values in self._columns.items()}

    def _times(self) -> list[str]:
        if self.collection != "music.play":
            return cast("list[str]", self._columns["at"])
        ends, starts = self._columns["end"], self._columns["start"]
        return [cast("str", end or start) for end, start in zip(ends, starts, strict=True)]

    def _less_exact(self) -> set[int]:
        """Plays to the minute that stand here to the second as well.

        Spotify's account data and its extended history tell of the same plays in two
        layouts. Without this rule an owner who imports both would store, and sell, each twice.
        """
        names = ("end", "name", "played_ms", "precision")
        plays = list(zip(*(self._columns[name] for name in names), strict=True))
        exact = {
            (str(end)[:MINUTE_CHARS], name, ms) for end, name, ms, precision in plays if precision == "second"
        }
        return {
            at
            for at, (end, name, ms, precision) in enumerate(plays)
            if precision == "minute" and (str(end)[:MINUTE_CHARS], name, ms) in exact
        }
