"""Webhooks: written with what they tell, signed, carried to the partner, tried again, given up."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from planetvault.errors import WebhookForged
from planetvault.webhooks import WebhookEvent, verify_webhook

from anchor.encoding import to_base64url
from tests.vault.outflow import decide, earn, offer_reward, put_dispute, redemption, work
from tests.vault.world import World, settle
from vault.db import writing
from vault.egress import Egress, NoAnswer, Received
from vault.sweep import sweep
from vault.webhooks import rules
from vault.webhooks.courier import CLAIM_SECONDS, Courier, announce_receipts
from vault.webhooks.deliveries import EACH_MAX, Deliveries
from vault.worker import Worker

URL = "https://music.example/in"
DEAR = {"price": 10**9, "budget": 10**11}
on_sqlite_alone = pytest.mark.parametrize("vault_url", ["sqlite"], indirect=True)
"""For what no statement decides."""


@dataclass
class Listener:
    """A partner's server, as the courier reaches it: what came, and what it answers."""

    world: World
    secret: str = ""
    name: bytes = field(default_factory=lambda: os.urandom(16))
    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    came: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    @property
    def path(self) -> str:
        return f"/v1/webhooks/{to_base64url(self.name)}"

    def put(self, **terms: Any) -> Any:
        answer = self.signed("PUT", self.path, {"url": URL} | terms)
        if answer.status_code == 200:
            self.secret = answer.json()["secret"]
        return answer

    def signed(self, method: str, target: str, body: dict[str, Any] | None = None) -> Any:
        raw = None if body is None else json.dumps(body).encode()
        return self.world.signed(method, target, raw)

    def deliveries(self) -> list[dict[str, Any]]:
        listed: list[dict[str, Any]] = self.signed("GET", f"{self.path}/deliveries").json()["data"]
        return listed

    def event(self, place: int = -1) -> WebhookEvent:
        """What came, verified as a partner would."""
        _, headers, body = self.came[place]
        return verify_webhook(body, headers, self.secret, now=self.world.clock())

    def courier(self) -> Courier:
        listener = self

        class Way(Egress):
            """The twin of the way out: it leads here."""

            def send(
                self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"", **_: Any
            ) -> Received:
                assert method == "POST"
                listener.came.append((url, dict(headers), body))
                if listener.status == 0:
                    raise NoAnswer("nobody is there")
                return Received(listener.status, listener.headers, b"")

        return Courier(Way(), self.world.service.secrets.webhooks, "live", self.world.clock)

    def deliver(self) -> dict[str, int]:
        with self.world.database() as connection:
            return self.courier().deliver(connection)


@pytest.fixture
def listener(world: World) -> Listener:
    listening = Listener(world)
    assert listening.put().status_code == 200
    return listening


def test_a_denial_is_told_to_the_partner_that_asked(world: World, listener: Listener) -> None:
    ask = world.put_ask()
    world.deny(ask)
    assert listener.deliver() == {"arrived": 1, "failed": 0}
    event = listener.event()
    assert (event.kind, event.data, event.mode) == ("ask.denied", {"ask": to_base64url(ask.hash)}, "live")
    assert event.time == world.clock()
    assert listener.deliver() == {}


@on_sqlite_alone
def test_what_is_denied_twice_is_told_once(world: World, listener: Listener) -> None:
    ask = world.put_ask()
    world.deny(ask)
    world.deny(ask)
    assert listener.deliver() == {"arrived": 1, "failed": 0}


def test_a_grants_life_is_told_from_end_to_end(world: World, listener: Listener) -> None:
    grant = world.granted([])
    later = world.grant(
        None, id=grant.record.id, version=2, prev=grant.hash, ask=grant.record.ask, max_uses=50
    )
    assert world.give(later).status_code == 201
    receipt = world.receipt(world.revoke(later).json()["receipt"])
    assert listener.deliver()["arrived"] == 3
    told = [listener.event(i) for i in range(3)]
    by_kind = {event.kind: event.data for event in told}
    assert set(by_kind) == {"ask.granted", "grant.given", "grant.revoked"}
    assert by_kind["ask.granted"]["grant"] == to_base64url(grant.hash)
    assert by_kind["grant.given"]["prev"] == to_base64url(grant.hash)
    assert by_kind["grant.revoked"] == {
        "grant": to_base64url(later.hash),
        "receipt": to_base64url(receipt.hash),
    }


def test_a_grant_whose_time_is_over_is_told(world: World, listener: Listener) -> None:
    grant = world.granted([])
    listener.deliver()
    world.clock.pass_by(days=91)
    with world.database() as connection:
        sweep(connection, int(world.clock().timestamp()))
    listener.deliver()
    assert listener.event().kind == "grant.expired"
    assert listener.event().data == {"grant": to_base64url(grant.hash)}


def test_what_was_undone_is_not_told(world: World, listener: Listener) -> None:
    """The event goes with what it tells: a grant the partner can't pay leaves neither."""
    assert world.give(world.grant(world.put_ask(**DEAR), **DEAR)).status_code == 402
    assert listener.deliver() == {}


def test_receipts_are_told_together_once_they_are_committed(world: World, listener: Listener) -> None:
    item = world.write_item()
    grant = world.granted([item])
    listener.deliver()
    for _ in range(3):
        world.send(world.use(grant, [item])).raise_for_status()
    worker = Worker.of(world.settings, world.clock)
    worker.duties.sequence()
    assert worker.duties.announce() == {"receipts": 3}
    assert worker.duties.announce() == {}
    worker.close()
    listener.deliver()
    (event,) = [e for e in map(listener.event, range(len(listener.came))) if e.kind == "receipts.committed"]
    assert event.data["grants"] == [{"grant": to_base64url(grant.hash), "first": 1, "last": 3}]
    with world.database() as connection, writing(connection) as transaction:
        assert announce_receipts(transaction, event.data["size"], 0) == 0


def test_a_balance_that_falls_below_the_line_is_told_once(world: World, listener: Listener) -> None:
    listener.put(low_balance=90_000_000, kinds=["balance.low"])
    world.granted([])  # 88,000,000 are left of 100,000,000
    world.granted([])
    listener.deliver()
    (came,) = listener.came
    assert listener.event().data == {"funding": 88_000_000}
    assert b"balance.low" in came[2]


@on_sqlite_alone
def test_an_endpoint_hears_what_it_listens_for_and_nothing_else(world: World, listener: Listener) -> None:
    listener.put(kinds=["ask.granted", "grant.revoked"])
    world.deny(world.put_ask())
    world.granted([])
    listener.deliver()
    assert [json.loads(body)["type"] for _, _, body in listener.came] == ["ask.granted"]


@on_sqlite_alone
@pytest.mark.usefixtures("listener")
def test_each_partner_hears_of_its_own(world: World) -> None:
    other = settle(world.newcomer())
    theirs = Listener(other)
    theirs.put()
    world.deny(world.put_ask())
    assert theirs.deliver() == {"arrived": 1, "failed": 0}  # one way out for all; it is signed for the other
    with pytest.raises(WebhookForged):
        theirs.event()
    assert kinds(world) == ["topup.booked", "ask.denied"]
    assert kinds(other) == ["topup.booked"]


def kinds(world: World) -> list[str]:
    """What happened to the partner, as the vault tells it."""
    return [event["type"] for event in world.signed("GET", "/v1/events").json()["data"]]


@on_sqlite_alone
def test_money_that_came_in_is_told_once(world: World) -> None:
    world.top_up(5_000, key="again").raise_for_status()
    world.top_up(5_000, key="again").raise_for_status()
    told = [e for e in world.signed("GET", "/v1/events").json()["data"] if e["type"] == "topup.booked"]
    assert told[-1]["data"] == {"amount": 5_000, "funding": 100_005_000}
    assert len(told) == 2  # with the money it came with


@on_sqlite_alone
def test_a_dispute_and_its_end_are_told(world: World) -> None:
    (receipt,) = earn(world)
    for _ in range(2):
        put_dispute(world, receipt.hash).raise_for_status()
    for _ in range(2):
        decide(world, receipt.hash, 0).raise_for_status()
    assert kinds(world)[-2:] == ["dispute.opened", "dispute.decided"]


@on_sqlite_alone
def test_a_reward_that_was_taken_is_told(world: World) -> None:
    world.clock.pass_by(days=20)
    world.log_in()
    earn(world, 2)
    work(world)
    body = {"redemption": redemption(world, offer_reward(world)).text}
    for _ in range(2):
        world.post("/v1/redemptions", body).raise_for_status()
    assert kinds(world).count("reward.redeemed") == 1


# ── trying again ─────────────────────────────────────────────────────────────────────────


@on_sqlite_alone
@pytest.mark.parametrize("status", [0, 301, 400, 500, 503])
def test_what_did_not_arrive_is_tried_again_under_the_same_name(
    world: World, listener: Listener, status: int
) -> None:
    listener.status = status
    world.deny(world.put_ask())
    assert listener.deliver() == {"arrived": 0, "failed": 1}
    assert listener.deliver() == {}
    listener.status = 200
    world.clock.pass_by(seconds=7)
    assert listener.deliver() == {"arrived": 1, "failed": 0}
    first, second = (headers["webhook-id"] for _, headers, _ in listener.came)
    assert first == second
    (delivery,) = listener.deliveries()
    assert (delivery["state"], delivery["attempts"], delivery["status"]) == ("delivered", 2, 200)


@on_sqlite_alone
def test_after_ten_tries_a_delivery_is_dead(world: World, listener: Listener) -> None:
    listener.status = 500
    world.deny(world.put_ask())
    tries = 0
    while listener.deliver():
        tries += 1
        listener.signed("GET", "/v1/events")
        world.clock.pass_by(seconds=1.2 * rules.PAUSES[min(tries, len(rules.PAUSES)) - 1] + 1)
    (delivery,) = listener.deliveries()
    assert (tries, delivery["state"], delivery["next"]) == (10, "dead", None)
    assert delivery["attempts"] == 10


@on_sqlite_alone
def test_a_partner_that_asks_for_a_pause_gets_it(world: World, listener: Listener) -> None:
    listener.status, listener.headers = 429, {"retry-after": "3600"}
    world.deny(world.put_ask())
    listener.deliver()
    world.clock.pass_by(minutes=59)
    assert listener.deliver() == {}
    world.clock.pass_by(minutes=1)
    assert listener.deliver()["failed"] == 1


def test_an_endpoint_that_is_gone_is_asked_no_more_until_it_is_put_again(
    world: World, listener: Listener
) -> None:
    listener.status = 410
    world.deny(world.put_ask())
    listener.deliver()
    (endpoint,) = listener.signed("GET", "/v1/webhooks").json()["data"]
    assert endpoint["state"] == "disabled"
    world.deny(world.put_ask())
    assert listener.deliver() == {}
    assert listener.signed("POST", f"{listener.path}/pings", {}).status_code == 409
    listener.status = 204
    listener.put()
    assert listener.signed("POST", f"{listener.path}/replays", {"since": 0}).json() == {"events": 3}
    assert listener.deliver()["arrived"] == 3


@on_sqlite_alone
def test_an_endpoint_that_takes_nothing_for_five_days_is_disabled(world: World, listener: Listener) -> None:
    listener.status = 500
    for _ in range(30):
        listener.signed("POST", f"{listener.path}/pings", {})
        listener.deliver()
        world.clock.pass_by(hours=5)
    (endpoint,) = listener.signed("GET", "/v1/webhooks").json()["data"]
    assert endpoint["state"] == "disabled"
    assert {one["state"] for one in listener.deliveries()} <= {"dead"}


def test_a_worker_that_died_with_a_delivery_in_hand_leaves_it_to_the_next(
    world: World, listener: Listener
) -> None:
    world.deny(world.put_ask())
    now = int(world.clock().timestamp())
    with world.database() as connection, writing(connection) as transaction:
        (due,) = Deliveries(transaction).due(now, 10)
        assert Deliveries(transaction).claim(due, now + CLAIM_SECONDS)
        assert not Deliveries(transaction).claim(due, now + CLAIM_SECONDS)
    assert listener.deliver() == {}
    world.clock.pass_by(seconds=CLAIM_SECONDS)
    assert listener.deliver()["arrived"] == 1


def test_one_partner_does_not_fill_a_round(listener: Listener) -> None:
    for _ in range(EACH_MAX + 2):
        listener.signed("POST", f"{listener.path}/pings", {})
    listener.status = 500
    assert listener.deliver()["failed"] == EACH_MAX
    assert listener.deliver()["failed"] == 1  # now that it is known to fail


# ── secrets ──────────────────────────────────────────────────────────────────────────────


@on_sqlite_alone
def test_two_secrets_sign_for_a_day_and_then_the_newer_alone(world: World, listener: Listener) -> None:
    old = listener.secret
    assert listener.put(generation=2).json()["secret"] != old
    for secret, hours, good in ((old, 23, True), (listener.secret, 1, True), (old, 0, False)):
        world.clock.pass_by(hours=hours)
        listener.signed("POST", f"{listener.path}/pings", {})
        listener.deliver()
        _, headers, body = listener.came[-1]
        if good:
            assert verify_webhook(body, headers, secret, now=world.clock()).kind == "webhook.ping"
        else:
            with pytest.raises(WebhookForged):
                verify_webhook(body, headers, secret, now=world.clock())


@on_sqlite_alone
def test_the_secret_is_shown_again_to_who_puts_the_same_and_is_in_no_table(
    world: World, listener: Listener
) -> None:
    secret = listener.secret
    assert listener.put().json()["secret"] == secret
    assert "secret" not in listener.signed("GET", "/v1/webhooks").json()["data"][0]
    with world.database() as connection:
        rows = connection.all("SELECT * FROM webhooks")
        connection.rollback()
    assert secret.removeprefix("whsec_").rstrip("=") not in str(rows)


@on_sqlite_alone
@pytest.mark.parametrize("generation", [0, 3, 7])
def test_a_secret_follows_the_one_before(listener: Listener, generation: int) -> None:
    assert listener.put(generation=generation).status_code in {400, 409}


# ── what is refused ──────────────────────────────────────────────────────────────────────

WRONG: dict[str, dict[str, Any]] = {
    "not https": {"url": "http://music.example/"},
    "a mail server": {"url": "https://music.example:25/"},
    "with a user": {"url": "https://a:b@music.example/"},
    "too long": {"url": "https://music.example/" + "a" * 500},
    "no such event": {"kinds": ["everything"]},
    "a negative line": {"low_balance": -1},
    "more": {"more": 1},
}


@on_sqlite_alone
@pytest.mark.parametrize("terms", WRONG.values(), ids=WRONG)
def test_an_endpoint_that_can_not_be_is_refused(listener: Listener, terms: dict[str, Any]) -> None:
    assert listener.put(**terms).status_code == 400


@on_sqlite_alone
def test_a_partner_has_ten_endpoints(listener: Listener) -> None:
    others = [Listener(listener.world).put().status_code for _ in range(10)]
    assert others == [200] * 9 + [409]


REPLAYS: dict[str, tuple[Callable[[str], dict[str, Any]], int]] = {
    "one": (lambda event: {"event": event}, 201),
    "both": (lambda event: {"event": event, "since": 0}, 400),
    "neither": (lambda _: {}, 400),
    "no name": (lambda _: {"event": "evt_!"}, 400),
    "another's": (lambda _: {"event": "evt_" + to_base64url(bytes(16))}, 404),
}


@on_sqlite_alone
@pytest.mark.parametrize(("body", "status"), REPLAYS.values(), ids=REPLAYS)
def test_an_event_is_sent_again_by_its_name(
    world: World, listener: Listener, body: Callable[[str], dict[str, Any]], status: int
) -> None:
    world.deny(world.put_ask())
    (_, event) = listener.signed("GET", "/v1/events").json()["data"]
    listener.deliver()
    answer = listener.signed("POST", f"{listener.path}/replays", body(event["event"]))
    assert answer.status_code == status
    if status == 201:
        listener.deliver()
        assert [headers["webhook-id"] for _, headers, _ in listener.came] == [event["event"]] * 2


def test_after_thirty_days_events_are_forgotten(world: World, listener: Listener) -> None:
    world.deny(world.put_ask())
    listener.deliver()
    world.clock.pass_by(days=timedelta(seconds=rules.KEPT_SECONDS).days)
    with world.database() as connection:
        swept = sweep(connection, int(world.clock().timestamp()))
    assert (swept["events"], swept["deliveries"]) == (2, 1)


@on_sqlite_alone
def test_who_listens_no_more_hears_nothing_more(world: World, listener: Listener) -> None:
    world.deny(world.put_ask())
    assert listener.signed("DELETE", listener.path).status_code == 204
    assert listener.deliver() == {}
    assert listener.signed("GET", "/v1/webhooks").json() == {"data": []}


@on_sqlite_alone
def test_who_takes_a_name_that_was_given_up_does_not_get_its_secret(world: World, listener: Listener) -> None:
    assert listener.signed("DELETE", listener.path).status_code == 204
    other = Listener(settle(world.newcomer()), name=listener.name)
    assert other.put().status_code == 200
    assert other.secret != listener.secret
