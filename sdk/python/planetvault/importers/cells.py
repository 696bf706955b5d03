"""What stands in one cell of an export: text, amounts, durations, yes and no.

Each function reads one cell for certain or refuses the row. A guess here would
become a wrong figure on somebody's bill.
"""

import re
from decimal import Decimal

from planetvault.importers.errors import RowError, SkipReason
from planetvault.importers.record import WHOLE_MAX

CELL_CHARS_MAX = 40  # of an amount or a duration
MICROS = 1_000_000

# 1,430.71 as the West groups, 1,23,456.00 as India does; "14,49" is neither and is refused.
_AMOUNT = re.compile(r"-?(?:\d+|\d{1,3}(?:,\d{2,3})*,\d{3})(?:\.\d{1,6})?", re.ASCII)
_DURATION = re.compile(
    r"P(?:(?P<weeks>\d{1,4})W)?(?:(?P<days>\d{1,4})D)?"
    r"(?:T(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,6})M)?(?:(?P<seconds>\d{1,9})(?:[.,](?P<part>\d{1,9}))?S)?)?",
    re.ASCII,
)


def text(cell: object) -> str | None:
    """The text without blanks round it, or None if there is none.

    Raises:
        RowError: if the cell holds anything but text or null.
    """
    if cell is None:
        return None
    if type(cell) is not str:
        raise RowError(SkipReason.BAD_VALUE)
    return cell.strip() or None


def yes_no(cell: object) -> bool | None:
    """A yes, a no, or not said.

    Raises:
        RowError: if the cell holds anything else.
    """
    if cell is None or type(cell) is bool:
        return cell
    raise RowError(SkipReason.BAD_VALUE)


def micros(cell: str) -> int:
    """An amount of money in millionths of its unit: ``'-14.39'`` is -14_390_000.

    Some exports set apostrophes round negative amounts, others a tab or a ¥.

    Raises:
        RowError: if it cannot be read in exactly one way.
    """
    amount = cell.strip().strip("'").strip().lstrip("¥￥").strip()
    if len(amount) > CELL_CHARS_MAX or not _AMOUNT.fullmatch(amount):
        raise RowError(SkipReason.BAD_MONEY)
    value = int(Decimal(amount.replace(",", "")) * MICROS)
    if abs(value) > WHOLE_MAX:
        raise RowError(SkipReason.BAD_MONEY)
    return value


def duration_ms(cell: object) -> int | None:
    """An ISO 8601 duration in milliseconds; None if absent or counted in months or years.

    A month has no fixed length, so such a duration cannot be said in milliseconds.
    """
    if type(cell) is not str or len(cell) > CELL_CHARS_MAX:
        return None
    match = _DURATION.fullmatch(cell)
    if match is None or not any(match.groups()):
        return None
    units = {name: int(match[name] or 0) for name in ("weeks", "days", "hours", "minutes", "seconds")}
    days = units["weeks"] * 7 + units["days"]
    seconds = ((days * 24 + units["hours"]) * 60 + units["minutes"]) * 60 + units["seconds"]
    return seconds * 1000 + int((match["part"] or "0").ljust(3, "0")[:3])
