"""A vault with people in it: owners who each granted something to one partner, and uses signed in advance.

Everybody arrives over HTTP, as in ``tests/vault/world.py``; only the clock is the real one, so
that the same folder can then be served by a process of its own.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path

from starlette.testclient import TestClient

from anchor.keys import SigningKey
from anchor.records.consent import Grant
from anchor.records.signed import Signed
from anchor.records.usage import Use
from tests.vault.world import Clock, Item, World, settings_in
from vault.app import create_app
from vault.service import now_utc
from vault.settings import Settings

OWNERS = 32
FUNDS = 10**15
TERMS = {"price": 1_000, "budget": 10**13, "max_uses": 10**9}


class RealClock(Clock):
    """The time as it passes."""

    def __call__(self) -> datetime:
        return now_utc()


@dataclass(frozen=True)
class Crowd:
    """The owners of one vault, and for each the grant and the item that the partner may use."""

    settings: Settings
    worlds: list[World]
    grants: list[tuple[World, Signed[Grant], Item]]

    @property
    def domain(self) -> str:
        """The partner's."""
        return self.worlds[0].domain

    @property
    def key(self) -> SigningKey:
        """The key that the partner signs with."""
        return self.worlds[0].partner

    def uses(self, count: int) -> list[Signed[Use]]:
        """New uses, signed now, of one item each: owner after owner."""
        now = datetime.now(UTC).replace(microsecond=0)
        return [
            world.use(grant, [item], time=now) for world, grant, item in islice(cycle(self.grants), count)
        ]


@contextmanager
def crowd_in(folder: Path, url: str, owners: int = OWNERS) -> Iterator[Crowd]:
    """A vault in this folder with that many owners. Its own process has ended when the block begins."""
    settings = settings_in(folder, url)
    with TestClient(create_app(settings), base_url=f"http://{settings.origin}") as http:
        first = World(http, RealClock(), settings)
        first.register_partner()
        first.top_up(FUNDS).raise_for_status()
        worlds = [
            World(http, first.clock, settings, partner=first.partner, sealing_key=first.sealing_key)
            for _ in range(owners)
        ]
        grants = [(world, *_granted(world)) for world in worlds]
    yield Crowd(settings, worlds, grants)


def _granted(world: World) -> tuple[Signed[Grant], Item]:
    world.open_account()
    world.pair()
    item = world.write_item()
    return world.granted([item], **TERMS), item
