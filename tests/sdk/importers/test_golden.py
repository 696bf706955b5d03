"""Golden exports: what each of them becomes, to the letter."""

import json
import re
from pathlib import Path

import pytest
from planetvault.importers import SkipReason
from planetvault.importers.export import FORMATS

from tests.sdk.importers.exports import as_json
from tests.sdk.importers.golden.build import IMPORTED_AT, OWNER_SECRET, cases, expected, export_of, written
from tests.sdk.importers.test_record import ROOT, VALID

PAGE = (ROOT / "docs/spec/data-record.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_a_golden_export_becomes_what_is_committed(case: Path) -> None:
    told = (case / "expected.json").read_text(encoding="utf-8")
    assert written(expected(export_of(case))) == told, "if that is meant: golden/build.py writes it anew"


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_every_golden_record_passes_the_schema(case: Path) -> None:
    told = json.loads((case / "expected.json").read_text(encoding="utf-8"))
    for row in told["rows"]:
        if "kept" in row:
            VALID.validate(row["kept"])


def test_there_is_a_golden_export_for_every_format() -> None:
    told = [json.loads((case / "expected.json").read_text(encoding="utf-8")) for case in cases()]
    assert {title for one in told for title in one["summary"]["formats"]} == {kind.title for kind in FORMATS}


def test_the_page_shows_a_row_and_the_record_that_is_made_of_it(tmp_path: Path) -> None:
    row, shown = (json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)[:2])
    export = tmp_path / "endsong_0.json"
    export.write_bytes(as_json(row))
    assert expected(export)["rows"] == [
        {"kept": shown, "left_out": ["ip_addr", "reason_start", "shuffle", "skipped"]}
    ]
    assert OWNER_SECRET.hex().startswith("000102")
    assert IMPORTED_AT.year == 2026


def test_the_page_lists_every_reason_to_skip_a_row() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \| (.+) \|$", PAGE, re.MULTILINE)
    assert rows == [(reason.name, reason.value) for reason in SkipReason]
