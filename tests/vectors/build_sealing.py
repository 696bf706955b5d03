"""Write the sealing vectors: one scenario a file, the same bytes on every run.

The sealing is done by the second implementation of tests/sdk/sealing/twin, whose
randomness is given; both implementations then have to open it. The examples on
the specification pages are vectors, too, and are written into the pages here. Run
it with ``python -m tests.vectors.build_sealing``; a difference is a changed format.
"""

import re
from functools import cache
from pathlib import Path

from tests.vectors.sealing_scenarios.accounts import accounts
from tests.vectors.sealing_scenarios.example import example
from tests.vectors.sealing_scenarios.grants import grants
from tests.vectors.sealing_scenarios.guardians import guardians
from tests.vectors.sealing_scenarios.items import items
from tests.vectors.sealing_scenarios.joining import joining
from tests.vectors.sealing_scenarios.primitives import primitives
from tests.vectors.sealing_scenarios.scenario import Scenario
from tests.vectors.sealing_scenarios.secrets import secrets

FOLDER = Path(__file__).parent / "sealing"
SPEC = Path(__file__).parents[2] / "docs" / "spec"
PAGES = [SPEC / name for name in ("sealing.md", "keys.md", "item.md", "envelope.md", "guardians.md")]
EXAMPLE = re.compile(r"<!-- example: ([a-z0-9_]+) -->\n\n```text\n(?:.*\n)*?```\n")


@cache
def scenarios() -> tuple[Scenario, ...]:
    """Every scenario, in the order of the specification pages.

    Made once in a process: the given randomness goes on from one scenario to the next, so
    that files and pages would differ if each made its own.
    """
    return (*primitives(), *accounts(), *items(), *grants(), *guardians(), *secrets(), *joining())


def build(folder: Path) -> None:
    """Write every scenario into ``folder``, and remove files of scenarios that are no more."""
    files = {f"{scenario.name}.json": scenario.file() for scenario in scenarios()}
    for path in folder.glob("*.json"):
        if path.name not in files:
            path.unlink()
    for name, content in files.items():
        (folder / name).write_bytes(content)


def with_examples(page: str) -> str:
    """A page of the specification with its examples written anew."""
    by_name = {scenario.name: scenario for scenario in scenarios()}

    def block(found: re.Match[str]) -> str:
        scenario = by_name[found[1]]
        return f"<!-- example: {scenario.name} -->\n\n```text\n{example(scenario)}```\n"

    return EXAMPLE.sub(block, page)


if __name__ == "__main__":
    build(FOLDER)
    for page in PAGES:
        page.write_text(with_examples(page.read_text()))
