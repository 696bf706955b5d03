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
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

SERVER_USER = "postgres"
STARTS = 3  # a free port may be taken by another before the server has it
START_SECONDS = 60
STOP_SECONDS = 30


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


@dataclass(frozen=True)
class Postgres:
    """A running server; ``url`` ends before the database's name."""

    url: str

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
        with psycopg.connect(self.url + "postgres", autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


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
        password = _initialise(programs, home, user)
        with _serving(programs, home, user, password) as server:
            yield server
    finally:
        shutil.rmtree(home, ignore_errors=True)


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


@contextmanager
def _serving(programs: Path, home: Path, user: str | None, password: str) -> Iterator[Postgres]:
    for _ in range(STARTS):
        port = _free_port()
        url = f"postgresql://{SERVER_USER}:{password}@127.0.0.1:{port}/"
        options = [f"-p{port}", "-h127.0.0.1", "-k", "", "-cmax_connections=50"]
        with (home / "log").open("ab") as log:
            process = subprocess.Popen(
                [programs / "postgres", "-D", home / "data", *options],
                cwd=home,
                user=user,
                extra_groups=[] if user else None,
                stdout=log,
                stderr=log,
            )
        try:
            if _answers(process, url):
                yield Postgres(url)
                return
        finally:
            _stop(process)
    raise RuntimeError("PostgreSQL did not start:\n" + (home / "log").read_text())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(process: subprocess.Popen[bytes], url: str) -> bool:
    """Wait for the server; False if it ended instead, say for a taken port."""
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            psycopg.connect(url + "postgres", connect_timeout=5).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return True
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)  # "fast": end the sessions, write everything down
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
