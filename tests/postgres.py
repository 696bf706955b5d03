"""A PostgreSQL server for the tests, started from the binaries that are there.

One server serves one test process (each xdist worker has its own): a fresh data
folder, a free port on loopback, a random password, no Unix socket. It runs with
``fsync`` on and every durability default of a real one, and is stopped by its
process id. PostgreSQL refuses to run as root, so root starts it as the user
that the distribution's package makes for it.
"""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

SERVER_USER = "postgres"
STARTS = 3
"""How often a server is started: another may take a free port first, or this one may end at once."""
PORTS = range(10_000, 32_000)
START_SECONDS = 60
STOP_SECONDS = 30
WORDS_MAX = 2_000


class PostgresMissing(Exception):
    """No PostgreSQL server can run here; the message says what would help."""


def find_programs() -> Path:
    """The folder with ``initdb`` and ``postgres``: by PATH, by pg_config, then Debian's, the newest first.

    Raises:
        PostgresMissing: if there is none.
    """
    found = [Path(program).resolve().parent for program in [shutil.which("initdb")] if program]
    if pg_config := shutil.which("pg_config"):
        answer = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=False)
        found.append(Path(answer.stdout.strip()))
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    found += sorted(debian, key=lambda folder: float(folder.parent.name), reverse=True)
    for folder in found:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise PostgresMissing("no PostgreSQL server programs here (Debian: apt-get install postgresql)")


@dataclass
class Postgres:
    """A server in its own folder, on a port of its own; ``url`` ends before the database's name."""

    programs: Path
    home: Path
    user: str | None
    password: str
    port: int = 0
    process: subprocess.Popen[bytes] | None = None
    session: psycopg.Connection[TupleRow] | None = None

    @property
    def url(self) -> str:
        """Where it answers, for its superuser."""
        return f"postgresql://{SERVER_USER}:{self.password}@127.0.0.1:{self.port}/"

    @contextmanager
    def database(self, template: str = "template0") -> Iterator[str]:
        """The URL of a new database, dropped afterwards: empty, or a copy of the database ``template``."""
        name = f"test_{secrets.token_hex(8)}"
        self._run("CREATE DATABASE {} TEMPLATE {}", name, template)
        try:
            yield self.url + name
        finally:
            self._run("DROP DATABASE {} WITH (FORCE)", name)

    def _run(self, statement: str, *names: str) -> None:
        """In one session that stays: to begin one costs a third of copying a database."""
        if self.session is None or self.session.closed:
            self.session = psycopg.connect(self.url + "postgres", autocommit=True)
        self.session.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def _end_session(self) -> None:
        if self.session is not None:
            self.session.close()

    def start(self) -> bool:
        """Start it, at first on any free port and later on the same; whether it answers."""
        self.port = self.port or free_port()
        options = [f"-p{self.port}", "-h127.0.0.1", "-k", "", "-cmax_connections=50"]
        with (self.home / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [self.programs / "postgres", "-D", self.home / "data", *options],
                cwd=self.home,
                user=self.user,
                extra_groups=[] if self.user else None,
                stdout=log,
                stderr=log,
            )
        return self._answers()

    def _answers(self) -> bool:
        """Wait for it; False if it ended instead, say for a taken port."""
        deadline = time.monotonic() + START_SECONDS
        while self.process and self.process.poll() is None and time.monotonic() < deadline:
            try:
                psycopg.connect(self.url + "postgres", connect_timeout=5).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return True
        return False

    def last_words(self) -> str:
        """The end of its log, and how it ended."""
        ended = self.process.poll() if self.process else None
        return f"{(self.home / 'log').read_text(errors='replace')[-WORDS_MAX:]}(exit code {ended})"

    def stop(self) -> None:
        """End it: "fast", so that it ends the sessions and writes everything down."""
        if self.process is None:
            return
        self._end_session()
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def kill(self) -> None:
        """End it and all its processes at once, as a power cut would."""
        if self.process is None:
            return
        self._end_session()
        _stop(self.process.pid)  # or one more is born meanwhile, and keeps its memory from the next server
        for pid in (self.process.pid, *_children(self.process.pid)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()


def _stop(pid: int) -> None:
    """Let a process do nothing more, and wait until it does."""
    with suppress(ProcessLookupError, OSError):
        os.kill(pid, signal.SIGSTOP)
        while _state_and_parent(Path(f"/proc/{pid}/stat"))[0] not in "TZX":
            time.sleep(0.001)


def _children(parent: int) -> list[int]:
    """The process ids whose parent is this one."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if _state_and_parent(stat)[1] == parent:
                found.append(int(stat.parent.name))
    return found


def _state_and_parent(stat: Path) -> tuple[str, int]:
    """What proc(5) says of a process, behind its name."""
    state, parent = stat.read_text().rpartition(")")[2].split()[:2]
    return state, int(parent)


@contextmanager
def running_server() -> Iterator[Postgres]:
    """Start a server; stop it and remove its data afterwards.

    Raises:
        PostgresMissing: if there are no server programs, or no user to run them as.
    """
    programs = find_programs()
    user = _server_user()
    home = Path(tempfile.mkdtemp(prefix="planetvault-postgres-"))
    try:
        if user:
            shutil.chown(home, user)
        server = _started(programs, home, user, _initialise(programs, home, user))
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _started(programs: Path, home: Path, user: str | None, password: str) -> Postgres:
    for _ in range(STARTS):
        server = Postgres(programs, home, user, password)
        if server.start():
            return server
        server.stop()
    raise RuntimeError("PostgreSQL did not start:\n" + (home / "log").read_text())


def _server_user() -> str | None:
    """Who runs the server: None for whoever we are, unless that is root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(SERVER_USER).pw_name
    except KeyError:
        raise PostgresMissing(f"root can't run PostgreSQL, and there is no user {SERVER_USER}") from None


def _initialise(programs: Path, home: Path, user: str | None) -> str:
    password = secrets.token_hex(16)
    secret = home / "password"
    secret.write_text(password)
    if user:
        shutil.chown(secret, user)
    subprocess.run(
        [
            programs / "initdb",
            "--no-sync",  # losing an empty folder to a power cut costs nothing
            "--auth=scram-sha-256",
            f"--pwfile={secret}",
            f"--username={SERVER_USER}",
            "--encoding=UTF8",
            "--locale=C",
            home / "data",
        ],
        cwd=home,
        user=user,
        extra_groups=[] if user else None,
        check=True,
        capture_output=True,
    )
    secret.unlink()
    return password


def free_port() -> int:
    """A port of loopback that nobody listens on, below those that systems give to outgoing connections.

    A server that is killed and started again needs the same one again; of those above, a
    connection to somewhere else may have taken it meanwhile (RFC 6056 §3.2).
    """
    while True:
        port = secrets.choice(PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
