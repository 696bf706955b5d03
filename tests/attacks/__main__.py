"""Try every attack, then the random mutations, and say in one line what came of it.

make attacks                        10,000 mutations
make attacks MUTATIONS=100000
"""

import os
import sys
import warnings
from collections import defaultdict
from pathlib import Path

import pytest

from tests.attacks.mutations import Outcome, run
from tests.attacks.rows import ROWS

MUTATIONS = 10_000
TYPESCRIPT = Path("sdk/typescript/tests/attacks/outcome.txt")
"""One number of a row a line: the attacks that the TypeScript suite has refused, once there is one."""


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


class Tally:
    """Notes how each test ended, by its name without parameters."""

    def __init__(self) -> None:
        self.ends: defaultdict[str, set[str]] = defaultdict(set)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test, its setting up, or its tearing down has ended."""
        if report.when == "call" or report.outcome != "passed":
            self.ends[report.nodeid.partition("[")[0]].add(report.outcome)

    def refused(self, tests: tuple[str, ...]) -> bool:
        """Whether these tests ran, and every one passed."""
        return bool(tests) and all(self.ends[test] == {"passed"} for test in tests)


def try_rows() -> list[int]:
    """Run the tests of every row; the rows that were refused."""
    tests = sorted({test for row in ROWS.values() for test in row.tests})
    tally = Tally()
    # This program has loaded what the tests load, before pytest could look at it.
    quietly = ["-q", "--no-header", "--tb=short", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
    pytest.main([*quietly, *tests], plugins=[tally])
    for number, row in ROWS.items():
        refused = tally.refused(row.tests)
        word = "refused" if refused else f"not here: {row.not_here}" if row.not_here else "NOT REFUSED"
        say(f"{number:3} {row.attack}: {word}")
    return [number for number, row in ROWS.items() if tally.refused(row.tests)]


def in_typescript() -> str:
    """How many of the attacks the TypeScript suite refused, in words if there is none."""
    if not TYPESCRIPT.exists():
        return "0 of 36 in typescript (its suite does not exist yet)"
    return f"{len(set(TYPESCRIPT.read_text().split()))} of 36 in typescript"


def told(outcome: Outcome) -> str:
    """The mutations in one line, and before it each that should not have been."""
    for what in (*outcome.accepted, *outcome.untyped):
        say(f"mutation: {what}")
    say(f"mutations: {outcome.refused} refused, {outcome.unread} of what the device does not rely on")
    wrong = f"{len(outcome.accepted)} accepted, {len(outcome.untyped)} untyped"
    return f"mutations: {outcome.tried}, {wrong}"


def main() -> int:
    """Zero if every row that can be tried here was refused, and no mutation got through."""
    warnings.simplefilter("ignore")
    refused = try_rows()
    outcome = run(int(os.environ.get("MUTATIONS") or MUTATIONS))
    mutations = told(outcome)
    say(f"attacks: {len(refused)} of {len(ROWS)} refused in python, {in_typescript()}; {mutations}")
    missed = {number for number, row in ROWS.items() if row.tests} - set(refused)
    return bool(missed or outcome.accepted or outcome.untyped)


if __name__ == "__main__":
    sys.exit(main())
