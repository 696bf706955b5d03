"""``planetvault sandbox``: a vault in test mode on this machine, with four owners in it.

It keeps everything in one folder, and goes on from there when it is started again. With
``--vault`` the owners move into a test vault that runs already, whose operator's token is
in PLANETVAULT_OPERATOR_TOKEN.
"""

import argparse
import os
import secrets
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from planetvault.demo.processes import Child, RunningVault, wait_for
from planetvault.errors import PlanetVaultError
from planetvault.extras import SERVER, require
from planetvault.sandbox.clock import VaultClock
from planetvault.sandbox.owners import BEHAVIOURS, Doors, SandboxOwner

ORIGIN = "test.localhost"
PAUSE_SECONDS = 0.25
TOKEN = "PLANETVAULT_OPERATOR_TOKEN"  # noqa: S105 - the name of a setting


def main(arguments: Sequence[str]) -> int:
    """Run until it is told to stop."""
    options = _parser().parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    signal.signal(signal.SIGTERM, _stop)
    try:
        if options.vault:
            _live_in(options.vault, os.environ.get(TOKEN, ""), options.folder)
        with _vault(options.folder, options.port) as vault:
            _live_in(vault.url, vault.operator_token, options.folder)
    except KeyboardInterrupt:
        return 0
    except (PlanetVaultError, RuntimeError) as error:
        sys.stderr.write(f"{error}\n")
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="planetvault sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--folder", type=Path, default=Path("sandbox"), help="where everything is kept")
    parser.add_argument("--vault", default="", metavar="URL", help="bring the owners into this test vault")
    return parser


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


@contextmanager
def _vault(folder: Path, port: int) -> Iterator[RunningVault]:
    require(SERVER, "server", "With --vault, the owners live in a vault that runs elsewhere.")
    token = secrets.token_urlsafe(24)
    settings = {
        "PLANETVAULT_MODE": "test",
        "PLANETVAULT_ORIGIN": ORIGIN,
        "PLANETVAULT_FOLDER": str(folder / "vault"),
        TOKEN: token,
    }
    service = Child(("serve", "--embedded", "--port", str(port)), settings, folder / "vault.log")
    vault = RunningVault(f"http://127.0.0.1:{port}", token, service, service)
    try:
        service.start()
        wait_for(vault)
        yield vault
    finally:
        service.stop()


def _live_in(url: str, token: str, folder: Path) -> None:
    """Let the owners move in, and answer for ever."""
    clock, doors = VaultClock(url), Doors.of(url, token)
    owners = []
    for behaviour in BEHAVIOURS:
        owners.append(SandboxOwner(url, folder, behaviour, clock))
        owners[-1].turn(doors)
    sys.stdout.write(f"sandbox: a test vault at {url}, with an owner who {', one who '.join(BEHAVIOURS)}\n")
    sys.stdout.flush()
    while True:
        for owner in owners:
            try:
                owner.turn(doors)
            except PlanetVaultError as error:
                sys.stderr.write(f"{owner.behaviour}: {error}\n")
        time.sleep(PAUSE_SECONDS)
