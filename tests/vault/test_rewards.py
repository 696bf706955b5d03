"""The closed loop: redeemed from payable, fulfilled once, or given back."""

import os

import pytest

from anchor.encoding import to_base64url
from tests.vault.outflow import (
    balances,
    earn,
    fulfil,
    fulfilment,
    offer_reward,
    redeem,
    redemption,
    reward,
    verify_sums,
    work,
)
from tests.vault.world import World, settle
from vault.sweep import sweep


@pytest.fixture
def rich(world: World) -> World:
    """An owner with an account of 20 days and 216,000 micros that are payable."""
    world.clock.pass_by(days=20)
    world.log_in()
    earn(world, 2)
    work(world)
    return world


def funding(world: World) -> int:
    found: int = world.signed("GET", "/v1/balance").json()["funding"]
    return found


def test_a_reward_is_redeemed_and_its_code_handed_out_once(rich: World) -> None:
    offered, before = offer_reward(rich), funding(rich)
    signed = redemption(rich, offered)
    body = {"redemption": signed.text}
    first = rich.post("/v1/redemptions", body)
    assert (first.status_code, first.json()["hash"]) == (201, to_base64url(signed.hash))
    assert rich.post("/v1/redemptions", body).content == first.content
    assert balances(rich) == {"payable": 116_000, "leaving": 100_000}
    sealed = os.urandom(1200)
    assert fulfil(rich, signed.hash, sealed).status_code == 201
    assert fulfil(rich, signed.hash, sealed).status_code == 201
    assert fulfil(rich, signed.hash, os.urandom(1200)).status_code == 409
    assert balances(rich) == {"payable": 116_000, "paid": 100_000}
    assert funding(rich) == before + 100_000
    (mine,) = rich.get("/v1/redemptions").json()["data"]
    assert (mine["state"], mine["sealed"]) == ("fulfilled", to_base64url(sealed))
    assert [one["redemption"] for one in rich.signed("GET", "/v1/redemptions").json()["data"]] == [
        signed.text
    ]
    verify_sums(rich)


def test_a_redemption_that_nobody_fulfils_comes_back(rich: World) -> None:
    offered = offer_reward(rich, stock=1)
    signed = redemption(rich, offered)
    rich.post("/v1/redemptions", {"redemption": signed.text}).raise_for_status()
    for days, expected in ((6, {"payable": 116_000, "leaving": 100_000}), (1, {"payable": 216_000})):
        rich.clock.pass_by(days=days)
        rich.log_in()
        with rich.database() as connection:
            sweep(connection, int(rich.clock().timestamp()))
        assert balances(rich) == expected
    assert fulfil(rich, signed.hash, None).status_code == 409
    assert redeem(rich, offered).status_code == 201  # it is in stock again
    verify_sums(rich)


def test_no_more_are_redeemed_than_there_are(rich: World) -> None:
    offered = offer_reward(rich, stock=1)
    assert [redeem(rich, offered).status_code for _ in range(2)] == [201, 409]
    assert rich.http.get("/v1/rewards").json()["data"] == []
    assert balances(rich) == {"payable": 116_000, "leaving": 100_000}


def test_a_reward_costs_no_more_than_is_payable(rich: World) -> None:
    answer = redeem(rich, offer_reward(rich, price=216_001))
    assert (answer.status_code, answer.json()["code"]) == (402, "insufficient-funds")
    assert redeem(rich, offer_reward(rich, price=216_000)).status_code == 201


def test_a_young_account_redeems_nothing(world: World) -> None:
    earn(world)
    work(world)
    answer = redeem(world, offer_reward(world))
    assert (answer.status_code, answer.json()["code"]) == (403, "payout-held")


def test_an_expired_reward_is_not_redeemed(rich: World) -> None:
    offered = offer_reward(rich)
    rich.clock.pass_by(days=90)
    rich.log_in()
    assert redeem(rich, offered).status_code == 409
    answer = rich.http.post("/v1/rewards", json={"reward": reward(rich, expires=rich.clock()).text})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "terms",
    [{"price": 99_999}, {"currency": "EUR"}, {"vault": "other.example"}],
    ids=["price", "currency", "vault"],
)
def test_a_redemption_on_other_terms_is_refused(rich: World, terms: dict[str, object]) -> None:
    assert redeem(rich, offer_reward(rich), **terms).status_code == 400
    assert balances(rich) == {"payable": 216_000}


def test_only_the_partner_offers_and_fulfils(rich: World) -> None:
    other = settle(rich.newcomer())
    assert (
        rich.http.post("/v1/rewards", json={"reward": reward(other, partner=rich.domain).text}).status_code
        == 400
    )
    offered = offer_reward(rich)
    signed = redemption(rich, offered)
    rich.post("/v1/redemptions", {"redemption": signed.text}).raise_for_status()
    assert fulfil(other, signed.hash, None).status_code == 404
    assert fulfil(rich, signed.hash, None, vault="other.example").status_code == 404
    body = fulfilment(rich, signed.hash, b"sealed") | {"sealed": "AQAB"}
    assert rich.http.post("/v1/fulfilments", json=body).status_code == 400
    assert fulfil(rich, signed.hash, None).status_code == 201
