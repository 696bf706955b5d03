"""Uses over HTTP: a vault in a process of its own, beside an echo route served the same way.

Signed in advance and sent by a light client in a third process. Floor and vault take
turns, and each shows its best round: others may use this machine too. The CPU of a use is
that of the vault's process; PostgreSQL's own is not in it.
"""

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anchor.records.signed import Signed, by, verify
from anchor.records.usage import Receipt, Use
from tests.bench import ceilings
from tests.bench.crowd import Crowd, crowd_in
from tests.bench.figure import Figure
from tests.bench.servers import Server, serving
from tests.postgres import PostgresMissing, running_server
from vault.keyring import read_keys

ROUNDS = 3
CONNECTIONS = (1, 8, 32)
RATIO_LEAST = {8: 0.25, 32: 0.3}
TARGETED = 8
CPU_RATIO_MOST, TAIL_MOST = 3.0, 4.0
BATCH_LEAST, BATCH_CONNECTIONS = 0.9, 2
LARGE_BATCH_LEAST = 0.6


@dataclass(frozen=True, slots=True)
class Seen:
    """One round: answers a second, p50 and p99 in milliseconds, the server's CPU in µs an answer."""

    rate: float
    p50: float
    p99: float
    cpu: float


def figures(folder: Path, quick: bool) -> Iterator[Figure]:
    """SQLite, then PostgreSQL where there is one."""
    count = 600 if quick else 2000
    with serving(["tests.bench.floor"], {}) as floor:
        yield from _on("SQLite", folder / "sqlite", "", floor, count)
        try:
            with running_server() as server, server.database() as url:
                yield from _on("PostgreSQL", folder / "postgresql", url, floor, count)
        except PostgresMissing as missing:
            sys.stdout.write(f"PostgreSQL: not measured: {missing}\n")


def _on(database: str, folder: Path, url: str, floor: Server, count: int) -> Iterator[Figure]:
    folder.mkdir()
    with crowd_in(folder, url or f"sqlite:///{folder / 'vault.sqlite3'}") as crowd, ExitStack() as stack:
        settings = {"PLANETVAULT_FOLDER": str(folder), "PLANETVAULT_DATABASE": crowd.settings.database_url}
        vault = stack.enter_context(serving(["vault", "serve"], settings))
        _verify_an_answer(crowd, vault)
        echoes = {}
        for connections in CONNECTIONS:
            echoes[connections], seen = _in_turns(crowd, floor, vault, connections, count)
            yield from _figures(database, connections, echoes[connections], seen)
        yield from _batches(database, crowd, vault, echoes[max(RATIO_LEAST)].rate, count)


def _figures(database: str, connections: int, floor: Seen, seen: Seen) -> Iterator[Figure]:
    yield _rate(database, connections, floor, seen, RATIO_LEAST.get(connections))
    if connections == TARGETED:
        most = CPU_RATIO_MOST * floor.cpu
        yield Figure(f"… CPU of a use, {database}", seen.cpu, "µs", floor.cpu, "echo", most=most)
        most = TAIL_MOST * seen.p50
        yield Figure(f"… p99, {database}", seen.p99, "ms", seen.p50, "p50", most=most)


def _rate(database: str, connections: int, floor: Seen, seen: Seen, ratio: float | None = None) -> Figure:
    name = f"uses over HTTP, {connections} connection{'s' if connections > 1 else ''}, {database}"
    aside = f"p50 {seen.p50:.1f} ms, p99 {seen.p99:.1f} ms, CPU {seen.cpu:.0f} µs, echo {floor.cpu:.0f} µs"
    least = ratio and ratio * floor.rate
    return Figure(name, seen.rate, "/s", floor.rate, "echo", least=least, aside=aside)


def _in_turns(crowd: Crowd, floor: Server, vault: Server, connections: int, count: int) -> tuple[Seen, Seen]:
    echoes, uses = [], []
    for _ in range(ROUNDS):
        echoes.append(_load(floor, "/echo", "application/jose", [ceilings.RECORD] * (2 * count), connections))
        uses.append(_uses(crowd, vault, connections, count))
    return _best(echoes), _best(uses)


def _uses(crowd: Crowd, vault: Server, connections: int, count: int) -> Seen:
    bodies = [use.raw for use in crowd.uses(count)]
    return _load(vault, "/v1/uses", "application/jose", bodies, connections)


def _best(rounds: Iterable[Seen]) -> Seen:
    return max(rounds, key=lambda seen: seen.rate)


def _batches(database: str, crowd: Crowd, vault: Server, floor: float, count: int) -> Iterator[Figure]:
    hundred = _in_batches(crowd, vault, 100, count)
    yield Figure(
        f"uses in batches of  100, {database}", hundred, "/s", floor, "echo", least=BATCH_LEAST * floor
    )
    sign, check = ceilings.signing(), ceilings.verifying()
    thousand = _in_batches(crowd, vault, 1000, count)
    bound = ceilings.both(sign, check)
    yield Figure(
        f"uses in batches of 1000, {database}",
        thousand,
        "/s",
        sign,
        "a signature each",
        least=LARGE_BATCH_LEAST * sign,
        aside=f"{thousand / bound:.2f} of a signature and a check each",
    )


def _in_batches(crowd: Crowd, vault: Server, size: int, count: int) -> float:
    seen = []
    for _ in range(ROUNDS):
        batches = [crowd.uses(size) for _ in range(max(BATCH_CONNECTIONS, count // size))]
        bodies = [_batch(uses) for uses in batches]
        seen.append(_load(vault, "/v1/uses", "application/json", bodies, BATCH_CONNECTIONS).rate * size)
    return max(seen)


def _batch(uses: Sequence[Signed[Use]]) -> bytes:
    return json.dumps({"uses": [use.text for use in uses]}).encode()


def _load(server: Server, path: str, kind: str, bodies: Sequence[bytes], connections: int) -> Seen:
    before = server.cpu_seconds()
    answered = _send(server.port, path, kind, bodies, connections)
    cpu = server.cpu_seconds() - before
    if answered["failed"]:
        raise RuntimeError(f"{answered['failed']} requests failed: {answered['faults']}")
    micros = sorted(answered["micros"])
    p50, p99 = (micros[len(micros) * part // 100] / 1000 for part in (50, 99))
    return Seen(len(bodies) / answered["seconds"], p50, p99, cpu / len(bodies) * 1e6)


def _send(port: int, path: str, kind: str, bodies: Sequence[bytes], connections: int) -> dict[str, Any]:
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {kind}\r\nContent-Length: "
    requests = [f"{head}{len(body)}\r\n\r\n".encode() + body for body in bodies]
    framed = b"".join(len(one).to_bytes(4, "big") + one for one in requests)
    command = [sys.executable, "-m", "tests.bench.load", str(port), str(connections)]
    done = subprocess.run(command, input=framed, stdout=subprocess.PIPE, check=True)
    answered: dict[str, Any] = json.loads(done.stdout)
    return answered


def _verify_an_answer(crowd: Crowd, vault: Server) -> None:
    """What is counted are receipts: look at one before counting, which also warms up."""
    uses = crowd.uses(200)
    answered = _send(vault.port, "/v1/uses", "application/jose", [use.raw for use in uses], 1)
    key = read_keys(crowd.settings.folder, crowd.settings.origin).records.public
    receipt = verify(json.loads(answered["first"])["receipt"].encode(), Receipt, by(key))
    assert receipt.record.use == uses[0].hash
