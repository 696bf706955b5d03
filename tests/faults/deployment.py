"""A deployment in processes of its own, each of which can be killed and started again.

::

    service ──┐                    ┌── link ── database
    service ──┼── one database ────┤
    worker ───┘                    └── (the database itself)
       └── link ── chain

The links are wires that can be cut. The chain itself is not killed: a development chain
forgets its last blocks with its process, which no real one does; cut off it is just as gone.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
from planetvault.demo.anvil import Anvil, AnvilMissingError, run_anvil

from tests.postgres import STARTS, Postgres, free_port, running_server
from tests.vault.world import OPERATOR

ROOT = Path(__file__).parents[2]
WAIT_SECONDS = 60
CHAIN_KEY = "0x" + "17" * 32
ORIGIN = "vault.localhost"


@dataclass
class Child:
    """A Python process of ours: ``python -m`` its arguments, with these settings."""

    arguments: Sequence[str]
    settings: Mapping[str, str]
    words: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def runs(self) -> bool:
        """Whether it was started and has not ended."""
        return self.process is not None and self.process.poll() is None

    @property
    def environment(self) -> dict[str, str]:
        """This process's environment with these settings, and no others of a vault."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PLANETVAULT_")}
        return kept | dict(self.settings)

    def start(self) -> None:
        """Start it, unless it runs; what it says is added to its file."""
        if self.runs:
            return
        with self.words.open("ab") as words:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *self.arguments],
                cwd=ROOT,
                env=self.environment,
                stdout=words,
                stderr=words,
            )

    def kill(self) -> None:
        """End it at once, as a power cut would.

        Raises:
            RuntimeError: it does not run: a death that is counted has to be one.
        """
        if self.process is None or not self.runs:
            raise RuntimeError(f"{' '.join(self.arguments)} does not run")
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """End it politely."""
        if self.process and self.runs:
            self.process.terminate()
            try:
                self.process.wait(WAIT_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()


@dataclass
class Deployment:
    """What runs: two services, a worker, a database and the wires between them."""

    folder: Path
    settings: Mapping[str, str]
    database: Postgres
    chain: Anvil | None
    urls: Sequence[str]
    parts: dict[str, Child | Postgres] = field(default_factory=dict)

    def start_all(self) -> None:
        """Start every part but the database, which runs."""
        for part in self.parts.values():
            if isinstance(part, Child):
                part.start()
        self.wait()

    def kill(self, name: str) -> None:
        """Kill one part, and start it again.

        Raises:
            RuntimeError: the database does not come back.
        """
        part = self.parts[name]
        part.kill()
        if isinstance(part, Postgres) and not any(part.start() for _ in range(STARTS)):
            raise RuntimeError(f"the {name} does not come back:\n{part.last_words()}")
        if isinstance(part, Child):
            part.start()

    def wait(self) -> None:
        """Return when every service answers and may write.

        Raises:
            RuntimeError: if one does not in time.
        """
        deadline = time.monotonic() + WAIT_SECONDS
        for url in self.urls:
            while not _ready(url):
                if time.monotonic() > deadline:
                    raise RuntimeError(f"{url} does not come back: its words are in {self.folder}")
                time.sleep(0.02)


def _ready(url: str) -> bool:
    try:
        return httpx2.get(f"{url}/readyz", trust_env=False, timeout=5).status_code == httpx2.codes.OK
    except httpx2.HTTPError:
        return False


@contextmanager
def deployed(folder: Path) -> Iterator[Deployment]:
    """A deployment that runs, on PostgreSQL; with a chain where there is one.

    Raises:
        PostgresMissing: there are no server programs here.
    """
    with ExitStack() as stack:
        server = stack.enter_context(running_server())
        database = stack.enter_context(server.database())
        chain = _chain(stack)
        wires = {"database": (free_port(), server.port)}
        if chain:
            wires["chain"] = (free_port(), int(chain.url.rpartition(":")[2]))
        settings = {
            "PLANETVAULT_ORIGIN": ORIGIN,
            "PLANETVAULT_FOLDER": str(folder),
            "PLANETVAULT_DATABASE": database.replace(f":{server.port}/", f":{wires['database'][0]}/"),
            "PLANETVAULT_OPERATOR_TOKEN": OPERATOR,
            **_chain_settings(wires.get("chain")),
        }
        ports = [free_port(), free_port()]
        deployment = Deployment(
            folder, settings, server, chain, [f"http://127.0.0.1:{port}" for port in ports]
        )
        deployment.parts = _parts(folder, settings, wires, ports)
        for child in deployment.parts.values():
            if isinstance(child, Child):
                stack.callback(child.stop)
        deployment.parts["database"] = server
        _prepare(deployment)
        yield deployment


def _chain(stack: ExitStack) -> Anvil | None:
    try:
        return stack.enter_context(run_anvil())
    except AnvilMissingError:
        return None


def _chain_settings(wire: tuple[int, int] | None) -> dict[str, str]:
    if wire is None:
        return {}
    return {
        "PLANETVAULT_CHAIN_RPC": f"http://127.0.0.1:{wire[0]}",
        "PLANETVAULT_CHAIN_NAME": "development chain",
        "PLANETVAULT_CHAIN_KEY": CHAIN_KEY,
        "PLANETVAULT_ANCHOR_SECONDS": "0",
    }


def _parts(
    folder: Path, settings: Mapping[str, str], wires: Mapping[str, tuple[int, int]], ports: Sequence[int]
) -> dict[str, Child | Postgres]:
    parts: dict[str, Child | Postgres] = {}
    for name, (port, target) in wires.items():
        arguments = ("tests.faults.link", str(port), str(target))
        parts[f"wire to the {name}"] = Child(arguments, {}, folder / f"{name}-link.log")
    parts["worker"] = Child(("vault", "work"), settings, folder / "work.log")
    for number, port in enumerate(ports, 1):
        serve = ("vault", "serve", "--port", str(port))
        parts[f"service {number}"] = Child(serve, settings, folder / f"serve-{number}.log")
    return parts


def _prepare(deployment: Deployment) -> None:
    for part in deployment.parts.values():
        if isinstance(part, Child) and part.arguments[0] == "tests.faults.link":
            part.start()
    for command in ("keys", "migrate"):
        child = Child(("vault", command), deployment.settings, deployment.folder / "prepare.log")
        child.start()
        if child.process and child.process.wait(WAIT_SECONDS):
            raise RuntimeError((deployment.folder / "prepare.log").read_text())
