"""Counter-offers: one step, hers to make, the partner's to accept to the letter or to refuse; and pausing."""

from datetime import timedelta
from typing import Any

import pytest

from anchor.encoding import to_base64url
from anchor.records.consent import Ask
from anchor.records.offers import Counter
from anchor.records.signed import Signed
from tests.vault.world import World, settle
from vault.counters.rules import TERMS


def make(world: World, counter: Signed[Counter]) -> Any:
    return world.post("/v1/counters", {"counter": counter.text})


def accepting(world: World, counter: Signed[Counter], **terms: Any) -> Signed[Ask]:
    said = {name: getattr(counter.record, name) for name in TERMS}
    return world.ask(**(said | {"counter": counter.hash} | terms))


def put(world: World, ask: Signed[Ask]) -> Any:
    return world.http.post("/v1/asks", json={"ask": ask.text})


def states(world: World) -> list[str]:
    hers, theirs = world.get("/v1/counters").json(), world.signed("GET", "/v1/counters").json()
    assert hers == theirs
    return [one["state"] for one in hers["data"]]


@pytest.mark.parametrize("to", ["ask", "offer"])
def test_a_counter_offer_is_accepted_by_an_ask_and_granted_at_the_new_price(world: World, to: str) -> None:
    item = world.write_item()
    counter = world.counter(world.put_ask() if to == "ask" else world.publish())
    assert make(world, counter).status_code == 201
    ask = accepting(world, counter)
    assert put(world, ask).status_code == 201
    (listed,) = world.get("/v1/counters").json()["data"]
    assert (listed["state"], listed["ask"]) == ("accepted", to_base64url(ask.hash))
    grant = world.grant(ask, price=240_000, expires=world.clock() + timedelta(days=45))
    assert world.give(grant, [item]).status_code == 201
    receipt = world.receipt(world.send(world.use(grant, [item])).json()["receipt"])
    assert receipt.record.price == 240_000
    world.verify_books()


def test_an_ask_with_other_terms_accepts_nothing(world: World) -> None:
    counter = world.counter(world.put_ask())
    make(world, counter)
    for terms in ({"price": 1}, {"duration_days": 90}, {"max_uses": 99}):
        answer = put(world, accepting(world, counter, **terms))
        assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert states(world) == ["open"]


def test_an_acceptance_sent_twice_is_one(world: World) -> None:
    counter = world.counter(world.put_ask())
    make(world, counter)
    ask = accepting(world, counter)
    assert [put(world, ask).status_code for _ in range(2)] == [201, 201]
    assert put(world, accepting(world, counter)).status_code == 409


def test_a_partner_refuses_without_a_reason_and_cannot_accept_any_more(world: World) -> None:
    counter = world.counter(world.put_ask())
    make(world, counter)
    path = f"/v1/counters/{to_base64url(counter.hash)}/refusal"
    assert [world.signed("POST", path).status_code for _ in range(2)] == [204, 204]
    assert states(world) == ["refused"]
    assert put(world, accepting(world, counter)).status_code == 409


def test_there_is_one_step(world: World) -> None:
    ask = world.put_ask()
    counter = world.counter(ask)
    assert [make(world, counter).status_code for _ in range(2)] == [201, 201]
    assert make(world, world.counter(ask, price=1)).status_code == 409


def test_the_ask_stays_open_beside_a_counter_offer(world: World) -> None:
    ask = world.put_ask()
    make(world, world.counter(ask))
    assert world.give(world.grant(ask)).status_code == 201


WIDER: list[dict[str, Any]] = [
    {"clusters": ("music.play/what", "music.play/when")},
    {"purposes": ("dpv:Marketing",)},
    {"max_uses": 101},
    {"look_back_days": 366},
    {"duration_days": 91},
    {"retention_days": 31},
    {"currency": "EUR"},
]


@pytest.mark.parametrize("terms", WIDER, ids=[next(iter(one)) for one in WIDER])
def test_a_counter_offer_wants_no_more_than_was_asked_for(world: World, terms: dict[str, Any]) -> None:
    answer = make(world, world.counter(world.put_ask(), **terms))
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


def test_an_expired_counter_offer_is_not_accepted(world: World) -> None:
    counter = world.counter(world.put_ask())
    make(world, counter)
    world.clock.pass_by(days=3)
    world.log_in()
    assert states(world) == ["expired"]
    assert put(world, accepting(world, counter)).status_code == 409


def test_others_neither_make_nor_see_nor_answer_it(world: World) -> None:
    counter = world.counter(world.put_ask())
    other = settle(world.newcomer())
    assert make(other, counter).status_code == 403
    make(world, counter)
    assert states(other) == []
    path = f"/v1/counters/{to_base64url(counter.hash)}/refusal"
    assert other.signed("POST", path).status_code == 404
    assert put(other, accepting(other, counter)).status_code == 404


# ── pausing ──────────────────────────────────────────────────────────────────────────────


def pause(world: World, *, paused: bool) -> None:
    answer = world.http.put("/v1/account/pause", json={"paused": paused}, headers=world.as_owner)
    assert answer.status_code == 204
    assert world.get("/v1/account").json()["paused"] is paused


def test_a_pause_refuses_every_use_and_charges_nothing_and_its_end_allows_them_again(world: World) -> None:
    item = world.write_item()
    grant = world.granted([item])
    world.send(world.use(grant, [item])).raise_for_status()
    pause(world, paused=True)
    refused = world.send(world.use(grant, [item]))
    assert (refused.status_code, refused.json()["code"]) == (403, "owner-paused")
    assert world.get("/v1/grants").json()["data"][0]["state"] == "standing"
    assert world.get("/v1/refusals").json()["data"][0]["code"] == "owner-paused"
    pause(world, paused=False)
    assert world.send(world.use(grant, [item])).status_code == 200
    world.verify_books()


def test_a_use_answered_before_a_pause_is_not_opened_again_in_it(world: World) -> None:
    item = world.write_item()
    use = world.use(world.granted([item]), [item])
    first = world.send(use).json()
    pause(world, paused=True)
    again = world.send(use).json()
    assert (again["receipt"], again["keys"], again["items"]) == (first["receipt"], [], [])


def test_a_partner_sees_the_revocation_that_closed_a_chain(world: World) -> None:
    grant = world.granted([world.write_item()])
    revocation = world.revocation(grant)
    world.post("/v1/revocations", {"revocation": revocation.text}).raise_for_status()
    path = f"/v1/grants/{to_base64url(grant.hash)}/receipts"
    (closing,) = world.signed("GET", path).json()["data"]
    assert (closing["use"], closing["revocation"]) == (None, revocation.text)
