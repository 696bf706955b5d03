"""``make fuzz-api``: schemathesis on every route of a running vault, as owner, partner, operator and nobody.

It finds answers of 500 and above, statuses, content types and bodies that the description does
not have. A route it never got past the door of would not be tested, so the statuses are counted.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from planetvault.demo.processes import Child, RunningVault, _free_port, wait_for

from anchor.encoding import to_base64url
from tests.vault.processes import speaking_to
from tests.vault.world import OPERATOR, World, settings_in, settle
from vault.app import create_app
from vault.settings import Settings

ROOT = Path(__file__).parents[2]
SCHEMATHESIS = ROOT / ".venv-api" / "bin" / "schemathesis"
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
EXAMPLES = 40
LEFT_OUT = "push_test_clock"
"""It would end every session and every signature after it; tests/vault/test_sandbox.py asks it."""
PER_OPERATION_SECONDS = 60


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
    """An owner and a partner with some business between them, as the hooks need it."""
    settle(world, funds=10**12)
    item, other = world.write_item(), world.write_item()
    grant, ended = world.granted([item, other]), world.granted([item])
    receipt = world.receipt(world.send(world.use(grant, [item])).json()["receipt"])
    world.revoke(ended)
    webhooks = [to_base64url(bytes([i] * 16)) for i in range(3)]
    for webhook in webhooks:
        endpoint = b'{"url":"http://127.0.0.1:60999/"}'
        world.signed("PUT", f"/v1/webhooks/{webhook}", endpoint).raise_for_status()
    grants = [to_base64url(grant.hash), to_base64url(ended.hash)]
    return {
        "session": world.session,
        "operator": OPERATOR,
        "partner": world.partner.seed().hex(),
        "ids": {
            "item": [to_base64url(item.id), to_base64url(other.id)],
            "grant": grants,
            "receipt": [to_base64url(receipt.hash)],
            "ask": [to_base64url(world.put_ask().hash)],
            "ask_hash": [to_base64url(world.put_ask().hash)],
            "domain": [world.domain],
            "account": [to_base64url(world.account)],
            "collection": [to_base64url(world.collection)],
            "webhook": webhooks,
            "name": ["directory"],
        },
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
