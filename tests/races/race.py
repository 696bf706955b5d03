"""Uses and one revocation that all leave at once; and what must then be true of the log and the chain.

The vault is two processes of the service on one database, and a worker. Uses are signed
beforehand and sent by threads over connections of their own; somewhere among them the
owner takes the grant back. Nobody waits for anybody.
"""

import socket
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import httpx2
from planetvault.demo.processes import Child, RunningVault, run_vault, wait_for
from pydantic import SecretStr

from anchor.note import Note
from anchor.records.checkpoint import Checkpoint
from anchor.records.consent import Grant
from anchor.records.signed import Signed
from anchor.records.usage import Receipt, Use
from anchor.tiles import ENTRIES, TILE_WIDTH, TileId, read_bundle, tile_path
from tests.postgres import running_server
from tests.vault.world import Clock, Item, World
from vault.service import now_utc
from vault.settings import Settings

if TYPE_CHECKING:
    from starlette.testclient import TestClient

USES_MAX = 1_000_000
THREADS = 16
SIGNED_AHEAD = 1_000
"""Uses are signed shortly before they leave: a use is good for five minutes."""
PRICE = 1_000
LOGGED_SECONDS = 300


class RealClock(Clock):
    """The time as it passes."""

    def __call__(self) -> datetime:
        return now_utc()


@dataclass(frozen=True)
class Sent:
    """One use: the receipt it got or the code it was refused by, and when it left and came back."""

    receipt: str | None
    code: str | None
    left: float
    back: float


@dataclass(frozen=True)
class Race:
    """What everybody saw, and every entry of the log in its order."""

    sent: list[Sent]
    revoked: Sent
    opened: list[Signed[Receipt]]
    closing: Signed[Receipt]
    entries: list[bytes]
    revocation_entry: bytes
    seconds: float


@contextmanager
def databases(names: Sequence[str], folder: Path) -> Iterator[dict[str, str]]:
    """The URL of an empty database of each kind named, for as long as the block lasts."""
    with ExitStack() as stack:
        urls = {}
        for name in names:
            if name == "postgresql":
                urls[name] = stack.enter_context(stack.enter_context(running_server()).database())
            else:
                urls[name] = f"sqlite:///{folder / 'race.sqlite3'}"
        yield urls


@contextmanager
def two_processes(folder: Path, url: str) -> Iterator[tuple[RunningVault, RunningVault]]:
    """Two processes of one vault."""
    with run_vault(folder, {"PLANETVAULT_DATABASE": url}) as first:
        base, _, port = first.url.rpartition(":")
        second_port = _another_port(int(port))
        arguments = ("serve", "--port", str(second_port))
        child = Child(arguments, first.service.settings, folder / "second.log")
        second = replace(first, url=f"{base}:{second_port}", service=child)
        child.start()
        try:
            wait_for(second)
            yield first, second
        finally:
            child.stop()


def _another_port(taken: int) -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    assert port != taken
    return port


def run(folder: Path, url: str, uses: int) -> Race:
    """Let so many uses race a revocation at a new vault in ``folder``, whose database is at ``url``."""
    assert 0 < uses <= USES_MAX
    with two_processes(folder, url) as vaults, ExitStack() as stack:
        urls = [vault.url for vault in vaults]
        settings = Settings(folder=folder, database=url, operator_token=SecretStr(vaults[0].operator_token))
        http = stack.enter_context(httpx2.Client(base_url=urls[0], timeout=60))
        world = World(cast("TestClient", http), RealClock(), settings)
        grant, item = _meet(world, vaults[0], uses)
        revocation = world.revocation(grant)
        begun = time.monotonic()
        sent, revoked = _race(world, grant, item, uses, urls, revocation.text)
        seconds = time.monotonic() - begun
        assert revoked.receipt is not None, f"the revocation was refused: {revoked.code}"
        opened = [world.receipt(one.receipt) for one in sent if one.receipt]
        closing = world.receipt(revoked.receipt)
        entries = _entries(http, wanted=closing.entry)
        return Race(sent, revoked, opened, closing, entries, revocation.entry, seconds)


def _meet(world: World, vault: RunningVault, uses: int) -> tuple[Signed[Grant], Item]:
    world.open_account()
    world.register_partner()
    world.pair()
    vault.top_up(world.domain, uses * PRICE)
    item = world.write_item()
    return world.granted([item], price=PRICE, budget=uses * PRICE, max_uses=uses), item


def _race(
    world: World, grant: Signed[Grant], item: Item, uses: int, urls: Sequence[str], revocation: str
) -> tuple[list[Sent], Sent]:
    """Send everything; the revocation leaves when half of the uses have."""
    waiting = _signed(world, grant, item, uses)
    taking, half = threading.Lock(), threading.Event()
    left = iter(range(uses))

    def send_uses(url: str) -> list[Sent]:
        with httpx2.Client(base_url=url, timeout=60) as http:
            found = []
            while use := _next(waiting, taking):
                if next(left) == uses // 2:
                    half.set()
                found.append(_send(http, "/v1/uses", content=use.raw))
            return found

    def revoke() -> Sent:
        with httpx2.Client(base_url=urls[-1], timeout=60, headers=world.as_owner) as http:
            half.wait()
            return _send(http, "/v1/revocations", json={"revocation": revocation})

    with ThreadPoolExecutor(THREADS + 1) as threads:
        revoking = threads.submit(revoke)
        sending = [threads.submit(send_uses, urls[i % len(urls)]) for i in range(THREADS)]
        return list(chain.from_iterable(one.result() for one in sending)), revoking.result()


def _signed(world: World, grant: Signed[Grant], item: Item, uses: int) -> Iterator[Signed[Use]]:
    for first in range(0, uses, SIGNED_AHEAD):
        count = min(SIGNED_AHEAD, uses - first)
        yield from [world.use(grant, [item]) for _ in range(count)]


def _next(waiting: Iterator[Signed[Use]], taking: threading.Lock) -> Signed[Use] | None:
    with taking:
        return next(waiting, None)


def _send(http: httpx2.Client, path: str, **body: Any) -> Sent:
    headers = {"content-type": "application/jose"} if "content" in body else {}
    left = time.monotonic()
    answer = http.post(path, headers=headers, **body)
    back, said = time.monotonic(), answer.json()
    return Sent(said.get("receipt"), said.get("code"), left, back)


def _entries(http: httpx2.Client, wanted: bytes) -> list[bytes]:
    """Every entry of the log, once the one that is wanted is among them."""
    deadline = time.monotonic() + LOGGED_SECONDS
    while time.monotonic() < deadline:
        answer = http.get("/log/checkpoint")
        if answer.is_success:
            size = Checkpoint.parse(Note.parse(answer.content).text).size
            entries = [entry for first in range(0, size, TILE_WIDTH) for entry in _bundle(http, first, size)]
            if wanted in entries:
                return entries
        time.sleep(0.5)
    raise TimeoutError("the closing receipt did not come into the log in time")


def _bundle(http: httpx2.Client, first: int, size: int) -> list[bytes]:
    width = min(TILE_WIDTH, size - first)
    path = tile_path(TileId(ENTRIES, first // TILE_WIDTH), width)
    return read_bundle(http.get(f"/log/{path}").raise_for_status().content)


def verify_race(race: Race) -> None:
    """Nothing was opened after the revocation: not by the chain, not by the log, not by the clock.

    Raises:
        AssertionError: naming what was.
    """
    codes = {one.code for one in race.sent if one.receipt is None}
    assert codes <= {"grant-revoked"}, f"refused for another reason: {codes}"
    numbers = sorted(one.record.seq for one in race.opened)
    last = race.closing.record.seq
    assert numbers == list(range(1, last)), "a receipt is missing, doubled, or after the closing one"
    place = {entry: index for index, entry in enumerate(race.entries)}
    assert len(place) == len(race.entries), "an entry is in the log twice"
    revoked_at = place[race.revocation_entry]
    late = [one for one in race.opened if place[one.entry] > revoked_at]
    assert not late, f"{len(late)} receipts are in the log after the revocation"
    assert place[race.closing.entry] > revoked_at, "the chain was closed before the revocation"
    for one in race.sent:
        assert one.receipt is None or one.left < race.revoked.back, "a use that left too late was opened"
        assert one.receipt is not None or one.back > race.revoked.left, "a use was refused too early"
