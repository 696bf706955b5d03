"""What a reader must say of a format, so that the front door can use them all alike.

A format knows its files when it sees them, cuts them into rows, makes a record
of a row, and names the fields it leaves out. It does no I/O of its own and
counts nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import BufferedReader

from planetvault.importers.identity import Identity
from planetvault.importers.record import Record
from planetvault.importers.times import Times

Row = Mapping[str, object]

UNKNOWN_FIELD = "fields unknown to this reader"


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One layout of one provider's export.

    ``knows`` looks at a file's name and the start of its text. ``rows`` yields (row number
    counted from 1, value) and raises ExportError; a value that is not a mapping is no row.
    ``record`` raises RowError. ``left_out`` names the fields of a row that hold something
    and are not kept, ``beside_rows`` those that stand before the first row. ``encodings``
    are the ones its files come in, the usual one first.
    """

    provider: str
    name: str
    title: str
    knows: Callable[[str, str], bool]
    rows: Callable[[BufferedReader, str], Iterator[tuple[int, object]]]
    record: Callable[[Row, Identity, Times], Record]
    left_out: Callable[[Row], Iterable[str]]
    beside_rows: Callable[[str], Iterable[str]] = lambda _head: ()
    encodings: tuple[str, ...] = ("utf-8-sig", "utf-16")


def leaving_out(known: Iterable[str], kept: Iterable[str]) -> Callable[[Row], list[str]]:
    """Name the fields of a flat row that hold something and are not ``kept``.

    A field outside ``known`` is counted without its name: in a strange file, a
    name can itself be personal.
    """
    named = frozenset(known)
    dropped = tuple(sorted(named - frozenset(kept)))
    nothing = (None, "")

    def left_out(row: Row) -> list[str]:
        names = [name for name in dropped if row.get(name) not in nothing]
        if row.keys() - named:
            names.append(UNKNOWN_FIELD)
        return names

    return left_out
