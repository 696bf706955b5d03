"""``make fuzz-api``: schemathesis on every route of a running vault, as owner, partner, operator and nobody.

It finds answers of 500 and above, statuses, content types and bodies that the description does
not have. A route it never got past the door of would not be tested, so the statuses are counted.
"""

import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from planetvault.demo.processes import Child, RunningVault, _free_port, wait_for

from tests.vault.processes import speaking_to
from tests.vault.test_authorisation import BODIES, ROWS, business, path_of
from tests.vault.world import OPERATOR, World, settings_in
from vault.app import create_app
from vault.settings import Settings

ROOT = Path(__file__).parents[2]
SCHEMATHESIS = ROOT / ".venv-api" / "bin" / "schemathesis"
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
EXAMPLES = 40
BODIES_MAX = 3
"""Good bodies for each route: the first may spoil the second, as a revocation does."""
LEFT_OUT = "push_test_clock"
"""It would end every session and every signature after it; tests/vault/test_sandbox.py asks it."""


@contextmanager
def running(folder: Path) -> Iterator[tuple[RunningVault, Settings]]:
    """A vault in test mode, with no rates: a machine asks faster than anybody."""
    settings = settings_in(folder, f"sqlite:///{folder / 'vault.sqlite3'}")
    settings = settings.model_copy(update={"mode": "test", "origin": "test.localhost"})
    named = {
        "MODE": "test",
        "ORIGIN": settings.origin,
        "FOLDER": str(folder),
        "DATABASE": settings.database_url,
    }
    named |= {f"RATE_{who}": "0" for who in ("ADDRESS", "OWNER", "PARTNER")} | {"OPERATOR_TOKEN": OPERATOR}
    port = _free_port()
    environment = {f"PLANETVAULT_{name}": value for name, value in named.items()}
    service = Child(("serve", "--port", str(port)), environment, folder / "serve.log")
    worker = Child(("work",), environment, folder / "work.log")
    vault = RunningVault(f"http://127.0.0.1:{port}", OPERATOR, service, worker)
    try:
        service.start()
        worker.start()
        wait_for(vault)
        yield vault, settings
    finally:
        worker.stop()
        service.stop()


def scene(world: World) -> dict[str, Any]:
    """An owner and a partner with some business between them, as the hooks need it.

    The good bodies are those of the authorisation test, which has one for every route.
    """
    world.open_account()
    there = business(world, expired="")
    ids: defaultdict[str, list[str]] = defaultdict(list)
    for route in ROWS:
        template = route.partition(" ")[2]
        for name, value in zip(template.split("/"), path_of(route, there).split("/"), strict=False):
            if name.startswith("{") and value not in ids[name.strip("{}")]:
                ids[name.strip("{}")].append(value)
    return {
        "session": world.session,
        "operator": OPERATOR,
        "partner": world.partner.seed().hex(),
        "ids": ids,
        "bodies": {route: [body(there) for _ in range(BODIES_MAX)] for route, body in BODIES.items()},
    }


def main() -> int:
    """Run it; 0 if every answer was one that the description has."""
    examples = int(os.environ.get("EXAMPLES") or EXAMPLES)
    with TemporaryDirectory() as name:
        folder = Path(name)
        with running(folder) as (vault, settings), speaking_to(settings) as world:
            world.http.base_url = vault.url
            (folder / "scene.json").write_text(json.dumps(scene(world)))
            failed = _schemathesis(vault.url, folder, examples)
            alive = vault.service.runs
        told = json.loads((folder / "told.json").read_text())
        faults = (folder / "serve.log").read_text().count("fault")
    statuses = {status[0]: 0 for status in "2345"}
    for status, count in told["statuses"].items():
        statuses[status[0]] = statuses.get(status[0], 0) + count
    described = sum(len(path) for path in create_app(Settings()).openapi()["paths"].values()) - 1
    requests = sum(told["operations"].values())
    good = not failed and alive and not statuses["5"] and len(told["operations"]) == described
    print(  # noqa: T201 - the figure
        f"fuzz-api: {len(told['operations'])} of {described} operations, {requests} requests, "
        f"{statuses['2']} done, {statuses['4']} refused, {statuses['5']} failed, {faults} faults; "
        f"{failed or 'none'} undocumented"
    )
    return 0 if good else 1


def _schemathesis(url: str, folder: Path, examples: int) -> int:
    """How many failures it found."""
    environment = os.environ | {
        "SCHEMATHESIS_HOOKS": "hooks",
        "PYTHONPATH": str(Path(__file__).parent),
        "FUZZ_SCENE": str(folder / "scene.json"),
        "FUZZ_TOLD": str(folder / "told.json"),
    }
    command = [str(SCHEMATHESIS), "run", f"{url}/openapi.json", "--checks", CHECKS]
    command += ["--phases", "examples,coverage,fuzzing", "--max-examples", str(examples), "--seed", "1"]
    command += ["--exclude-operation-id", LEFT_OUT]
    command += ["--workers", "1", "--generation-database", "none", "--no-color", "--continue-on-failure"]
    command += ["--warnings", "off", "--suppress-health-check", "all", "--max-response-time", "20"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    sys.stdout.write(done.stdout)
    sys.stderr.write(done.stderr)
    found = re.search(r"(\d+) unique failures?|(\d+) failures?|(\d+) errors?", done.stdout)
    return int(next(filter(None, found.groups()))) if found else done.returncode


if __name__ == "__main__":
    sys.exit(main())
