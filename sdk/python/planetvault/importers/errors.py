"""What can be wrong with an export or with what was made from one, in one small tree.

::

    ImporterError
    ├── ExportError          the file as a whole: nothing more can be read from it
    │   ├── UnknownExport    no reader here knows this file
    │   ├── ExportTooLarge   past a limit that keeps a hostile file from filling memory
    │   └── ExportDamaged    cut off, wrongly encoded, locked, or not what it claims to be
    ├── RowError             one row holds no record: it is skipped and counted
    └── TableError           columns that are not aligned, or not those of their collection

The text says what its owner can do. It never repeats what stood in the file.
``ImporterError`` is a ``PlanetVaultError`` like all that goes wrong in this SDK.
"""

from enum import StrEnum

from planetvault.errors import PlanetVaultError


class ImporterError(PlanetVaultError):
    """Anything the importers refuse."""


class ExportError(ImporterError):
    """The file as a whole cannot be read on."""


class UnknownExport(ExportError):
    """No reader knows this file."""


class ExportTooLarge(ExportError):
    """The file, one of its parts or one of its rows is larger than we are willing to read."""


class ExportDamaged(ExportError):
    """The file is cut off, wrongly encoded, locked, or malformed."""


class SkipReason(StrEnum):
    """Why a row holds no record, in words that complete "skipped because it …"."""

    NOT_A_ROW = "is not a row of this export"
    NO_TITLE = "has no title"
    NO_IDENTITY = "lacks what would tell it from another row"
    NOT_TEXT = "has characters that are not text"
    TOO_LONG = "has a text or a list that is too long"
    BAD_TIME = "has no readable time"
    EARLY_TIME = "is dated before 1995, as by a wrong clock"
    FUTURE_TIME = "is dated after the import"
    BAD_NUMBER = "has a number that is missing or out of range"
    BAD_MONEY = "has an amount that cannot be read for certain"
    BAD_VALUE = "has a value of the wrong kind"
    ABOUT_A_PERSON = "is about another person, not a thing"
    VOIDED = "only takes back another row"


class RowError(ImporterError):
    """A row holds no record. Carries the ``reason``."""

    def __init__(self, reason: SkipReason) -> None:
        super().__init__(f"the row {reason}")
        self.reason = reason


class TableError(ImporterError):
    """Columns that are not aligned, or not those of their collection."""
