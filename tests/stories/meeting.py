"""An owner and a partner who meet at a vault: the real one, or the twin that the client's tests talk to.

Both are spoken to by the SDK alone, so what passes here with both says that the twin
keeps the contract that the vault keeps.
"""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
from planetvault.memory import FileMemory
from planetvault.owner import Owner
from planetvault.partner import Partner
from starlette.testclient import TestClient

from tests.sdk.client.honest import HonestVault
from tests.vault.world import OPERATOR, Clock, settings_in
from vault.app import create_app
from vault.worker import Worker

DOMAIN = "music.example"
FUNDS = 100_000_000


class Wire(httpx2.BaseTransport):
    """Between a client and a vault: it may lose answers."""

    def __init__(self, inner: httpx2.BaseTransport) -> None:
        self._inner = inner
        self.losing: Callable[[httpx2.Request], bool] = lambda _: False

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Hand on a request, and perhaps lose what comes back."""
        answer = self._inner.handle_request(request)
        if self.losing(request):
            answer.close()
            raise httpx2.ReadError("the line went dead")
        return answer


@dataclass
class Meeting:
    """Where everybody is, and what makes the vault do its work beside the requests."""

    url: str
    wire: Wire
    clock: Clock
    folder: Path
    top_up: Callable[[str], None]
    work: Callable[[], None]

    def owner(self, name: str) -> Owner:
        memory = FileMemory(self.folder / f"{name}.memory")
        return Owner.create(self.url, memory, transport=self.wire, clock=self.clock)

    def partner(self, domain: str = DOMAIN) -> Partner:
        memory = FileMemory(self.folder / f"{domain}.memory")
        partner = Partner.create(
            domain, "Music Example", self.url, memory, transport=self.wire, clock=self.clock
        )
        self.top_up(domain)
        return partner

    def again(self, name: str) -> Owner:
        """The owner's device, started again a little later."""
        self.clock.pass_by(seconds=2)
        memory = FileMemory(self.folder / f"{name}.memory")
        return Owner.open(self.url, memory, transport=self.wire, clock=self.clock)


@contextmanager
def at_the_twin(folder: Path) -> Iterator[Meeting]:
    clock = Clock()
    twin = HonestVault(clock)
    yield Meeting(twin.url, Wire(twin.transport), clock, folder, lambda _: None, lambda: None)


@contextmanager
def at_the_vault(folder: Path, **changed: object) -> Iterator[Meeting]:
    """``changed`` are settings by name."""
    clock = Clock()
    settings = settings_in(folder, f"sqlite:///{folder / 'vault.sqlite3'}").model_copy(update=changed)
    url = f"http://{settings.origin}"
    with (
        TestClient(create_app(settings, clock), base_url=url) as http,
        closing(Worker.of(settings, clock)) as worker,
    ):

        def top_up(domain: str) -> None:
            body = {"partner": domain, "amount": FUNDS, "reference": "a bank transfer"}
            headers = {"Authorization": f"Bearer {OPERATOR}", "Idempotency-Key": domain}
            http.post("/v1/topups", json=body, headers=headers).raise_for_status()

        def work() -> None:
            failed = [outcome.error for outcome in worker.once() if outcome.error]
            assert not failed, failed

        yield Meeting(url, Wire(http._transport), clock, folder, top_up, work)
