"""The rows of a CSV file of any size, one at a time, each as column name → cell.

The standard library's reader follows RFC 4180 and forgives what spreadsheets
do. Limits are ours: the length of a row, and how far down the header may stand.
"""

import csv
from collections.abc import Callable, Iterator
from io import BufferedReader, TextIOWrapper

from planetvault.importers.errors import ExportDamaged, ExportTooLarge

ROW_CHARS_MAX = 256 * 1024  # an open quotation mark may not swallow the file
PREAMBLE_ROWS_MAX = 100  # a JD bill has 21
COLUMNS_MAX = 200


def csv_rows(
    stream: BufferedReader, encoding: str, is_header: Callable[[list[str]], bool]
) -> Iterator[tuple[int, object]]:
    """Yield (line number, cells by column) of each row below the header.

    A row that does not fit the header is yielded as the list it is. Blank lines are no rows.

    Raises:
        ExportDamaged: when there is no such header, or the file is not in ``encoding``.
        ExportTooLarge: when a row passes ROW_CHARS_MAX.
    """
    lines = _Lines(stream, encoding)
    rows = csv.reader(lines)
    try:
        header = _header(rows, lines, is_header)
        for cells in rows:
            lines.begin_row()
            if any(cells):
                yield rows.line_num, _by_column(header, cells)
    except UnicodeDecodeError as error:
        raise ExportDamaged("the file is not text in the encoding its provider uses") from error
    except csv.Error as error:
        raise ExportDamaged(f"line {rows.line_num} is not CSV") from error


class _Lines:
    """Lines of text, with a limit on those that make one row."""

    def __init__(self, stream: BufferedReader, encoding: str) -> None:
        self._text = TextIOWrapper(stream, encoding, "strict", newline="")
        self._row_chars = 0

    def begin_row(self) -> None:
        self._row_chars = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._text.readline(ROW_CHARS_MAX + 1)
        if not line:
            raise StopIteration
        self._row_chars += len(line)
        if self._row_chars > ROW_CHARS_MAX:
            raise ExportTooLarge(f"a row is longer than {ROW_CHARS_MAX:,} characters")
        return line


def _header(rows: Iterator[list[str]], lines: _Lines, is_header: Callable[[list[str]], bool]) -> list[str]:
    for _ in range(PREAMBLE_ROWS_MAX):
        names = [name.strip() for name in next(rows, ())]
        lines.begin_row()
        if is_header(names):
            if len(set(names)) != len(names) or len(names) > COLUMNS_MAX:
                raise ExportDamaged("the columns of the header are not told apart")
            return names
    raise ExportDamaged("the file has no header of this export")


def _by_column(header: list[str], cells: list[str]) -> object:
    """Cells by column; blank cells past the last column are an exporter's habit, others are not."""
    if len(cells) < len(header) or any(cell.strip() for cell in cells[len(header) :]):
        return cells
    return dict(zip(header, cells, strict=False))
