"""The same attacks against the TypeScript clients: their own suite, in Node and in Chromium."""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.attacks.mutations import Outcome
from tests.attacks.rows import ROWS

FOLDER = Path("sdk/typescript")
MODULES = Path("node_modules")
TIMEOUT_SECONDS = 7200


@dataclass(frozen=True, slots=True)
class Told:
    """What the suite found: where each row was tried, what went wrong in it, and the mutations."""

    tried: Mapping[int, tuple[str, ...]]
    wrong: Mapping[int, tuple[str, ...]]
    mutations: Outcome

    @property
    def refused(self) -> list[int]:
        """The rows that were tried, and refused wherever they were."""
        return [number for number in ROWS if self.tried.get(number) and not self.wrong[number]]


def attacked(mutations: int) -> Told | None:
    """Run the suite; None where there is no Node with what the suite needs."""
    if not (MODULES / ".ready").exists():
        return None
    command = ["npm", "run", "--silent", "attacks"]
    environment = {**os.environ, "MUTATIONS": str(mutations), "npm_config_loglevel": "error"}
    done = subprocess.run(
        command, cwd=FOLDER, env=environment, stdout=subprocess.PIPE, timeout=TIMEOUT_SECONDS, check=True
    )
    return read(json.loads(done.stdout))


def read(said: Mapping[str, Any]) -> Told:
    """What the suite wrote.

    Raises:
        ValueError: if it speaks of other attacks than this one does.
    """
    rows = {int(number): row for number, row in said["rows"].items()}
    if {number: row["attack"] for number, row in rows.items()} != {n: row.attack for n, row in ROWS.items()}:
        raise ValueError("the two suites don't speak of the same attacks")
    told = said["mutations"]
    outcome = Outcome(told["refused"], told["unread"], list(told["accepted"]), list(told["untyped"]))
    return Told(
        {number: tuple(row["tried"]) for number, row in rows.items()},
        {number: tuple(row["wrong"]) for number, row in rows.items()},
        outcome,
    )
