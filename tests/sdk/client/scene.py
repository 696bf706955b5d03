"""An owner, a partner and a vault, and what they do together before a test begins."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import httpx2
from planetvault.drivers import BlockingDriver
from planetvault.memory import Memory, RamMemory
from planetvault.owner import Owner
from planetvault.owner.consents import ReceivedAsk
from planetvault.partner import Partner
from planetvault.partner.consents import GrantedItem, HeldGrant
from planetvault.steps import Pause, Wanted

from anchor.records.consent import Grant
from anchor.records.signed import Signed
from tests.sdk.client.honest import HonestVault

DOMAIN = "music.example"
PURPOSE = "dpv:ServicePersonalisation"
PRICE = 120_000
ASKED: dict[str, Any] = {
    "clusters": ["music.play/what", "music.play/when"],
    "purposes": [PURPOSE],
    "reason": "To suggest what you may like next.",
    "price": PRICE,
    "max_uses": 100,
    "look_back_days": 400,
    "future_items": True,
}


@dataclass
class Clock:
    """A time that stands still until a test moves it."""

    time: datetime = datetime(2027, 3, 14, 9, 26, 53, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def pass_by(self, **duration: float) -> None:
        self.time += timedelta(**duration)


def plays(*months: str, each: int = 2, name: str = "Song") -> BytesIO:
    """A Spotify export with ``each`` plays in every month, as their extended history writes it."""
    rows = [
        {
            "ts": f"{month}-{day:02d}T10:00:00Z",
            "master_metadata_track_name": f"{name} {month} {day}",
            "master_metadata_album_artist_name": "The Testers",
            "master_metadata_album_album_name": "Fixtures",
            "spotify_track_uri": f"spotify:track:{month.replace('-', '')}{day:016d}",
            "ms_played": 180_000 + day,
            "platform": "android",
            "conn_country": "NZ",
        }
        for month in months
        for day in range(1, each + 1)
    ]
    return BytesIO(json.dumps(rows).encode())


class Hurried(BlockingDriver):
    """A driver that notes how long it should wait, and doesn't."""

    def __init__(self, url: str, memory: Memory, transport: httpx2.BaseTransport) -> None:
        super().__init__(url, memory, transport)
        self.pauses: list[float] = []

    def _do(self, wanted: Wanted, turns: Any) -> Any:
        if isinstance(wanted, Pause):
            self.pauses.append(wanted.seconds)
            return None
        return super()._do(wanted, turns)


@dataclass
class Scene:
    """Everybody, and what they remember."""

    vault: HonestVault
    clock: Clock
    owner: Owner
    partner: Partner
    owners_memory: RamMemory
    partners_memory: RamMemory
    months: tuple[str, ...] = ("2027-01", "2027-02", "2027-03")
    kid: bytes = b""
    given: list[Signed[Grant]] = field(default_factory=list)

    def asked(self, **terms: Any) -> ReceivedAsk:
        """An ask of the partner, as the owner received it."""
        self.kid = self.owner.connect(DOMAIN)
        ask = self.partner.ask(self.kid, **(ASKED | terms))
        return next(one for one in self.owner.asks() if one.hash == ask.hash)

    def granted(self, **terms: Any) -> HeldGrant:
        """A grant for some months of music, as the partner holds it."""
        self.owner.import_export(plays(*self.months))
        self.given.append(self.owner.grant(self.asked(**terms)))
        return next(one for one in self.partner.grants() if one.hash == self.given[-1].hash)

    def used(self, uses: int = 1) -> tuple[HeldGrant, list[GrantedItem]]:
        """A grant that was used a few times."""
        grant = self.granted()
        items = self.partner.items(grant)
        for _ in range(uses):
            self.partner.use(grant, items)
        return grant, items


def scene(kind: Callable[[Callable[[], datetime]], HonestVault] = HonestVault) -> Scene:
    """Everybody has arrived at a vault of this kind."""
    clock = Clock()
    vault = kind(clock)
    owners, partners = RamMemory(), RamMemory()
    owner = Owner.create(vault.url, owners, transport=vault.transport, clock=clock)
    partner = Partner.create(
        DOMAIN, "Music Example", vault.url, partners, transport=vault.transport, clock=clock
    )
    owner._driver = Hurried(vault.url, owners, vault.transport)
    partner._driver = Hurried(vault.url, partners, vault.transport)
    return Scene(vault, clock, owner, partner, owners, partners)
