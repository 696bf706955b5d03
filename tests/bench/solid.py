"""Sealed items beside the Community Solid Server, the public peer one can start with one command.

Both keep 1 KiB for somebody who asks over HTTP on 8 connections, each in files: ours with a
signed manifest, a journal and a durable commit, for owners with a session; the peer without
sealing or signatures, open to everybody, which costs it least. It comes from npm into
build/bench/solid, and is not measured where it can't be had.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from anchor.encoding import to_base64url
from tests.bench.asking import Requests, rate, request
from tests.bench.crowd import Crowd, crowd_in
from tests.bench.figure import Figure
from tests.bench.servers import Server, running, serving
from tests.vault.world import World

PEER, VERSION = "@solid/community-server", "7.2.0"
BUILD = Path("build/bench/solid")
INSTALL_SECONDS = 600
OWNERS, ROUNDS = 64, 3
PUT_LEAST, GET_LEAST = 5.0, 10.0
CONTENT = os.urandom(1024)


class PeerMissing(Exception):
    """The peer can't be had here; the message says why."""


def figures(folder: Path, quick: bool) -> Iterator[Figure]:
    """Put and get, ours over the peer's; nothing but a line where there is no peer."""
    count = 256 if quick else 1024
    try:
        with _peer(folder / "peer") as peer:
            theirs = _best(_pairs(peer, _peer_puts, _peer_gets, count))
    except PeerMissing as missing:
        sys.stdout.write(f"Community Solid Server: not measured: {missing}\n")
        return
    ours = _ours(folder, count)
    about = f"Community Solid Server {VERSION}"
    for name, mine, other, least in zip(("put", "get"), ours, theirs, (PUT_LEAST, GET_LEAST), strict=True):
        yield Figure(f"sealed item of 1 KiB, {name}", mine, "/s", other, about, least=least * other)


def _ours(folder: Path, count: int) -> tuple[float, float]:
    home = folder / "vault"
    home.mkdir()
    rounds = []
    with (
        crowd_in(home, f"sqlite:///{home / 'vault.sqlite3'}", OWNERS) as crowd,
        serving(["vault", "serve"], {"PLANETVAULT_FOLDER": str(home)}) as vault,
    ):
        for _ in range(ROUNDS):
            puts, names = _vault_puts(crowd, count)
            rounds.append((rate(vault, puts), rate(vault, _vault_gets(names))))
    return _best(rounds)


def _best(rounds: Sequence[tuple[float, float]]) -> tuple[float, float]:
    puts, gets = zip(*rounds, strict=True)
    return max(puts), max(gets)


def _vault_puts(crowd: Crowd, count: int) -> tuple[Requests, list[tuple[World, str]]]:
    """New items, owner after owner: 64 take turns on 8 connections, so each journal keeps its order."""
    requests, names = [], []
    for number in range(count):
        world = crowd.worlds[number % len(crowd.worlds)]
        item = world.new_item(fields=1)
        item.fields = dict.fromkeys(item.fields, CONTENT)
        body = json.dumps({"items": [world.item_body(item)]}).encode()
        requests.append(request("POST", "/v1/items", body, world.as_owner | _JSON))
        names.append((world, to_base64url(item.id)))
    return requests, names


_JSON = {"Content-Type": "application/json"}


def _vault_gets(names: Sequence[tuple[World, str]]) -> Requests:
    return [request("GET", f"/v1/items/{name}", b"", world.as_owner) for world, name in names]


def _pairs(peer: Server, puts: Any, gets: Any, count: int) -> list[tuple[float, float]]:
    return [(rate(peer, puts(round_, count)), rate(peer, gets(round_, count))) for round_ in range(ROUNDS)]


def _peer_puts(round_: int, count: int) -> Requests:
    kind = {"Content-Type": "application/octet-stream"}
    return [request("PUT", f"/{round_}-{number}.bin", CONTENT, kind) for number in range(count)]


def _peer_gets(round_: int, count: int) -> Requests:
    return [request("GET", f"/{round_}-{number}.bin", b"", {}) for number in range(count)]


@contextmanager
def _peer(folder: Path) -> Iterator[Server]:
    program = (BUILD / "node_modules/.bin/community-solid-server").resolve()
    if not program.exists():
        _install()
    folder.mkdir()
    # Open to everybody, on files: no login and no access rule costs it anything.
    arguments = ["-c", "@css:config/file-root.json", "-f", str(folder), "-l", "error"]
    with running(lambda port: [str(program), *arguments, "-p", str(port), "-b", _host(port)]) as server:
        yield server


def _host(port: int) -> str:
    return f"http://127.0.0.1:{port}/"


def _install() -> None:
    if not shutil.which("npm"):
        raise PeerMissing("there is no npm here")
    BUILD.mkdir(parents=True, exist_ok=True)
    quiet = ["--no-audit", "--no-fund", "--loglevel=error"]
    command = ["npm", "install", "--prefix", str(BUILD), *quiet, f"{PEER}@{VERSION}"]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=INSTALL_SECONDS)
    except (subprocess.SubprocessError, OSError) as error:
        raise PeerMissing(f"npm could not install {PEER} {VERSION}: {type(error).__name__}") from error
