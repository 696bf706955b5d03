"""``make faults``: play the faults of ``rows.py`` and count those survived. Exits 1 if a test fails."""

import re
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from tests.faults.rows import ROWS, Row

TESTS = Path(__file__).parent.parent


class Outcomes:
    """What became of each test, by its bare name."""

    def __init__(self) -> None:
        self.seen: dict[str, set[str]] = defaultdict(set)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        name = report.nodeid.rpartition("::")[2].partition("[")[0]
        if report.when == "call" or report.outcome != "passed":
            self.seen[name].add(report.outcome)

    def survived(self, row: Row) -> bool:
        """Every test ran and none failed; one that was skipped in part must have passed in another."""
        return all("passed" in self.seen[name] and "failed" not in self.seen[name] for name in row.tests)


def places() -> dict[str, list[str]]:
    """In which files a test of a name stands."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(TESTS.rglob("test_*.py")):
        for name in re.findall(r"^def (test_\w+)\(", path.read_text(encoding="utf-8"), re.MULTILINE):
            found[name].append(f"{path}::{name}")
    return found


def main() -> int:
    """Run them all once, and print a line for each row."""
    where, outcomes = places(), Outcomes()
    wanted = [node for row in ROWS for name in row.tests for node in where[name]]
    pytest.main(["-q", "--no-header", "--tb=no", *dict.fromkeys(wanted)], plugins=[outcomes])
    for number, row in enumerate(ROWS, 1):
        failed = [name for name in row.tests if "failed" in outcomes.seen[name] or name not in where]
        said = "FAILED" if failed else "survived" if outcomes.survived(row) else "not run here"
        left = f"; OPEN: {row.open}" if row.open else ""
        sys.stdout.write(f"{number:2} {said:12} {row.fault}{left} {' '.join(failed)}\n")
    whole = sum(outcomes.survived(row) and not row.open for row in ROWS)
    part = sum(outcomes.survived(row) and bool(row.open) for row in ROWS)
    sys.stdout.write(f"faults: {whole} of {len(ROWS)} survived in full, {part} in part\n")
    return 0 if all(outcomes.survived(row) for row in ROWS) else 1


if __name__ == "__main__":
    sys.exit(main())
