"""A development chain on this machine: start anvil, wait for it, stop it.

anvil is an Ethereum node for developers, installed with the project's Node
packages and run by the path of its binary. One process runs it, so it adds no
trust: whatever shows its anchors calls it a development chain.
"""

import platform
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from anchor.chain.evm_rpc import Rpc
from anchor.errors import ChainUnreachable

START_SECONDS = 10.0
STOP_SECONDS = 5.0
POLL_SECONDS = 0.02
STARTS_MAX = 3
"""Somebody else may take the free port between our look and anvil's start."""
FUNDS_WEI = 10**20


class AnvilMissingError(FileNotFoundError):
    """The Node packages are not installed, or have no anvil for this machine."""


@dataclass(frozen=True)
class Anvil:
    """A running node: its RPC address on the loopback, a connection to it, and its process."""

    url: str
    node: Rpc
    process: subprocess.Popen[bytes]

    def rpc(self, method: str, *params: object) -> object:
        """Call the node, its ``anvil_…`` and ``evm_…`` methods included; the result as JSON.

        Raises:
            ChainError: the node refused.
        """
        result: object = self.node.call(method, *params)
        return result

    def fund(self, address: bytes, wei: int = FUNDS_WEI) -> None:
        """Give an account money out of nothing, as only a development chain can."""
        self.rpc("anvil_setBalance", "0x" + address.hex(), hex(wei))

    def stop(self) -> None:
        """End the process, politely first."""
        self.node.close()
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def find_anvil(start: Path | None = None) -> Path:
    """The binary inside the nearest ``node_modules`` at or above ``start`` (default: here).

    Raises:
        AnvilMissingError: there is none; the message says how to get it.
    """
    place = (start or Path(__file__)).resolve()
    package = f"node_modules/@foundry-rs/anvil-{platform.system().lower()}-{_architecture()}"
    name = "anvil.exe" if platform.system() == "Windows" else "anvil"
    for folder in (place, *place.parents, Path.cwd()):
        binary = folder / package / "bin" / name
        if binary.is_file():
            return binary
    raise AnvilMissingError("anvil is not installed: run `npm ci` in the project's folder")


@contextmanager
def run_anvil(*arguments: str, binary: Path | None = None, port: int | None = None) -> Iterator[Anvil]:
    """A node for as long as the ``with`` block lasts, on ``port`` or any free one.

    Args:
        arguments: more of anvil's own options, such as ``--block-time 1``.
        binary: the program, if it is not where ``find_anvil`` looks.
        port: a loopback port, to come back to the same address after a restart.

    Raises:
        AnvilMissingError: the Node packages are missing.
        RuntimeError: anvil does not start.
    """
    node = start_anvil(*arguments, binary=binary, port=port)
    try:
        yield node
    finally:
        node.stop()


def start_anvil(*arguments: str, binary: Path | None = None, port: int | None = None) -> Anvil:
    """As ``run_anvil``, for callers that stop the node themselves."""
    program = binary or find_anvil()
    for _ in range(STARTS_MAX if port is None else 1):
        chosen = port or _free_port()
        command = [str(program), "--quiet", "--host", "127.0.0.1", "--port", str(chosen), *arguments]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603 our own binary
        url = f"http://127.0.0.1:{chosen}"
        node = Anvil(url, Rpc(url), process)
        if _answers(node):
            return node
        node.stop()
    raise RuntimeError("anvil does not start: run its binary by hand to see why")


def _answers(node: Anvil) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and node.process.poll() is None:
        try:
            node.rpc("eth_chainId")
        except ChainUnreachable:
            time.sleep(POLL_SECONDS)
        else:
            return node.process.poll() is None
    return False


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _architecture() -> str:
    machine = platform.machine().lower()
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine)
