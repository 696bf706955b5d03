"""An S3 store for the tests: versitygw, a program by others, on a free port of loopback.

It is an S3 front of a folder, written in Go. `make store` installs it; tests that need it are
skipped where it is not.
"""

import os
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

from tests.postgres import free_port

ROOT = Path(__file__).parents[1]
INSTALLED = ROOT / "build/s3/versitygw"
START_SECONDS = 30


class S3Missing(Exception):
    """No S3 store can run here; the message says what would help."""


@dataclass
class S3:
    """A running store with one bucket, as a vault's settings name it."""

    settings: dict[str, str]
    port: int
    folder: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, on the same port and folder as before.

        Raises:
            RuntimeError: it does not answer.
        """
        keys = {
            "ROOT_ACCESS_KEY": self.settings["objects_key_id"],
            "ROOT_SECRET_KEY": self.settings["objects_key"],
        }
        self.process = subprocess.Popen(
            [
                _program(),
                "--port",
                f"127.0.0.1:{self.port}",
                "--quiet",
                "posix",
                "--sidecar",
                str(self.folder / "meta"),
                str(self.folder / "data"),
            ],
            env=os.environ | keys,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                httpx2.get(f"http://127.0.0.1:{self.port}/", trust_env=False)
            except httpx2.TransportError:
                time.sleep(0.05)
            else:
                return
        raise RuntimeError("the S3 store does not start")

    def kill(self) -> None:
        """End it at once."""
        if self.process:
            self.process.kill()
            self.process.wait()


def _program() -> str:
    found = str(INSTALLED) if INSTALLED.exists() else shutil.which("versitygw")
    if not found:
        raise S3Missing("no versitygw here: `make store` installs it, with Go")
    return found


@contextmanager
def running_s3() -> Iterator[S3]:
    """A store for as long as the block lasts.

    Raises:
        S3Missing: the program is not here.
    """
    _program()
    with tempfile.TemporaryDirectory(prefix="planetvault-s3-") as folder:
        for name in ("data/vault", "meta"):
            (Path(folder) / name).mkdir(parents=True)
        port = free_port()
        settings = {
            "objects": "s3://vault/blobs",
            "objects_endpoint": f"http://127.0.0.1:{port}",
            "objects_key_id": secrets.token_hex(8),
            "objects_key": secrets.token_hex(16),
        }
        store = S3(settings, port, Path(folder))
        store.start()
        try:
            yield store
        finally:
            store.kill()
