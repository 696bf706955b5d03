"""Times as exports write them, read into the one way we write them.

We write RFC 3339 in UTC to the second, ``2025-03-04T20:15:30Z``: such texts sort
by time, and their first seven characters are the month. Fractions are cut off.
"""

import re
from datetime import UTC, datetime, timedelta, tzinfo

from planetvault.importers.errors import RowError, SkipReason

EARLIEST = "1995-01-01T00:00:00Z"  # older than every service read here
AHEAD_MAX = timedelta(days=1)  # a provider's clock may run before ours, a day covers every zone mix-up

_WRITTEN = re.compile(r"\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):\d\d:\d\dZ", re.ASCII)
_DATE_AND_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ](?:[01]\d|2[0-3]):\d\d.*", re.ASCII)


class Times:
    """Reads the times of one import; ``imported_at`` says what still lies in the future."""

    __slots__ = ("_latest", "imported_at")

    def __init__(self, imported_at: datetime) -> None:
        if imported_at.tzinfo is None:
            raise ValueError("the time of import needs its zone")
        self.imported_at = written(imported_at)
        self._latest = written(imported_at + AHEAD_MAX)

    def iso(self, cell: object, zone: tzinfo = UTC) -> str:
        """Read ISO 8601 date and time; ``zone`` is that of a text which names none.

        Raises:
            RowError: if it is no such time, or lies before 1995 or after the import.
        """
        if type(cell) is not str:
            raise RowError(SkipReason.BAD_TIME)
        try:
            moment = datetime.fromisoformat(cell)
        except ValueError as error:
            raise RowError(SkipReason.BAD_TIME) from error
        if _WRITTEN.fullmatch(cell):
            return self._within(cell)
        if not _DATE_AND_TIME.fullmatch(cell):
            raise RowError(SkipReason.BAD_TIME)
        return self._within(written(moment if moment.tzinfo else moment.replace(tzinfo=zone)))

    def unix(self, cell: object) -> str:
        """Read whole seconds since 1970.

        Raises:
            RowError: if it is no whole number, or lies before 1995 or after the import.
        """
        if type(cell) is not int:
            raise RowError(SkipReason.BAD_TIME)
        try:
            return self._within(written(datetime.fromtimestamp(cell, UTC)))
        except (ValueError, OverflowError, OSError) as error:
            raise RowError(SkipReason.BAD_TIME) from error

    def _within(self, time: str) -> str:
        if time < EARLIEST:
            raise RowError(SkipReason.EARLY_TIME)
        if time > self._latest:
            raise RowError(SkipReason.FUTURE_TIME)
        return time


def written(moment: datetime) -> str:
    """Write a moment that knows its zone.

    Raises:
        RowError: if it lies outside the years a calendar can hold.
    """
    try:
        return moment.astimezone(UTC).isoformat(timespec="seconds")[:19] + "Z"
    except OverflowError as error:
        raise RowError(SkipReason.BAD_TIME) from error
