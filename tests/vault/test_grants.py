"""Grants: never wider than the ask, never more than the partner can pay, and followed version by version."""

import os
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from anchor.encoding import to_base64url
from anchor.keys import SigningKey
from anchor.records.consent import Grant
from anchor.records.shape import Holder
from anchor.records.signed import Signed, sign
from tests.vault.world import PURPOSE, Item, World, settle
from vault.sweep import sweep


def code(answer: Any) -> str:
    return str(answer.json().get("code"))


def money(world: World) -> tuple[int, int]:
    shown = world.signed("GET", "/v1/balance").json()
    return shown["funding"], shown["escrow"]


def pass_and_sweep(world: World, **duration: float) -> None:
    world.clock.pass_by(**duration)
    with world.database() as connection:
        sweep(connection, int(world.clock().timestamp()))
    world.log_in()


def test_a_grant_is_listed_for_both_sides(world: World) -> None:
    grant = world.granted([])
    expected = {"grant": grant.text, "hash": to_base64url(grant.hash), "state": "standing", "uses": 0}
    (hers,) = world.get("/v1/grants").json()["data"]
    (theirs,) = world.signed("GET", "/v1/grants").json()["data"]
    assert hers == theirs == expected | {"escrow": 12_000_000}


def test_others_see_no_grant(world: World) -> None:
    grant = world.granted([world.write_item()])
    other = settle(world.newcomer())
    name = to_base64url(grant.hash)
    assert other.get("/v1/grants").json()["data"] == []
    assert other.signed("GET", "/v1/grants").json()["data"] == []
    for path in (f"/v1/grants/{name}/items", f"/v1/grants/{name}/receipts"):
        assert other.signed("GET", path).json()["detail"] == "this partner holds no such grant"
        assert world.signed("GET", path).status_code == 200


def test_a_grant_sets_its_budget_aside(world: World) -> None:
    world.granted([])
    assert money(world) == (88_000_000, 12_000_000)


def test_a_grant_sets_aside_no_more_than_its_uses_can_cost(world: World) -> None:
    world.granted([], max_uses=2)
    assert money(world) == (100_000_000 - 240_000, 240_000)


def test_a_grant_that_the_partner_cannot_pay_does_not_stand(world: World) -> None:
    terms = {"price": 1_000_001, "max_uses": 100, "budget": 100_000_100}
    answer = world.give(world.grant(world.put_ask(**terms), **terms))
    assert (answer.status_code, code(answer)) == (402, "insufficient-funds")
    assert world.get("/v1/grants").json()["data"] == []
    assert money(world) == (100_000_000, 0)


def test_a_free_grant_needs_no_money_and_no_ask(world: World) -> None:
    item = world.write_item()
    grant = world.grant(None, price=0, budget=0)
    assert world.give(grant, [item]).status_code == 201
    assert world.send(world.use(grant, [item])).status_code == 200
    assert money(world) == (100_000_000, 0)
    world.verify_books()


def test_a_grant_given_twice_is_one_grant(world: World) -> None:
    grant = world.grant(world.put_ask())
    assert [world.give(grant).status_code for _ in range(2)] == [201, 201]
    assert money(world) == (88_000_000, 12_000_000)


WIDER: list[dict[str, Any]] = [
    {"clusters": ("music.play/what", "music.play/when")},
    {"purposes": (PURPOSE, "dpv:ServiceProvision")},
    {"price": 120_001},
    {"budget": 12_000_001},
    {"max_uses": 101},
    {"look_back_days": 366},
    {"retention_days": 31},
    {"duration": timedelta(days=90, seconds=1)},
]


@pytest.mark.parametrize("terms", WIDER, ids=[next(iter(one)) for one in WIDER])
def test_a_grant_is_not_wider_than_its_ask(world: World, terms: dict[str, Any]) -> None:
    terms = dict(terms)
    if "duration" in terms:
        terms = {"expires": world.clock() + terms["duration"]}
    if "purposes" in terms:
        terms = {"purposes": tuple(sorted(terms["purposes"]))}
    ask = world.put_ask()
    answer = world.give(world.grant(ask, **terms))
    assert (answer.status_code, code(answer)) == (409, "conflict")
    assert world.give(world.grant(ask)).status_code == 201


def test_a_grant_does_not_open_the_future_if_it_was_not_asked_for(world: World) -> None:
    ask = world.put_ask(future_items=False)
    assert code(world.give(world.grant(ask))) == "conflict"
    assert world.give(world.grant(ask, future_items=False)).status_code == 201


def test_a_grant_may_be_narrower_than_its_ask(world: World) -> None:
    ask = world.put_ask()
    narrow = {"price": 1, "budget": 1, "max_uses": 1, "look_back_days": 0, "retention_days": 0}
    assert world.give(world.grant(ask, **narrow, future_items=False)).status_code == 201


def test_a_price_needs_an_ask(world: World) -> None:
    assert code(world.give(world.grant(None))) == "conflict"


TERMS: list[tuple[dict[str, Any], str]] = [
    ({"vault": "other.example"}, "malformed"),
    ({"currency": "EUR"}, "malformed"),
    ({"fee": 999}, "malformed"),
    ({"fee": 0}, "malformed"),
    ({"partner_key": bytes(32)}, "conflict"),
    ({"sealing_key": bytes(32)}, "conflict"),
    ({"ask": bytes(32)}, "not-found"),
    ({"version": 2, "prev": bytes(32)}, "conflict"),
]


@pytest.mark.parametrize(("terms", "expected"), TERMS, ids=[next(iter(one[0])) for one in TERMS])
def test_a_grant_that_this_vault_cannot_keep_is_refused(
    world: World, terms: dict[str, Any], expected: str
) -> None:
    assert code(world.give(world.grant(world.put_ask(), **terms))) == expected


@pytest.mark.parametrize(
    ("begins", "ends"), [(-2, -1), (367, 400), (0, 3 * 366 + 1)], ids=["over", "far off", "too long"]
)
def test_a_grant_stands_for_a_time_that_can_be_kept(world: World, begins: int, ends: int) -> None:
    now = world.clock()
    terms = {"not_before": now + timedelta(days=begins), "expires": now + timedelta(days=ends)}
    ask = world.put_ask(duration_days=10_000)
    assert code(world.give(world.grant(ask, **terms))) == "malformed"


def test_a_grant_ends_after_it_begins(world: World) -> None:
    now = world.clock()
    grant = world.grant(world.put_ask(), not_before=now, expires=now)
    assert code(world.give(grant)) == "malformed-record"


# ── who gives ────────────────────────────────────────────────────────────────────────────


def test_a_grant_by_another_key_than_the_partner_knows_is_refused(world: World) -> None:
    key = SigningKey.generate()
    forged = sign(replace(world.grant(world.put_ask()).record, owner_key=key.public), key)
    assert code(world.give(forged)) == "forbidden"


def test_a_grant_that_its_key_did_not_sign_is_refused(world: World) -> None:
    forged = sign(world.grant(world.put_ask()).record, SigningKey.generate())
    assert code(world.give(forged)) == "signature"


def test_nobody_gives_for_somebody_else(world: World) -> None:
    grant = world.grant(world.put_ask())
    other = settle(world.newcomer())
    assert code(other.give(grant)) == "forbidden"
    assert world.get("/v1/grants").json()["data"] == []


def test_nobody_answers_the_ask_of_somebody_else(world: World) -> None:
    ask = world.put_ask()
    other = replace(world.newcomer(world.domain), partner=world.partner, sealing_key=world.sealing_key)
    other.open_account()
    other.pair()
    assert code(other.give(other.grant(ask))) == "not-found"


def test_the_ask_of_one_partner_is_not_answered_with_a_grant_to_another(world: World) -> None:
    other = settle(world.newcomer())
    ask = other.put_ask()
    assert code(world.give(world.grant(ask))) == "not-found"


def test_an_ask_is_granted_once(world: World) -> None:
    ask = world.put_ask()
    assert world.give(world.grant(ask)).status_code == 201
    assert code(world.give(world.grant(ask))) == "conflict"


def test_the_id_of_a_grant_is_taken_once(world: World) -> None:
    """By the owner herself or by a friend of the partner: it is a refusal and no fault."""
    first = world.granted([])
    again = world.grant(world.put_ask(), id=first.record.id)
    assert code(world.give(again)) == "conflict"
    other = replace(world.newcomer(world.domain), partner=world.partner, sealing_key=world.sealing_key)
    other.open_account()
    other.pair()
    assert code(other.give(other.grant(other.put_ask(), id=first.record.id))) == "conflict"


@pytest.mark.parametrize("count", [0, 2])
def test_one_share_comes_for_each_holder_that_is_this_vault(world: World, count: int) -> None:
    grant = world.grant(world.put_ask())
    body = {"grant": grant.text, "keys": ["AQAB"] * count, "envelopes": []}
    assert world.post("/v1/grants", body).status_code == 400


def test_a_key_split_with_a_steward_leaves_one_share_here(world: World) -> None:
    holders = (Holder(world.origin, bytes(32)), Holder("steward.example", bytes(32)))
    assert world.give(world.grant(world.put_ask(), holders=holders)).status_code == 201


# ── envelopes ────────────────────────────────────────────────────────────────────────────


def add(world: World, grant: Signed[Grant], item: Item, version: int = 1, **parts: Any) -> Any:
    envelope = {
        "item": to_base64url(item.id),
        "version": version,
        "fields": [to_base64url(name) for name in item.fields],
        "sealed": "AQAB",
    }
    path = f"/v1/grants/{to_base64url(grant.hash)}/envelopes"
    return world.post(path, {"envelopes": [envelope | parts]})


def test_more_items_are_opened_under_a_standing_grant(world: World) -> None:
    grant, item = world.granted([]), world.write_item()
    assert code(world.send(world.use(grant, [item]))) == "item-not-granted"
    assert add(world, grant, item).status_code == 204
    assert world.send(world.use(grant, [item])).status_code == 200
    listed = world.signed("GET", f"/v1/grants/{to_base64url(grant.hash)}/items").json()
    assert listed == {"data": [{"item": to_base64url(item.id), "version": 1}], "next": None}


def test_an_envelope_for_an_item_of_somebody_else_is_refused(world: World) -> None:
    grant = world.granted([])
    theirs = settle(world.newcomer()).write_item()
    assert code(add(world, grant, theirs)) == "conflict"
    answer = world.give(world.grant(world.put_ask()), [theirs])
    assert code(answer) == "conflict"
    assert money(world) == (88_000_000, 12_000_000)


def test_an_envelope_for_another_version_is_refused(world: World) -> None:
    grant, item = world.granted([]), world.write_item()
    world.write_item(Item(item.id, 2, dict(item.fields)))
    assert code(add(world, grant, item)) == "conflict"
    assert code(add(world, grant, item, 3)) == "conflict"
    assert add(world, grant, item, 2).status_code == 204


def test_an_envelope_for_a_field_of_another_item_is_refused(world: World) -> None:
    grant, item, other = world.granted([]), world.write_item(), world.write_item()
    fields = [to_base64url(name) for name in other.fields]
    assert code(add(world, grant, item, fields=fields)) == "conflict"


def test_nobody_adds_an_envelope_to_a_grant_of_somebody_else(world: World) -> None:
    grant = world.granted([])
    other = settle(world.newcomer())
    assert code(add(other, grant, other.write_item())) == "not-found"


def test_what_is_open_is_listed_page_by_page_without_a_key(world: World) -> None:
    items = [world.write_item() for _ in range(5)]
    grant = world.granted(items)
    path = f"/v1/grants/{to_base64url(grant.hash)}/items"
    first = world.signed("GET", f"{path}?limit=3").json()
    rest = world.signed("GET", f"{path}?limit=3&after={first['next']}").json()
    assert [one["item"] for one in first["data"] + rest["data"]] == sorted(
        (to_base64url(item.id) for item in items), key=lambda name: name.translate(_BYTE_ORDER)
    )
    assert rest["next"] is None
    assert set(first["data"][0]) == {"item", "version"}


_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_BYTE_ORDER = {ord(character): place for place, character in enumerate(_ALPHABET)}


# ── versions ─────────────────────────────────────────────────────────────────────────────


def next_version(world: World, before: Signed[Grant], **terms: Any) -> Signed[Grant]:
    kept = {name: getattr(before.record, name) for name in ("id", "budget", "max_uses", "expires", "ask")}
    fixed = kept | {"version": before.record.version + 1, "prev": before.hash}
    return world.grant(None, **(fixed | terms))


def test_a_next_version_takes_the_place_and_the_money_of_the_one_before(world: World) -> None:
    item = world.write_item()
    first = world.granted([item])
    world.send(world.use(first, [item])).raise_for_status()
    second = next_version(world, first, max_uses=50, budget=1_000_000)
    assert world.give(second, [item]).status_code == 201
    assert money(world) == (100_000_000 - 120_000 - 1_000_000, 1_000_000)
    assert code(world.send(world.use(first, [item]))) == "grant-superseded"
    assert world.send(world.use(second, [item])).status_code == 200
    states = [one["state"] for one in world.get("/v1/grants").json()["data"]]
    assert states == ["superseded", "standing"]
    world.verify_books()


def test_a_repeat_after_a_next_version_brings_no_key(world: World) -> None:
    item = world.write_item()
    first = world.granted([item])
    use = world.use(first, [item])
    receipt = world.send(use).json()["receipt"]
    world.give(next_version(world, first, max_uses=1, budget=120_000), [item]).raise_for_status()
    assert world.send(use).json() == {"receipt": receipt, "keys": [], "items": []}


BEYOND: list[dict[str, Any]] = [
    {"max_uses": 100},
    {"budget": 1_080_001},
    {"expires": timedelta(days=90, seconds=1)},
]


@pytest.mark.parametrize("terms", BEYOND, ids=[next(iter(one)) for one in BEYOND])
def test_a_next_version_gives_no_more_than_is_left_of_the_ask(world: World, terms: dict[str, Any]) -> None:
    """The partner agreed to one budget, one number of uses and one time, whatever the versions."""
    item = world.write_item()
    first = world.granted([item], budget=1_200_000)
    world.send(world.use(first, [item])).raise_for_status()
    left = {"max_uses": 99, "budget": 1_080_000}
    if "expires" in terms:
        terms = {"expires": first.record.not_before + terms["expires"], "not_before": world.clock()}
        terms["not_before"] += timedelta(days=1)
    assert code(world.give(next_version(world, first, **(left | terms)))) == "conflict"
    assert world.give(next_version(world, first, **left)).status_code == 201
    world.verify_books()


def test_a_next_version_may_answer_a_new_ask(world: World) -> None:
    first = world.granted([])
    more = {"price": 200_000, "budget": 40_000_000, "max_uses": 200}
    ask = world.put_ask(**more)
    later = next_version(world, first, ask=ask.hash, **more)
    assert world.give(later).status_code == 201
    assert code(world.give(world.grant(ask, **more))) == "conflict"
    assert money(world) == (60_000_000, 40_000_000)


@pytest.mark.parametrize("became", ["denied", "expired"])
def test_a_next_version_does_not_answer_an_ask_that_is_closed(world: World, became: str) -> None:
    """A price the owner once denied, or let expire, does not bind the partner later."""
    dear = {"price": 1_000_000, "budget": 50_000_000, "max_uses": 50}
    ask = world.put_ask(**dear)
    first = world.granted([])
    if became == "denied":
        world.deny(ask).raise_for_status()
    else:
        world.clock.pass_by(days=7)
        world.log_in()
    answer = world.give(next_version(world, first, ask=ask.hash, **dear))
    assert (answer.status_code, code(answer)) == (409, "conflict")
    assert money(world) == (88_000_000, 12_000_000)


FOLLOWS: list[dict[str, Any]] = [
    {"version": 3},
    {"id": bytes(16)},
    {"prev": bytes(32)},
]


@pytest.mark.parametrize("terms", FOLLOWS, ids=[next(iter(one)) for one in FOLLOWS])
def test_a_version_follows_the_one_it_names(world: World, terms: dict[str, Any]) -> None:
    first = world.granted([])
    assert code(world.give(next_version(world, first, **terms))) == "conflict"


def test_a_version_does_not_follow_a_grant_of_somebody_else(world: World) -> None:
    first = world.granted([])
    other = replace(world.newcomer(world.domain), partner=world.partner, sealing_key=world.sealing_key)
    other.open_account()
    other.pair()
    stolen = next_version(other, first, ask=None, price=0)
    assert code(other.give(stolen)) == "conflict"
    assert world.get("/v1/grants").json()["data"][0]["state"] == "standing"


@pytest.mark.parametrize("ended", ["revoked", "superseded", "expired"])
def test_a_version_does_not_follow_a_grant_that_does_not_stand(world: World, ended: str) -> None:
    first = world.granted([])
    if ended == "revoked":
        world.revoke(first).raise_for_status()
    elif ended == "superseded":
        world.give(next_version(world, first)).raise_for_status()
    else:
        pass_and_sweep(world, days=91)
    later = next_version(world, first, expires=world.clock() + timedelta(days=1), not_before=world.clock())
    assert code(world.give(later)) == "conflict"


# ── the end by time ──────────────────────────────────────────────────────────────────────


def test_what_is_left_of_an_expired_grant_goes_back_to_the_partner(world: World) -> None:
    item = world.write_item()
    grant = world.granted([item])
    world.send(world.use(grant, [item])).raise_for_status()
    pass_and_sweep(world, days=90, minutes=4)
    assert money(world) == (88_000_000, 12_000_000 - 120_000)
    pass_and_sweep(world, minutes=1)
    assert money(world) == (100_000_000 - 120_000, 0)
    assert world.get("/v1/grants").json()["data"][0]["state"] == "expired"
    world.verify_books()


def test_an_expired_grant_holds_no_key_any_more(world: World) -> None:
    item = world.write_item()
    grant = world.granted([item])
    pass_and_sweep(world, days=91)
    with world.database() as transaction:
        for table in ("grant_keys", "envelopes", "expiries"):
            assert transaction.all(f"SELECT * FROM {table}") == []  # noqa: S608 - one of the words above
    assert code(world.send(world.use(grant, [item]))) == "grant-expired"
    assert code(add(world, grant, item)) == "not-found"


def test_an_expired_grant_may_still_be_revoked_and_moves_no_money_twice(world: World) -> None:
    grant = world.granted([])
    pass_and_sweep(world, days=91)
    closing = world.receipt(world.revoke(grant).json()["receipt"])
    assert closing.record.seq == 1
    assert money(world) == (100_000_000, 0)
    world.verify_books()


def test_a_grant_that_ended_otherwise_is_not_ended_again(world: World) -> None:
    first, second = world.granted([]), world.granted([])
    world.revoke(first).raise_for_status()
    later = next_version(world, second)
    world.give(later).raise_for_status()
    pass_and_sweep(world, days=91)
    states = [one["state"] for one in world.get("/v1/grants").json()["data"]]
    assert states == ["revoked", "superseded", "expired"]
    assert money(world) == (100_000_000, 0)
    world.verify_books()


def test_many_grants_end_in_one_sweep(world: World) -> None:
    for _ in range(8):
        world.granted([], max_uses=1)
    world.clock.pass_by(days=91)
    with world.database() as connection:
        assert sweep(connection, int(world.clock().timestamp()))["grants"] == 8
        assert sweep(connection, int(world.clock().timestamp()))["grants"] == 0
    assert money(world) == (100_000_000, 0)


def test_a_rotated_key_does_not_end_a_grant_but_a_grant_pins_the_newest(world: World) -> None:
    other = world.newcomer()
    first = other.register_partner()
    other.open_account()
    other.pair()
    assert other.top_up(20_000_000).status_code == 201
    item = other.write_item()
    grant = other.granted([item])
    old = other.rotate_partner(first)
    assert other.send(other.use(grant, [item])).status_code == 200
    assert code(other.send(other.use(grant, [item], key=old))) in {"not-this-partner", "signature"}
    assert code(other.give(other.grant(other.put_ask(), partner_key=old.kid))) == "conflict"


def test_hashes_that_name_no_grant_are_not_found(world: World) -> None:
    for name in ("x", "A" * 43, "A" * 44, to_base64url(os.urandom(32))):
        answer = world.signed("GET", f"/v1/grants/{name}/items")
        assert answer.status_code in {400, 404}
