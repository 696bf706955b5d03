"""Server processes of a run: each on a free loopback port, ended by its pid."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.postgres import free_port

START_SECONDS = 60
STOP_SECONDS = 20
TICKS = os.sysconf("SC_CLK_TCK")
NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Server:
    """A process that answers on a port of loopback."""

    port: int
    pid: int

    def cpu_seconds(self) -> float:
        """The CPU time this process used so far, in all its threads."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        user, system = fields[11:13]
        return (int(user) + int(system)) / TICKS


@contextmanager
def serving(module: Sequence[str], settings: Mapping[str, str]) -> Iterator[Server]:
    """Run ``python -m MODULE … --port PORT`` until the block ends."""
    with running(lambda port: [sys.executable, "-m", *module, "--port", str(port)], settings) as server:
        yield server


@contextmanager
def running(
    command: Callable[[int], Sequence[str]], settings: Mapping[str, str] = NOTHING
) -> Iterator[Server]:
    """Run what ``command`` makes of a free port, until the block ends."""
    port = free_port()
    process = subprocess.Popen(command(port), env={**os.environ, **settings})
    try:
        _wait(process, port)
        yield Server(port, process.pid)
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"the server on port {port} did not start")
