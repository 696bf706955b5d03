"""Real processes of the vault: started on a free port of loopback, ended politely or at once."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import httpx2

from tests.postgres import free_port
from tests.vault.world import OPERATOR, World, settings_with_tables
from vault.settings import Settings

ROOT = Path(__file__).parents[2]
START_SECONDS = 60


class RealClock:
    """The time as it passes, for whoever speaks to a process with a clock of its own."""

    def __call__(self) -> datetime:
        return datetime.now(UTC).replace(microsecond=0)


@dataclass
class Process:
    """One running ``python -m vault serve``."""

    running: subprocess.Popen[bytes]
    url: str

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        self.running.send_signal(signal.SIGKILL)
        self.running.wait()

    def stop(self) -> bool:
        """End it politely; whether it ended well, which uvicorn says by ending of the same signal."""
        self.running.terminate()
        return self.running.wait(30) in {0, -signal.SIGTERM}


@contextmanager
def speaking_to(settings: Settings) -> Iterator[World]:
    """Somebody new; to which process she speaks is up to ``world.http.base_url``."""
    with httpx2.Client(timeout=30, trust_env=False) as client:
        yield World(cast("Any", client), cast("Any", RealClock()), settings)


@contextmanager
def serving(folder: Path, database_url: str, log: Path | None = None, **changed: str) -> Iterator[Process]:
    """A process on this database, ended when the block is left. ``changed`` are more settings by name."""
    settings_with_tables(folder, database_url)
    port = free_port()
    named = {"FOLDER": str(folder), "DATABASE": database_url, "OPERATOR_TOKEN": OPERATOR}
    named |= {name.upper(): value for name, value in changed.items()}
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    with (log or folder / "serve.log").open("ab") as words:
        running = subprocess.Popen(
            [sys.executable, "-m", "vault", "serve", "--port", str(port)],
            cwd=ROOT,
            env=kept | {f"PLANETVAULT_{name}": value for name, value in named.items()},
            stdout=words,
            stderr=words,
        )
    process = Process(running, f"http://127.0.0.1:{port}")
    try:
        _wait_for(process)
        yield process
    finally:
        if running.poll() is None:
            process.kill()


def _wait_for(process: Process) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.running.poll() is None, "the vault ended instead of starting"
        try:
            httpx2.get(f"{process.url}/readyz", trust_env=False).raise_for_status()
        except httpx2.HTTPError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the vault did not start")
