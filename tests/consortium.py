"""A consortium's chain for the tests: validators of three members and a node, each a process of geth.

They are started by the very script that the image runs, on free ports of loopback, and know one
another as `deploy/consortium` has it. `make consortium` builds geth, with Go; tests that need it
are skipped where it is not.
"""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import IO

from planetvault.genesis import clique_genesis

from anchor.chain.evm_account import public_key_of
from anchor.chain.evm_rpc import Rpc, read_quantity
from anchor.chain.evm_transaction import account_of, address_of
from anchor.errors import ChainError
from tests.postgres import free_port

ROOT = Path(__file__).parents[1]
INSTALLED = ROOT / "build/consortium"
ENTER = ROOT / "deploy/consortium/enter"
CHAIN_ID = 20_261
SECONDS = 1
START_SECONDS = 60
STOP_SECONDS = 20
NODE = "node"


class ConsortiumMissing(Exception):
    """No chain can run here; the message says what would help."""


@dataclass
class Consortium:
    """The members' validators, by number, and a node that answers at ``url``."""

    folder: Path
    path: str
    keys: list[bytes]
    ports: dict[str, int]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where the node answers."""
        return f"http://127.0.0.1:{self.ports['rpc']}"

    @property
    def validators(self) -> list[bytes]:
        """Their accounts."""
        return [address_of(account_of(key)) for key in self.keys]

    def start(self, name: str) -> None:
        """Start a validator, by its number, or the node; on what it kept."""
        role = NODE if name == NODE else "validator"
        with self.log(name).open("ab") as log:
            self.running[name] = self._enter(role, name, log)

    def refused(self, name: str) -> str:
        """What one says that ends by itself.

        Raises:
            subprocess.TimeoutExpired: it goes on.
        """
        self.start(name)
        self.running.pop(name).wait(START_SECONDS)
        return self.log(name).read_text()

    def kill(self, name: str, how: int = signal.SIGKILL) -> None:
        """End one, and wait until it is gone."""
        process = self.running.pop(name)
        process.send_signal(how)
        process.wait(STOP_SECONDS)

    def log(self, name: str) -> Path:
        """What one said."""
        return self.folder / f"{name}.log"

    def height(self) -> int:
        """The newest block of the node; -1 while it does not answer."""
        rpc = Rpc(self.url)
        try:
            return read_quantity(rpc.call("eth_blockNumber"))
        except ChainError:
            return -1
        finally:
            rpc.close()

    def wait_for(self, height: int) -> None:
        """Wait until the node has this block.

        Raises:
            RuntimeError: it does not come.
        """
        deadline = time.monotonic() + START_SECONDS
        while self.height() < height:
            if time.monotonic() > deadline:
                said = "".join(self.log(name).read_text()[-600:] for name in self.running)
                raise RuntimeError(f"block {height} does not come:\n{said}")
            time.sleep(0.1)

    def _enter(self, role: str, name: str, log: IO[bytes]) -> subprocess.Popen[bytes]:
        own = self.folder / f"{name}.tmp"
        own.mkdir(exist_ok=True)
        peers = [
            f"enode://{public_key_of(key).hex()}@127.0.0.1:{self.ports[str(number)]}"
            for number, key in enumerate(self.keys)
        ]
        settings = {
            "PATH": self.path,
            "TMPDIR": str(own),
            "HOME": str(own),
            "CONSORTIUM_GENESIS": str(self.folder / "genesis.json"),
            "CONSORTIUM_FOLDER": str(self.folder / name),
            "CONSORTIUM_KEY_FILE": str(self.folder / f"{name}.key"),
            "CONSORTIUM_PEERS": ",".join(peers),
            "CONSORTIUM_LISTEN": f"127.0.0.1:{self.ports[name]}",
            "CONSORTIUM_ENGINE_PORT": str(free_port()),
            "CONSORTIUM_RPC_PORT": str(self.ports["rpc"]),
        }
        return subprocess.Popen([str(ENTER), role], env=settings, stdout=log, stderr=log)


@contextmanager
def running_consortium(*funded: bytes, members: int = 3) -> Iterator[Consortium]:
    """A chain that makes blocks, on which these accounts can pay for gas.

    Raises:
        ConsortiumMissing: geth is not here.
    """
    path = _path()
    with tempfile.TemporaryDirectory(prefix="planetvault-consortium-") as folder:
        made = _prepare(Path(folder), path, members, funded)
        try:
            for name in (*map(str, range(members)), NODE):
                made.start(name)
            made.wait_for(2)
            yield made
        finally:
            for name in list(made.running):
                made.kill(name)


def _path() -> str:
    path = f"{INSTALLED}:{os.environ['PATH']}"
    if not shutil.which("geth", path=path):
        raise ConsortiumMissing("no geth here: `make consortium` builds it, with Go")
    return path


def _prepare(folder: Path, path: str, members: int, funded: tuple[bytes, ...]) -> Consortium:
    keys = [sha256(b"member %d" % number).digest() for number in range(members)]
    names = [*map(str, range(members)), NODE, "rpc"]
    made = Consortium(folder, path, keys, {name: free_port() for name in names})
    for number, key in enumerate(keys):
        (folder / f"{number}.key").write_text(f"0x{key.hex()}\n")
    write_genesis(made, *funded)
    return made


def write_genesis(chain: Consortium, *funded: bytes, seconds: int = SECONDS) -> None:
    """The file that its members begin with."""
    genesis = clique_genesis(CHAIN_ID, chain.validators, funded, seconds=seconds)
    (chain.folder / "genesis.json").write_text(json.dumps(genesis))
