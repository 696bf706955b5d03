"""From the export a service hands out to the tables a vault seals, on the owner's device.

Start with ``export.py`` (the front door), then one format, say ``spotify.py``,
then ``tables.py``. The shape of a record is in ``record.py`` and on the page
docs/spec/data-record.md.
"""

from planetvault.importers.archive import Progress, Source
from planetvault.importers.errors import (
    ExportDamaged,
    ExportError,
    ExportTooLarge,
    ImporterError,
    RowError,
    SkipReason,
    TableError,
    UnknownExport,
)
from planetvault.importers.export import ImportSummary, Kept, Reading, Skipped, Where, read_export
from planetvault.importers.record import (
    COLUMNS,
    Activity,
    File,
    Game,
    Kind,
    Order,
    Play,
    Record,
    check_record,
)
from planetvault.importers.tables import Columns, Gathered, Merged, Place, check_columns, gather, group, merge

__all__ = [
    "COLUMNS",
    "Activity",
    "Columns",
    "ExportDamaged",
    "ExportError",
    "ExportTooLarge",
    "File",
    "Game",
    "Gathered",
    "ImportSummary",
    "ImporterError",
    "Kept",
    "Kind",
    "Merged",
    "Order",
    "Place",
    "Play",
    "Progress",
    "Reading",
    "Record",
    "RowError",
    "SkipReason",
    "Skipped",
    "Source",
    "TableError",
    "UnknownExport",
    "Where",
    "check_columns",
    "check_record",
    "gather",
    "group",
    "merge",
    "read_export",
]
