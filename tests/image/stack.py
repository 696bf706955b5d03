"""compose.yaml, brought up as its guide says: in a folder with secrets of its own, on free ports.

Everything carries a name that is made for the run, so a vault that is deployed on the same machine is
not touched, and is removed at the end. Where PostgreSQL's image was not pulled, a stand-in takes its place.
"""

import json
import os
import re
import secrets
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import yaml

ROOT = Path(__file__).parents[2]
STAND_IN = "planetvault-postgres-stand-in:17"
FIRST_KEY = re.compile(r"\(0\) (0x[0-9a-f]{64})\s*$", re.MULTILINE)
"""Of the accounts that a development chain begins with."""
PORT = 8000
RUN_SECONDS = 600


class StackMissing(Exception):
    """Nothing can be brought up here; the message says what would help."""


@dataclass
class Stack:
    """A project of compose, and the engine below it; ``settings`` are what its operator exports."""

    engine: str
    folder: Path
    files: list[str]
    settings: dict[str, str]
    profiles: list[str] = field(default_factory=lambda: ["chain", "witness"])
    name: str = field(default_factory=lambda: f"planetvault-test-{secrets.token_hex(4)}")

    def compose(self, *words: str) -> str:
        """Run ``compose`` with these words; what it printed.

        Raises:
            RuntimeError: it did not succeed.
        """
        chosen = [word for file in self.files for word in ("--file", file)]
        chosen += [word for profile in self.profiles for word in ("--profile", profile)]
        command = [self.engine, "compose", "--project-name", self.name, *chosen, *words]
        return run(command, cwd=self.folder, env=os.environ | self.settings)

    def up(self, *services: str) -> None:
        """Start services, or all of them and the one that answers twice, and wait until they are healthy."""
        self.compose("up", "--detach", "--wait", *(services or ("--scale", "api=2")))

    def containers(self, service: str) -> list[dict[str, Any]]:
        """What the engine knows of a service's containers."""
        names = self.compose("ps", "--all", "--quiet", service).split()
        found: list[dict[str, Any]] = json.loads(run([self.engine, "inspect", *names]))
        return found

    def inside(self, service: str, *command: str) -> str:
        """What a command says inside a service's first container."""
        return run([self.engine, "exec", self.containers(service)[0]["Id"], *command])

    def urls(self) -> dict[str, str]:
        """Where each instance answers that runs, by its container's id."""
        running = [one for one in self.containers("api") if one["State"]["Running"]]
        bound = {one["Id"]: one["NetworkSettings"]["Ports"][f"{PORT}/tcp"] for one in running}
        return {container: f"http://127.0.0.1:{ports[0]['HostPort']}" for container, ports in bound.items()}

    def any_url(self) -> str:
        """Where one of the instances answers."""
        return next(iter(self.urls().values()))

    def write_secret(self, name: str, value: str) -> None:
        """A file that containers read under other users, in a folder that nobody else enters."""
        path = self.folder / "secrets" / name
        path.write_text(value)
        path.chmod(0o444)


def run(command: Sequence[str], **options: Any) -> str:
    """Run a program to its end, and return what it printed.

    Raises:
        RuntimeError: it did not succeed.
    """
    done: subprocess.CompletedProcess[str] = subprocess.run(
        command, capture_output=True, text=True, timeout=RUN_SECONDS, check=False, **options
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


@contextmanager
def stack_up(folder: Path) -> Iterator[Stack]:
    """Two services, a worker, a database, a chain and a witness, all healthy; removed afterwards.

    Raises:
        StackMissing: no engine that runs containers, no compose, or no image.
    """
    stack = _prepare(_find_engine(), folder)
    try:
        _bring_up(stack)
        yield stack
    finally:
        stack.compose("--profile", "backup", "down", "--volumes", "--timeout", "5")


def _find_engine() -> str:
    try:
        engine = run([str(ROOT / "scripts/engine")]).strip()
    except RuntimeError:
        raise StackMissing("no container engine answers here") from None
    try:
        run([engine, "compose", "version"])
    except RuntimeError:
        raise StackMissing(f"{engine} has no compose here") from None
    images = {one["image"] for one in _services().values() if one["image"].startswith("planetvault")}
    if missing := [image for image in sorted(images) if not _has(engine, image)]:
        raise StackMissing(f"{engine} has no {' and no '.join(missing)}: make image")
    return engine


def _services() -> dict[str, dict[str, Any]]:
    services: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    return services


def _has(engine: str, image: str) -> bool:
    return bool(run([engine, "images", "--quiet", image]).strip())


def _prepare(engine: str, folder: Path) -> Stack:
    """The folder of an operator who has read the guide."""
    shutil.copy(ROOT / "compose.yaml", folder)
    (folder / "secrets").mkdir(mode=0o700)
    port = _free_ports()
    settings = {
        "PLANETVAULT_PORT": f"{port}-{port + 1}",
        "PLANETVAULT_WITNESS_PORT": str(port + 2),
        "PLANETVAULT_CHAIN_RPC": "http://chain:8545",
        "PLANETVAULT_CHAIN_NAME": "a development chain",
        "PLANETVAULT_ANCHOR_SECONDS": "1",
    }
    stack = Stack(engine, folder, ["compose.yaml"], settings)
    password = secrets.token_hex(16)
    stack.write_secret("postgres_password", password)
    stack.write_secret("database_url", f"postgresql://planetvault:{password}@postgres/planetvault")
    stack.write_secret("operator_token", secrets.token_hex(16))
    stack.write_secret("objects_key", "")
    stack.write_secret("chain_key", "")
    if not _has(engine, _services()["postgres"]["image"]):
        _stand_in(stack)
    return stack


def _stand_in(stack: Stack) -> None:
    run([stack.engine, "build", "--quiet", "--tag", STAND_IN, str(ROOT / "tests/image/postgres")])
    changed = {"services": {"postgres": {"image": STAND_IN}}}
    (stack.folder / "stand-in.yaml").write_text(yaml.safe_dump(changed))
    stack.files.append("stand-in.yaml")


def _free_ports() -> int:
    """The first of three that are free, below those that the system gives to whoever calls out."""
    while True:
        first = secrets.choice(range(20_000, 32_000, 3))
        with ExitStack() as probes:
            try:
                for port in range(first, first + 3):
                    probes.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
        return first


def _bring_up(stack: Stack) -> None:
    """The chain first, for a key that it gives money to; then the vault, for a witness that knows its log."""
    stack.up("chain")
    (key,) = FIRST_KEY.findall(stack.compose("logs", "--no-log-prefix", "chain"))
    stack.write_secret("chain_key", key)
    stack.up("api")
    make = ("make", "witness.example/w1", "--folder", "/var/lib/witness")
    stack.settings |= {
        "WITNESSED_LOG": httpx2.get(f"{stack.any_url()}/v1/trust", trust_env=False).json()["log"],
        "PLANETVAULT_WITNESS_KEYS": stack.compose("run", "--rm", "witness", *make).strip(),
        "PLANETVAULT_WITNESS_URLS": "http://witness:8090",
        "PLANETVAULT_WITNESS_QUORUM": "1",
    }
    stack.up()
