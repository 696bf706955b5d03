"""Offers: put to everybody, answered by who finds them, and never dearer than what stands behind them."""

from datetime import timedelta
from typing import Any

import pytest

from anchor.encoding import to_base64url
from anchor.keys import SigningKey
from anchor.records.signed import sign
from tests.vault.world import World, settle
from vault.sweep import sweep

FUNDS = 100_000_000


def code(answer: Any) -> str:
    return str(answer.json().get("code"))


def money(world: World) -> tuple[int, int]:
    shown = world.signed("GET", "/v1/balance").json()
    return shown["funding"], shown["escrow"]


def shown(world: World, name: bytes) -> Any:
    return world.http.get(f"/v1/offers/{to_base64url(name)}").json()


def sweep_after(world: World, **duration: float) -> None:
    world.clock.pass_by(**duration)
    with world.database() as connection:
        sweep(connection, int(world.clock().timestamp()))
    world.log_in()


def test_an_offer_is_listed_for_everybody_with_its_money_and_who_offers(world: World) -> None:
    offer = world.publish()
    (listed,) = world.http.get("/v1/offers").json()["data"]
    assert (listed["offer"], listed["hash"]) == (offer.text, to_base64url(offer.hash))
    assert (listed["state"], listed["left"]) == ("open", 30_000_000)
    assert listed["partner"] == world.http.get(f"/v1/partners/{world.domain}").json()["entries"]
    assert listed == shown(world, offer.hash)


def test_offers_are_listed_page_by_page(world: World) -> None:
    offers = [world.publish(campaign=number) for number in range(5)]
    first = world.http.get("/v1/offers?limit=3").json()
    rest = world.http.get(f"/v1/offers?limit=3&after={first['next']}").json()
    names = [one["hash"] for one in first["data"] + rest["data"]]
    assert names == [to_base64url(offer.hash) for offer in offers]
    assert rest["next"] is None


def test_an_offer_sets_campaign_and_pool_aside(world: World) -> None:
    world.publish(campaign=20_000_000, pool=5_000_000)
    assert money(world)[0] == FUNDS - 25_000_000
    world.verify_books()


def test_an_offer_that_the_partner_cannot_pay_is_not_there(world: World) -> None:
    answer = world.http.post("/v1/offers", json={"offer": world.offer(campaign=FUNDS, pool=1).text})
    assert (answer.status_code, code(answer)) == (402, "insufficient-funds")
    assert world.http.get("/v1/offers").json()["data"] == []
    assert money(world)[0] == FUNDS


def test_an_offer_published_twice_is_one_offer(world: World) -> None:
    offer = world.publish()
    again = world.http.post("/v1/offers", json={"offer": offer.text})
    assert (again.status_code, money(world)[0]) == (201, FUNDS - 30_000_000)


@pytest.mark.parametrize(
    "terms",
    [
        {"vault": "other.example"},
        {"partner": "other.example"},
        {"currency": "EUR"},
        {"period_uses": 1},
        {"paid_by_period": True},
    ],
    ids=["other vault", "other partner", "other currency", "uses of no period", "price of no period"],
)
def test_an_offer_that_is_not_for_here_is_refused(world: World, terms: dict[str, Any]) -> None:
    answer = world.http.post("/v1/offers", json={"offer": world.offer(**terms).text})
    assert answer.status_code == 400


def test_an_offer_by_another_key_is_refused(world: World) -> None:
    forged = sign(world.offer().record, SigningKey.generate())
    assert world.http.post("/v1/offers", json={"offer": forged.text}).status_code == 401


# ── answering ────────────────────────────────────────────────────────────────────────────


def test_a_yes_is_a_grant_that_names_the_offer_and_is_paid_by_its_campaign(world: World) -> None:
    item = world.write_item()
    offer = world.publish()
    grant = world.grant(offer)
    assert world.give(grant, [item]).status_code == 201
    assert shown(world, offer.hash)["left"] == 30_000_000 - 12_000_000
    assert money(world) == (FUNDS - 30_000_000, 12_000_000)
    assert world.send(world.use(grant, [item])).status_code == 200
    world.verify_books()


def test_a_grant_is_not_wider_than_the_offer(world: World) -> None:
    offer = world.publish()
    for terms in ({"price": 120_001}, {"max_uses": 101}, {"clusters": ("music.play/when",)}):
        assert code(world.give(world.grant(offer, **terms))) == "conflict"


def test_an_owner_answers_an_offer_once(world: World) -> None:
    offer = world.publish()
    first = world.grant(offer)
    world.give(first).raise_for_status()
    assert code(world.give(world.grant(offer))) == "conflict"
    world.revoke(first).raise_for_status()
    assert code(world.give(world.grant(offer))) == "conflict"


def test_a_later_version_is_paid_by_what_came_back(world: World) -> None:
    offer = world.publish()
    first = world.grant(offer)
    world.give(first).raise_for_status()
    terms = {"id": first.record.id, "version": 2, "prev": first.hash}
    later = world.grant(offer, **terms, max_uses=50, budget=6_000_000)
    assert world.give(later).status_code == 201
    assert shown(world, offer.hash)["left"] == 18_000_000
    assert money(world) == (FUNDS - 30_000_000 + 6_000_000, 6_000_000)
    world.verify_books()


def test_a_campaign_that_is_spent_pays_for_nobody_more(world: World) -> None:
    offer = world.publish(campaign=12_000_000)
    world.give(world.grant(offer)).raise_for_status()
    other = world.newcomer()
    other.domain, other.partner, other.sealing_key = world.domain, world.partner, world.sealing_key
    other.open_account()
    other.pair()
    answer = other.give(other.grant(offer))
    assert (answer.status_code, code(answer)) == (402, "insufficient-funds")
    assert money(world) == (FUNDS - 12_000_000, 12_000_000)


def test_an_offer_of_another_partner_is_no_ask_of_ours(world: World) -> None:
    rival = settle(world.newcomer())
    offer = rival.publish()
    assert code(world.give(world.grant(offer))) == "not-found"


# ── the end ──────────────────────────────────────────────────────────────────────────────


def test_what_is_left_goes_back_when_the_offer_ends(world: World) -> None:
    offer = world.publish()
    world.give(world.grant(offer)).raise_for_status()
    sweep_after(world, days=7, minutes=6)
    assert shown(world, offer.hash)["state"] == "ended"
    assert world.http.get("/v1/offers").json()["data"] == []
    assert money(world) == (FUNDS - 12_000_000, 12_000_000)
    world.verify_books()


def test_an_offer_that_has_ended_is_answered_no_more(world: World) -> None:
    offer = world.publish()
    world.clock.pass_by(days=7)
    world.log_in()
    assert code(world.give(world.grant(offer))) == "conflict"


def test_a_withdrawn_offer_gives_back_what_is_left_and_its_grants_stand(world: World) -> None:
    item = world.write_item()
    offer = world.publish()
    grant = world.grant(offer)
    world.give(grant, [item]).raise_for_status()
    body = {"withdrawal": world.withdrawal(offer).text}
    assert [world.http.post("/v1/withdrawals", json=body).status_code for _ in range(2)] == [201, 201]
    assert shown(world, offer.hash)["state"] == "withdrawn"
    assert money(world) == (FUNDS - 12_000_000, 12_000_000)
    assert world.send(world.use(grant, [item])).status_code == 200
    world.verify_books()


def test_nobody_withdraws_the_offer_of_another(world: World) -> None:
    offer = world.publish()
    rival = settle(world.newcomer())
    answer = rival.http.post("/v1/withdrawals", json={"withdrawal": rival.withdrawal(offer).text})
    assert (answer.status_code, shown(world, offer.hash)["state"]) == (404, "open")


def test_an_offer_with_a_pool_stands_to_its_end(world: World) -> None:
    offer = world.publish(pool=1)
    answer = world.http.post("/v1/withdrawals", json={"withdrawal": world.withdrawal(offer).text})
    assert code(answer) == "conflict"


def test_an_offer_for_a_year_and_a_grant_for_a_day_keep_their_own_time(world: World) -> None:
    offer = world.publish(expires=world.clock() + timedelta(days=365))
    world.give(world.grant(offer, expires=world.clock() + timedelta(days=1))).raise_for_status()
    sweep_after(world, days=1, minutes=6)
    assert money(world) == (FUNDS - 30_000_000 + 12_000_000, 0)
    assert shown(world, offer.hash)["left"] == 18_000_000
