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


@dataclass
class Child:
    """One process of the vault, which can be started again on the same folder and port."""

    arguments: tuple[str, ...]
    settings: Mapping[str, str]
    words: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; what it says is added to its file."""
        with self.words.open("ab") as words:
            self.process = subprocess.Popen(  # noqa: S603 - our own module, by this interpreter
                [sys.executable, "-m", "vault", *self.arguments],
                env=_environment(self.settings),
                stdout=words,
                stderr=words,
            )

    @property
    def runs(self) -> bool:
        """Whether it was started and has not ended."""
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        """End it, politely first."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@dataclass(frozen=True, slots=True)
class RunningVault:
    """A vault that answers at ``url``, with its operator's token and the processes behind it."""

    url: str
    operator_token: str
    service: Child
    worker: Child

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
        "PLANETVAULT_HOLDBACK_DAYS": "0",
        **chain,
    }
    for command in ("keys", "migrate"):
        _run(command, settings)
    service = Child(("serve", "--port", str(port)), settings, folder / "serve.log")
    worker = Child(("work",), settings, folder / "work.log")
    vault = RunningVault(f"http://127.0.0.1:{port}", token, service, worker)
    try:
        service.start()
        worker.start()
        wait_for(vault)
        yield vault
    finally:
        worker.stop()
        service.stop()


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PLANETVAULT_")}
    return inherited | dict(settings)


def _run(command: str, settings: Mapping[str, str]) -> None:
    subprocess.run(  # noqa: S603 - our own module, by this interpreter
        [sys.executable, "-m", "vault", command], env=_environment(settings), check=True
    )


def wait_for(vault: RunningVault) -> None:
    """Return when the vault answers.

    Raises:
        RuntimeError: if it ended, or does not answer in time.
    """
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and vault.service.runs:
        try:
            if httpx2.get(f"{vault.url}/readyz").status_code == httpx2.codes.OK:
                return
        except httpx2.TransportError:
            time.sleep(POLL_SECONDS)
    raise RuntimeError("the vault does not start: see serve.log in its folder")


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
