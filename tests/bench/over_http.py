"""Uses over HTTP, from a process of its own, beside an echo route served the same way."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import quantiles
from typing import Any

import httpx2

from anchor.records.signed import Signed
from anchor.records.usage import Use
from tests.bench.crowd import Crowd, crowd_in
from tests.bench.figure import Figure
from tests.postgres import PostgresMissing, running_server

CONNECTIONS = (1, 8, 32)
TICKS = os.sysconf("SC_CLK_TCK")
TARGETS = {1: None, 8: 0.25, 32: 0.3}


@contextmanager
def serving(arguments: Sequence[str], settings: dict[str, str], path: str) -> Iterator[tuple[int, int]]:
    """A server process on a free loopback port: its port and pid, once it answers."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", *arguments, "--port", str(port)]
    process = subprocess.Popen(command, env=os.environ | settings)
    try:
        for _ in range(300):
            try:
                httpx2.get(f"http://127.0.0.1:{port}{path}")
                break
            except httpx2.TransportError:
                time.sleep(0.1)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(20)


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def load(
    port: int, pid: int, path: str, kind: str, bodies: Sequence[bytes], connections: int
) -> dict[str, Any]:
    """Send these bodies; requests a second, latencies and the server's CPU a request."""
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\n"
    requests = [f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body for body in bodies]
    framed = b"".join(len(one).to_bytes(4, "big") + one for one in requests)
    before = _cpu(pid)
    command = [sys.executable, "-m", "tests.bench.load", str(port), str(connections)]
    done = subprocess.run(command, input=framed, capture_output=True, check=True)
    seen: dict[str, Any] = json.loads(done.stdout)
    assert not seen["failed"], seen["faults"]
    cuts = quantiles(seen["micros"], n=100) if len(seen["micros"]) > 1 else [0] * 99
    cpu = (_cpu(pid) - before) / len(bodies)
    return {"rate": len(bodies) / seen["seconds"], "p50": cuts[49] / 1000, "p99": cuts[98] / 1000, "cpu": cpu}


def figures(folder: Path, quick: bool) -> Iterator[Figure]:
    """Both databases, each against the floor."""
    count = 400 if quick else 3000
    floors = {}
    with serving(["uvicorn", "tests.bench.floor:app", "--log-level", "error"], {}, "/docs") as (port, pid):
        body = bytes(600)
        for connections in CONNECTIONS:
            load(port, pid, "/echo", "application/jose", [body] * 200, connections)
            floors[connections] = load(port, pid, "/echo", "application/jose", [body] * count, connections)
    (folder / "lite").mkdir()
    yield from _database("SQLite", folder / "lite", "", floors, count)
    try:
        with running_server() as server, server.database() as url:
            (folder / "post").mkdir()
            yield from _database("PostgreSQL", folder / "post", url, floors, count)
    except PostgresMissing as missing:
        print(f"PostgreSQL: not measured: {missing}")  # noqa: T201


def _database(
    name: str, folder: Path, url: str, floors: dict[int, dict[str, Any]], count: int
) -> Iterator[Figure]:
    with crowd_in(folder, url or f"sqlite:///{folder / 'vault.sqlite3'}") as crowd:
        settings = {
            "PLANETVAULT_FOLDER": str(folder),
            "PLANETVAULT_DATABASE": crowd.settings.database_url,
            "PLANETVAULT_ORIGIN": crowd.settings.origin,
        }
        with serving(["vault", "serve"], settings, "/livez") as (port, pid):
            yield from _single(name, crowd, port, pid, floors, count)
            for size, target in ((100, 0.9), (1000, None)):
                bodies = [_batch(crowd.uses(size)) for _ in range(max(2, count // size))]
                seen = load(port, pid, "/v1/uses", "application/json", bodies, 1)
                floor = floors[8]["rate"]
                yield Figure(f"uses in batches of {size}, {name}", seen["rate"] * size, "/s", floor, target)


def _single(
    name: str, crowd: Crowd, port: int, pid: int, floors: dict[int, dict[str, Any]], count: int
) -> Iterator[Figure]:
    load(port, pid, "/v1/uses", "application/jose", [one.raw for one in crowd.uses(100)], 8)
    for connections in CONNECTIONS:
        bodies = [one.raw for one in crowd.uses(count)]
        seen = load(port, pid, "/v1/uses", "application/jose", bodies, connections)
        floor = floors[connections]
        what = f"uses over HTTP, {connections} connections, {name}"
        yield Figure(what, seen["rate"], "/s", floor["rate"], TARGETS[connections])
        if connections == 8:
            yield Figure(f"CPU of a use over the floor's, {name}", seen["cpu"] / floor["cpu"], "x", most=3.0)
            yield Figure(f"p99 over p50, 8 connections, {name}", seen["p99"] / seen["p50"], "x", most=4.0)


def _batch(uses: Sequence[Signed[Use]]) -> bytes:
    return json.dumps({"uses": [one.text for one in uses]}).encode()
