"""The vault's own processes, started as an operator would: keys, schema, service, worker."""

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

ORIGIN = "vault.localhost"
START_SECONDS = 30.0
STOP_SECONDS = 10.0
POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class RunningVault:
    """A vault that answers at ``url``, with its operator's token and the processes behind it."""

    url: str
    operator_token: str
    service: subprocess.Popen[bytes]
    worker: subprocess.Popen[bytes]

    def top_up(self, partner: str, amount: int) -> None:
        """Book money a partner paid in, in micros, as the operator does when the bank says so."""
        answer = httpx2.post(
            f"{self.url}/v1/topups",
            json={"partner": partner, "amount": amount, "reference": f"demo {partner}"},
            headers={"Authorization": f"Bearer {self.operator_token}", "Idempotency-Key": f"demo-{partner}"},
        )
        answer.raise_for_status()


@contextmanager
def run_vault(folder: Path, chain: Mapping[str, str]) -> Iterator[RunningVault]:
    """A vault in ``folder`` for as long as the block lasts; ``chain`` are its settings for a chain, if any.

    Raises:
        RuntimeError: if it does not start; its words are in ``folder``.
    """
    token, port = secrets.token_urlsafe(24), _free_port()
    settings = {
        "PLANETVAULT_ORIGIN": ORIGIN,
        "PLANETVAULT_FOLDER": str(folder),
        "PLANETVAULT_OPERATOR_TOKEN": token,
        "PLANETVAULT_ANCHOR_SECONDS": "0",
        **chain,
    }
    for command in ("keys", "migrate"):
        _run(command, settings)
    service = _start("serve", settings, folder, "--port", str(port))
    worker = _start("work", settings, folder)
    vault = RunningVault(f"http://127.0.0.1:{port}", token, service, worker)
    try:
        _wait_for(vault)
        yield vault
    finally:
        _stop(worker)
        _stop(service)


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PLANETVAULT_")}
    return inherited | dict(settings)


def _run(command: str, settings: Mapping[str, str]) -> None:
    subprocess.run(  # noqa: S603 - our own module, by this interpreter
        [sys.executable, "-m", "vault", command], env=_environment(settings), check=True
    )


def _start(command: str, settings: Mapping[str, str], folder: Path, *more: str) -> subprocess.Popen[bytes]:
    with (folder / f"{command}.log").open("wb") as words:
        return subprocess.Popen(  # noqa: S603 - our own module, by this interpreter
            [sys.executable, "-m", "vault", command, *more],
            env=_environment(settings),
            stdout=words,
            stderr=words,
        )


def _wait_for(vault: RunningVault) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and vault.service.poll() is None:
        try:
            if httpx2.get(f"{vault.url}/readyz").status_code == httpx2.codes.OK:
                return
        except httpx2.TransportError:
            time.sleep(POLL_SECONDS)
    raise RuntimeError("the vault does not start: see serve.log in its folder")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
