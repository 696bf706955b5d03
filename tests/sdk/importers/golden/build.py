"""Write what each golden export must become; a reader in any language must agree.

    python -m tests.sdk.importers.golden.build

Each folder beside this file holds one export and expected.json: the outcome of
every row in order, the tables they make, and the summary. A change there is a
change of what people store, so it is read before it is committed.
"""

import json
from datetime import UTC, datetime
from pathlib import Path

from planetvault.importers import Kept, Skipped, gather, read_export

HERE = Path(__file__).parent
OWNER_SECRET = bytes(range(32))
IMPORTED_AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def cases() -> list[Path]:
    """The folder of each golden export."""
    return sorted(path for path in HERE.iterdir() if path.is_dir() and not path.name.startswith("__"))


def export_of(case: Path) -> Path:
    """The one export of a case."""
    (export,) = (path for path in case.iterdir() if path.name != "expected.json")
    return export


def expected(export: Path) -> dict[str, object]:
    """What ``export`` becomes, as JSON."""
    reading = read_export(export, owner_secret=OWNER_SECRET, imported_at=IMPORTED_AT)
    rows = [outcome(row) for row in reading]
    gathered = gather(reading)
    summary = gathered.summary
    return {
        "owner_secret": OWNER_SECRET.hex(),
        "imported_at": "2026-01-02T03:04:05Z",
        "rows": rows,
        "tables": {f"{place.collection} {place.period}": table for place, table in gathered.tables.items()},
        "summary": {
            "formats": list(summary.formats),
            "rows": summary.rows,
            "kept": summary.kept,
            "skipped": {reason.name: count for reason, count in summary.skipped.items()},
            "left_out": summary.left_out,
            "first": summary.first,
            "last": summary.last,
            "duplicates": summary.duplicates,
        },
    }


def outcome(row: Kept | Skipped) -> dict[str, object]:
    """One row as JSON."""
    if isinstance(row, Kept):
        return {"kept": row.record, "left_out": list(row.left_out)}
    return {"skipped": row.reason.name, "row": row.where.row, "left_out": list(row.left_out)}


def written(value: dict[str, object]) -> str:
    """The text of an expected.json."""
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    for case in cases():
        (case / "expected.json").write_text(written(expected(export_of(case))), encoding="utf-8")
