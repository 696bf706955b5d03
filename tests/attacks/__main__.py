"""Try every attack in both languages, then random mutations, and say in one line what came of it.

make attacks                        10,000 mutations
make attacks MUTATIONS=100000
"""

import os
import sys
import warnings
from collections import defaultdict

import pytest

from tests.attacks import typescript
from tests.attacks.mutations import Outcome, run
from tests.attacks.rows import ROWS
from tests.attacks.typescript import Told

MUTATIONS = 10_000
SHARE = 5
"""One in so many mutations is tried in TypeScript, where each takes longer."""


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
        word = "refused" if refused else "NOT REFUSED"
        say(f"{number:3} {row.attack}: {word}")
    return [number for number, row in ROWS.items() if tally.refused(row.tests)]


def in_typescript(mutations: int) -> Told | None:
    """Let the TypeScript suite run, and say what of it was not refused."""
    told = typescript.attacked(mutations)
    if told is None:
        say("typescript: not tried, there is no Node with what its suite needs (make setup)")
        return None
    for number in ROWS:
        for wrong in told.wrong.get(number, ()):
            say(f"typescript: {number}: {wrong}")
        if not told.tried.get(number):
            say(f"typescript: {number}: not tried: no Chromium?")
    return told


def both(one: Outcome, other: Outcome) -> Outcome:
    """The mutations of both languages; before, in a line each, every one that should not have been."""
    found = Outcome(
        one.refused + other.refused,
        one.unread + other.unread,
        one.accepted + other.accepted,
        one.untyped + other.untyped,
    )
    for what in (*found.accepted, *found.untyped):
        say(f"mutation: {what}")
    say(f"mutations: {found.refused} refused, {found.unread} of what nobody relies on")
    return found


def main() -> int:
    """Zero if every row was refused in both languages, and no mutation got through."""
    warnings.simplefilter("ignore")
    count = int(os.environ.get("MUTATIONS") or MUTATIONS)
    refused = try_rows()
    told = in_typescript(count // SHARE)
    found = both(run(count - count // SHARE), told.mutations if told else Outcome())
    twins = f"{len(told.refused)} of {len(ROWS)} in typescript" if told else "none tried in typescript"
    wrong = f"{len(found.accepted)} accepted, {len(found.untyped)} untyped"
    python = f"{len(refused)} of {len(ROWS)} refused in python"
    say(f"attacks: {python}, {twins}; mutations: {found.tried}, {wrong}")
    missed = len(refused) < len(ROWS) or (told is not None and len(told.refused) < len(ROWS))
    return bool(missed or found.accepted or found.untyped)


if __name__ == "__main__":
    sys.exit(main())
