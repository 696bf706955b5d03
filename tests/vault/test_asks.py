"""Asks: put by a partner's own signature to an owner it knows, and answered once."""

import os
from datetime import timedelta
from typing import Any

import pytest

from anchor.encoding import to_base64url
from anchor.keys import SigningKey
from anchor.records.consent import Denial
from anchor.records.signed import sign
from tests.vault.world import World, settle
from vault.asks.api import OPEN_MAX


def put(world: World, **terms: Any) -> Any:
    return world.http.post("/v1/asks", json={"ask": world.ask(**terms).text})


def state(world: World, name: bytes) -> Any:
    return world.signed("GET", f"/v1/asks/{to_base64url(name)}").json()


def test_an_ask_reaches_its_owner_with_who_asks(world: World) -> None:
    ask = world.put_ask()
    (listed,) = world.get("/v1/asks").json()["data"]
    assert (listed["ask"], listed["hash"], listed["state"]) == (ask.text, to_base64url(ask.hash), "open")
    assert listed["partner"] == world.http.get(f"/v1/partners/{world.domain}").json()["entries"]


def test_an_ask_put_twice_is_one_ask(world: World) -> None:
    ask = world.put_ask()
    again = world.http.post("/v1/asks", json={"ask": ask.text})
    assert again.json() == {"hash": to_base64url(ask.hash)}
    assert len(world.get("/v1/asks").json()["data"]) == 1


@pytest.mark.parametrize(
    "terms",
    [{"vault": "other.example"}, {"partner": "other.example"}, {"currency": "EUR"}],
    ids=["other vault", "other partner", "other currency"],
)
def test_an_ask_that_is_not_for_here_is_refused(world: World, terms: dict[str, Any]) -> None:
    answer = put(world, **terms)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


def test_an_ask_that_has_expired_is_refused(world: World) -> None:
    assert put(world, expires=world.clock()).status_code == 400


def test_an_ask_to_an_owner_the_partner_does_not_know_is_refused(world: World) -> None:
    other = settle(world.newcomer())
    for owner in (os.urandom(32), other.pairwise.kid):
        answer = put(world, owner=owner)
        assert (answer.status_code, answer.json()["detail"]) == (404, "this partner knows no such owner")


def test_an_ask_by_an_unknown_key_is_refused(world: World) -> None:
    world.partner = SigningKey.generate()
    assert put(world).status_code == 401


def test_a_key_that_was_rotated_away_asks_for_nothing_more(world: World) -> None:
    other = world.newcomer()
    first = other.register_partner()
    other.open_account()
    other.pair()
    assert put(other).status_code == 201
    new = other.rotate_partner(first)
    other.partner, new = new, other.partner
    assert put(other).status_code == 401
    other.partner = new
    assert put(other).status_code == 201


def test_a_partner_may_not_bury_an_owner_in_asks(world: World) -> None:
    asks = [world.put_ask() for _ in range(OPEN_MAX)]
    answer = put(world)
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert world.http.post("/v1/asks", json={"ask": asks[0].text}).status_code == 201
    world.deny(asks[0])
    assert put(world).status_code == 201
    world.clock.pass_by(days=8)
    assert put(world).status_code == 201


def test_an_ask_expires_by_itself(world: World) -> None:
    ask = world.put_ask()
    world.clock.pass_by(days=7)
    world.log_in()
    assert world.get("/v1/asks").json()["data"][0]["state"] == "expired"
    assert state(world, ask.hash) == {"state": "expired", "grant": None}
    assert world.give(world.grant(ask)).status_code == 409


def test_a_partner_learns_what_became_of_its_ask(world: World) -> None:
    ask = world.put_ask()
    assert state(world, ask.hash) == {"state": "open", "grant": None}
    grant = world.grant(ask)
    world.give(grant).raise_for_status()
    assert state(world, ask.hash) == {"state": "granted", "grant": to_base64url(grant.hash)}


def test_a_partner_learns_nothing_of_the_asks_of_others(world: World) -> None:
    ask = world.put_ask()
    rival = settle(world.newcomer())
    for name in (ask.hash, os.urandom(32)):
        answer = rival.signed("GET", f"/v1/asks/{to_base64url(name)}")
        assert (answer.status_code, answer.json()["detail"]) == (404, "no such ask")


def test_an_owner_sees_her_own_asks_alone(world: World) -> None:
    world.put_ask()
    assert settle(world.newcomer()).get("/v1/asks").json()["data"] == []


def test_a_partner_lists_what_it_asked_and_nothing_of_others(world: World) -> None:
    ask = world.put_ask()
    world.deny(ask)
    (listed,) = world.signed("GET", "/v1/asks").json()["data"]
    assert (listed["ask"], listed["state"]) == (ask.text, "denied")
    assert settle(world.newcomer()).signed("GET", "/v1/asks").json()["data"] == []


# ── denials ──────────────────────────────────────────────────────────────────────────────


def test_a_denied_ask_is_closed(world: World) -> None:
    ask = world.put_ask()
    assert world.deny(ask).status_code == 201
    assert state(world, ask.hash) == {"state": "denied", "grant": None}
    assert world.give(world.grant(ask)).status_code == 409


def test_a_no_may_be_said_twice(world: World) -> None:
    ask = world.put_ask()
    assert [world.deny(ask).status_code for _ in range(2)] == [201, 201]


def test_a_granted_ask_is_not_denied_any_more(world: World) -> None:
    ask = world.put_ask()
    world.give(world.grant(ask)).raise_for_status()
    assert world.deny(ask).status_code == 409


def test_nobody_denies_for_somebody_else(world: World) -> None:
    ask = world.put_ask()
    other = settle(world.newcomer())
    assert other.deny(ask).status_code == 404
    stolen = Denial(ask=ask.hash, owner_key=other.pairwise.public, time=world.clock())
    answer = world.post("/v1/denials", {"denial": sign(stolen, other.pairwise).text})
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert state(world, ask.hash)["state"] == "open"


def test_a_denial_with_another_signature_is_refused(world: World) -> None:
    ask = world.put_ask()
    denial = Denial(ask=ask.hash, owner_key=world.pairwise.public, time=world.clock())
    answer = world.post("/v1/denials", {"denial": sign(denial, SigningKey.generate()).text})
    assert answer.status_code == 401


def test_asks_are_listed_page_by_page(world: World) -> None:
    asks = [world.put_ask(expires=world.clock() + timedelta(days=day + 1)) for day in range(5)]
    first = world.get("/v1/asks?limit=3").json()
    rest = world.get(f"/v1/asks?limit=3&after={first['next']}").json()
    assert [one["hash"] for one in first["data"] + rest["data"]] == [to_base64url(ask.hash) for ask in asks]
    assert rest["next"] is None
