"""Race many uses against one revocation on each kind of database, and say in one line what came of it.

make race                 2,000 uses on SQLite, and on PostgreSQL if it is here
make race USES=10000
"""

import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests.postgres import PostgresMissing, find_programs
from tests.races.race import databases, run, verify_race

USES = 2_000


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def kinds() -> list[str]:
    """The kinds of database that can run here."""
    try:
        find_programs()
    except PostgresMissing as missing:
        say(f"race: SQLite alone, {missing}")
        return ["sqlite"]
    return ["sqlite", "postgresql"]


def main() -> None:
    """Run the races; each figure is a line, and the last line sums them up."""
    uses = int(os.environ.get("USES") or USES)
    names, raced = kinds(), 0
    with ExitStack() as stack:
        base = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="planetvault-race-")))
        for name, url in stack.enter_context(databases(names, base)).items():
            folder = base / name
            folder.mkdir()
            race = run(folder, url, uses)
            verify_race(race)
            raced += len(race.sent)
            refused = len(race.sent) - len(race.opened)
            say(
                f"{name}: {len(race.opened)} opened before the revocation, {refused} refused after it, "
                f"chain closed at {race.closing.record.seq}, {race.seconds:.1f} s"
            )
    say(f"race: {raced} uses on {' and '.join(names)}, 0 opened after the revocation")


if __name__ == "__main__":
    main()
