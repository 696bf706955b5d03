"""The real vault on a database of its own, with somebody in front of it who may lie.

Clients talk to a ``Between``: it hands every request to the vault and every answer back,
and a test may change either. What the vault stores can be changed in its database file, and
the file can be copied, which is how a vault rolls back and how it forks.
"""

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx2
from planetvault.memory import RamMemory
from planetvault.owner import Owner
from planetvault.owner.consents import ReceivedAsk
from planetvault.partner import Partner
from planetvault.partner.consents import HeldGrant
from starlette.testclient import TestClient

from anchor.encoding import to_base64url
from tests.sdk.client.scene import ASKED, DOMAIN, Clock, plays
from tests.vault.world import OPERATOR, settings_in
from vault.app import create_app
from vault.settings import Settings

Change = Callable[[Any], Any]
FUNDS = 100_000_000


class Ticking(Clock):
    """A time that moves on by a second whenever somebody looks."""

    def __call__(self) -> datetime:
        self.pass_by(seconds=1)
        return self.time


class Between(httpx2.BaseTransport):
    """Stands between a client and the vault. ``lies`` change answers, by the path they answer."""

    def __init__(self, vault: TestClient) -> None:
        self.vault = vault
        self.lies: dict[str, Change] = {}
        self.requests: list[httpx2.Request] = []
        self.answers: list[tuple[str, bytes]] = []
        self.rewrite: Callable[[str, bytes], bytes] | None = None

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        request.read()
        self.requests.append(request)
        answer = self.vault.request(
            request.method, request.url, content=request.content or None, headers=_sent(request)
        )
        body = self._changed(request.url.path, answer)
        self.answers.append((request.url.path, body))
        kept = {"content-type": answer.headers.get("content-type", "")}
        return httpx2.Response(answer.status_code, content=body, headers=kept, request=request)

    def _changed(self, path: str, answer: httpx2.Response) -> bytes:
        body = answer.content
        lie = next((self.lies[prefix] for prefix in self.lies if path.startswith(prefix)), None)
        if lie is not None and answer.is_success:
            body = json.dumps(lie(json.loads(body))).encode()
        return self.rewrite(path, body) if self.rewrite else body


def _sent(request: httpx2.Request) -> dict[str, str]:
    return {name: value for name, value in request.headers.items() if name not in {"host", "content-length"}}


@dataclass
class Town:
    """A vault, an owner with one device, a partner, and what each remembers."""

    folder: Path
    settings: Settings
    between: Between
    clock: Ticking
    stack: ExitStack
    memory: RamMemory = field(default_factory=RamMemory)
    partners_memory: RamMemory = field(default_factory=RamMemory)
    owner: Owner = field(init=False)
    partner: Partner = field(init=False)

    @property
    def url(self) -> str:
        return f"https://{self.settings.origin}"

    @property
    def file(self) -> Path:
        return self.folder / "vault.sqlite3"

    def arrive(self) -> None:
        """The owner makes her account, the partner its entry, and the operator books its money."""
        self.owner = Owner.create(self.url, self.memory, transport=self.between, clock=self.clock)
        self.partner = Partner.create(
            DOMAIN, "Music Example", self.url, self.partners_memory, transport=self.between, clock=self.clock
        )
        self.between.vault.post(
            "/v1/topups",
            json={"partner": DOMAIN, "amount": FUNDS, "reference": "first"},
            headers={"Authorization": f"Bearer {OPERATOR}", "Idempotency-Key": "first"},
        ).raise_for_status()

    def reopened(self, memory: RamMemory | None = None) -> Owner:
        """The owner's device, started again: it knows what its memory holds, and no more."""
        return Owner.open(self.url, memory or self.memory, transport=self.between, clock=self.clock)

    def asked(self, **terms: Any) -> ReceivedAsk:
        """An ask of the partner, as the owner received it."""
        ask = self.partner.ask(self.owner.connect(DOMAIN), **(ASKED | terms))
        return next(one for one in self.owner.asks() if one.hash == ask.hash)

    def granted(self, *months: str) -> HeldGrant:
        """A grant for some months of music, as the partner holds it."""
        self.owner.import_export(plays(*(months or ("2027-01", "2027-02"))))
        signed = self.owner.grant(self.asked())
        return next(one for one in self.partner.grants() if one.hash == signed.hash)

    def used(self, uses: int = 1) -> HeldGrant:
        """A grant that was used a few times."""
        grant = self.granted()
        items = self.partner.items(grant)
        for _ in range(uses):
            self.partner.use(grant, items)
        return grant

    def sql(self, statement: str, *values: Any) -> list[Any]:
        """What the operator of a vault can always do to its database."""
        with closing(sqlite3.connect(self.file)) as database, database:
            return database.execute(statement, values).fetchall()

    def snapshot(self, name: str) -> Path:
        """A copy of the database as it is now."""
        copy = self.folder / name
        with closing(sqlite3.connect(self.file)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
        return copy

    def another_vault(self, database: Path) -> Between:
        """The same vault, keys and all, on another copy of its database."""
        settings = self.settings.model_copy(update={"database": f"sqlite:///{database}"})
        app = create_app(settings, self.clock)
        return Between(self.stack.enter_context(TestClient(app, base_url=self.url)))


@contextmanager
def town(folder: Path, origin: str = "vault.localhost") -> Iterator[Town]:
    """A town where everybody has arrived."""
    folder.mkdir(parents=True, exist_ok=True)
    settings, clock = settings_in(folder, f"sqlite:///{folder / 'vault.sqlite3'}"), Ticking()
    settings = settings.model_copy(update={"origin": origin})
    with ExitStack() as stack:
        http = stack.enter_context(
            TestClient(
                create_app(settings, clock),
                base_url=f"https://{settings.origin}",
                raise_server_exceptions=False,
            )
        )
        one = Town(folder, settings, Between(http), clock, stack)
        one.arrive()
        yield one


def copied(file: Path, to: Path) -> Path:
    """A copy of a file that nobody writes to."""
    return Path(shutil.copy(file, to))


def b64(octets: bytes) -> str:
    """As bytes go over the wire."""
    return to_base64url(octets)
