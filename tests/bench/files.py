"""Files of 1 MiB beside the plainest route that keeps them.

That route writes the body into a file beside its place, syncs it and moves it there, for anybody,
and reads it back. Ours are sealed blobs of an owner with a session: announced in the database,
hashed, written, kept and finished, each durable before the next, their folder too.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from anchor.encoding import to_base64url
from tests.bench.asking import rate, request
from tests.bench.crowd import Crowd, crowd_in
from tests.bench.figure import Figure
from tests.bench.servers import Server, serving

CONTENT = os.urandom(1 << 20)
OWNERS, ROUNDS = 64, 3
LEAST = 0.7
OCTETS = {"Content-Type": "application/octet-stream"}


def figures(folder: Path, quick: bool) -> Iterator[Figure]:
    """Put and got, ours over the plain route's."""
    count = 64 if quick else 192
    home, plain = folder / "vault", folder / "plain"
    home.mkdir()
    plain.mkdir()
    with (
        crowd_in(home, f"sqlite:///{home / 'vault.sqlite3'}", OWNERS) as crowd,
        serving(["vault", "serve"], {"PLANETVAULT_FOLDER": str(home)}) as vault,
        serving(["tests.bench.floor"], {"FLOOR_FOLDER": str(plain)}) as floor,
    ):
        rounds = [(_ours(vault, crowd, count), _theirs(floor, at, count)) for at in range(ROUNDS)]
    for place, name in enumerate(("put", "got")):
        mine, other = (max(one[whose][place] for one in rounds) for whose in (0, 1))
        about = "a plain route with fsync"
        yield Figure(f"sealed file of 1 MiB, {name}", mine, "/s", other, about, least=LEAST * other)


def _ours(vault: Server, crowd: Crowd, count: int) -> tuple[float, float]:
    blobs = [(crowd.worlds[i % OWNERS], f"/v1/blobs/{to_base64url(os.urandom(16))}") for i in range(count)]
    put = rate(vault, [request("PUT", blob, CONTENT, world.as_owner | OCTETS) for world, blob in blobs])
    return put, rate(vault, [request("GET", f"{blob}/content", b"", one.as_owner) for one, blob in blobs])


def _theirs(floor: Server, round_: int, count: int) -> tuple[float, float]:
    paths = [f"/files/{round_}-{number}" for number in range(count)]
    put = rate(floor, [request("PUT", path, CONTENT, OCTETS) for path in paths])
    return put, rate(floor, [request("GET", path, b"", {}) for path in paths])
