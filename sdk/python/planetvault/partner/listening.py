"""Where a partner's server listens for what happens at the vault, and what arrived there."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from secrets import token_bytes

from anchor.encoding import to_base64url
from planetvault.answers import Fields
from planetvault.http import exchange, get, listed, send
from planetvault.partner.rewards import PartnerRewards
from planetvault.steps import Keep, Request, Steps

ID_BYTES = 16
SMALL_BYTES_MAX = 1 << 20


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A URL of this partner that events are sent to; no ``kinds`` means all of them.

    ``secret`` is what ``verify_webhook`` wants, and is there when the endpoint was just put; micros in
    ``low_balance``. ``failing`` is since when nothing arrived; after five days the vault disables it.
    """

    id: bytes
    url: str
    kinds: tuple[str, ...]
    low_balance: int
    generation: int
    state: str
    failing: str | None
    secret: str = field(default="", repr=False)

    @property
    def path(self) -> str:
        """Where the vault keeps it."""
        return f"/v1/webhooks/{to_base64url(self.id)}"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way: ``pending``, ``delivered`` or ``dead``, with the newest answer or error."""

    event: str
    kind: str
    state: str
    attempts: int
    status: int | None
    error: str
    next: str | None


class PartnerListening(PartnerRewards):
    """Endpoints, and what was sent to them."""

    def listen(
        self, url: str, kinds: Iterable[str] = (), *, low_balance: int = 0, new_secret: bool = False
    ) -> Steps[Endpoint]:
        """Have events sent to ``url``; called again, it changes or enables the endpoint.

        The endpoint returned has its secret. ``kinds`` are of docs/spec/webhook.md; none means all. With
        ``low_balance``, ``balance.low`` comes when the funding falls below so many micros. ``new_secret``
        replaces the secret; the old one signs for a day yet.
        """
        yield from self.settle_keys()
        name = self.memory.get(_remembered(url)) or token_bytes(ID_BYTES)
        yield Keep({_remembered(url): name})
        last = next((one.generation for one in (yield from self.endpoints()) if one.id == name), 0)
        body = {
            "url": url,
            "kinds": sorted(set(kinds)),
            "low_balance": low_balance,
            "generation": last + 1 if new_secret or not last else last,
        }
        path = f"/v1/webhooks/{to_base64url(name)}"
        return _endpoint((yield from send("PUT", path, body, who=self.credential)))

    def endpoints(self) -> Steps[list[Endpoint]]:
        """Where this partner listens, and how each endpoint does."""
        yield from self.settle_keys()
        answer = yield from get("/v1/webhooks", who=self.credential)
        return [_endpoint(row) for row in answer.objects("data")]

    def stop_listening(self, endpoint: Endpoint) -> Steps[None]:
        """Have nothing sent there any more."""
        yield from self.settle_keys()
        yield from exchange(Request("DELETE", endpoint.path, most=SMALL_BYTES_MAX), self.credential)
        yield Keep({_remembered(endpoint.url): None})

    def ping(self, endpoint: Endpoint) -> Steps[str]:
        """Have an event sent that says nothing; its name."""
        yield from self.settle_keys()
        answer = yield from send("POST", f"{endpoint.path}/pings", {}, who=self.credential)
        return answer.text("event")

    def send_again(
        self, endpoint: Endpoint, event: str | None = None, *, since: datetime | None = None
    ) -> Steps[int]:
        """Have one event, or all ``since`` a time, sent again; how many. The vault keeps them for 30 days."""
        yield from self.settle_keys()
        body = {"event": event} if event is not None else {"since": int(since.timestamp()) if since else 0}
        answer = yield from send("POST", f"{endpoint.path}/replays", body, who=self.credential)
        return answer.integer("events")

    def deliveries(self, endpoint: Endpoint) -> Steps[list[Delivery]]:
        """What was sent to an endpoint and what came of it, oldest first."""
        yield from self.settle_keys()
        rows = yield from listed(f"{endpoint.path}/deliveries", who=self.credential)
        return [_delivery(row) for row in rows]


def _remembered(url: str) -> str:
    return f"webhook/{url}"


def _endpoint(row: Fields) -> Endpoint:
    return Endpoint(
        id=row.identifier("webhook"),
        url=row.text("url"),
        kinds=tuple(row.texts("kinds")),
        low_balance=row.integer("low_balance"),
        generation=row.integer("generation"),
        state=row.text("state"),
        failing=row.maybe_text("failing"),
        secret=row.text_or("secret", ""),
    )


def _delivery(row: Fields) -> Delivery:
    return Delivery(
        event=row.text("event"),
        kind=row.text("type"),
        state=row.text("state"),
        attempts=row.integer("attempts"),
        status=row.maybe_integer("status"),
        error=row.text("error"),
        next=row.maybe_text("next"),
    )
