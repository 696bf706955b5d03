"""One use: what the partner gets, what it costs, what is refused, and what a repeat brings."""

import os
from datetime import timedelta
from typing import Any

import pytest

from anchor.encoding import to_base64url
from anchor.keys import SigningKey
from tests.vault.world import Item, World


def balances(world: World) -> Any:
    return world.get("/v1/account").json()["balances"]


def test_a_use_brings_receipt_keys_and_only_the_granted_fields(world: World) -> None:
    item = world.write_item()
    grant = world.granted([item])
    use = world.use(grant, [item])
    answer = world.send(use).json()
    receipt = world.receipt(answer["receipt"]).record
    assert (receipt.use, receipt.grant, receipt.seq, receipt.prev) == (use.hash, grant.hash, 1, None)
    assert answer["keys"] == ["AQAB"]
    (opened,) = answer["items"]
    assert opened["fields"] == {
        to_base64url(name): to_base64url(item.fields[name]) for name in sorted(item.fields)[:2]
    }


def test_a_use_pays_the_owner_and_the_fee_out_of_the_grants_escrow(world: World) -> None:
    item = world.write_item()
    grant = world.granted([item])
    world.send(world.use(grant, [item])).raise_for_status()
    told = {"pending": 108_000, "payable": 0, "leaving": 0, "paid": 0}
    assert balances(world) == told | {"estimated": 99 * 108_000}
    (listed,) = world.get("/v1/grants").json()["data"]
    assert (listed["uses"], listed["escrow"]) == (1, 12_000_000 - 120_000)


def test_the_same_use_again_brings_the_same_receipt_and_costs_nothing(world: World) -> None:
    item = world.write_item()
    use = world.use(world.granted([item]), [item])
    first, second = world.send(use).json(), world.send(use).json()
    assert first == second
    assert balances(world)["pending"] == 108_000


def test_a_late_repeat_brings_the_receipt_alone(world: World) -> None:
    item = world.write_item()
    use = world.use(world.granted([item]), [item])
    first = world.send(use).json()
    world.clock.pass_by(minutes=16)
    assert world.send(use).json() == {"receipt": first["receipt"], "keys": [], "items": []}


def test_a_repeat_after_the_revocation_brings_no_key(world: World) -> None:
    item = world.write_item()
    grant = world.granted([item])
    use = world.use(grant, [item])
    world.send(use).raise_for_status()
    world.revoke(grant).raise_for_status()
    assert world.send(use).json()["keys"] == []


def test_a_repeat_does_not_open_what_was_written_since(world: World) -> None:
    item = world.write_item()
    grant = world.granted([item])
    use = world.use(grant, [item])
    world.send(use).raise_for_status()
    newer = Item(item.id, 2, {name: os.urandom(104) for name in item.fields})
    body = world.item_body(newer, [(grant.hash, sorted(newer.fields)[:2])])
    assert world.post("/v1/items", {"items": [body]}).status_code == 201
    assert world.send(use).json()["items"] == []


def test_receipts_of_a_grant_form_a_chain(world: World) -> None:
    item = world.write_item()
    grant = world.granted([item])
    receipts = [world.receipt(world.send(world.use(grant, [item])).json()["receipt"]) for _ in range(3)]
    assert [one.record.seq for one in receipts] == [1, 2, 3]
    assert [one.record.prev for one in receipts] == [None, receipts[0].hash, receipts[1].hash]


def test_a_batch_answers_each_use_and_refuses_each_on_its_own(world: World) -> None:
    item = world.write_item()
    grant = world.granted([item], max_uses=2)
    uses = [world.use(grant, [item]) for _ in range(3)]
    body = {"uses": [*(one.text for one in uses), "not.a.use"]}
    answers = world.http.post("/v1/uses", json=body).json()["answers"]
    assert [world.receipt(one["receipt"]).record.seq for one in answers[:2]] == [1, 2]
    assert answers[2]["problem"]["code"] == "uses-exhausted"
    assert answers[3]["problem"]["code"] == "malformed-record"


def test_the_same_use_twice_in_a_batch_is_charged_once(world: World) -> None:
    item = world.write_item()
    use = world.use(world.granted([item]), [item])
    answers = world.http.post("/v1/uses", json={"uses": [use.text, use.text]}).json()["answers"]
    assert answers[0] == answers[1]
    assert balances(world)["pending"] == 108_000


REFUSALS: list[tuple[dict[str, Any], dict[str, Any], str, int]] = [
    ({}, {"purpose": "dpv:Advertising"}, "purpose-not-granted", 403),
    ({}, {"vault": "other.example"}, "other-vault", 403),
    ({}, {"last": bytes(32)}, "unknown-receipt", 403),
    ({}, {"items": (bytes(16),)}, "item-not-granted", 403),
    ({}, {"grant": bytes(32)}, "grant-unknown", 404),
    ({"budget": 100_000}, {}, "budget-exhausted", 402),
    ({"not_before_in": 1}, {}, "grant-not-begun", 403),
]


@pytest.mark.parametrize(("terms", "use", "code", "status"), REFUSALS, ids=[one[2] for one in REFUSALS])
def test_a_refused_use_opens_and_charges_nothing(
    world: World, terms: dict[str, Any], use: dict[str, Any], code: str, status: int
) -> None:
    item = world.write_item()
    if "not_before_in" in terms:
        terms = {"not_before": world.clock() + timedelta(hours=1)}
    answer = world.send(world.use(world.granted([item], **terms), [item], **use))
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert balances(world)["pending"] == 0


def test_a_refused_use_is_shown_to_the_owner(world: World) -> None:
    item = world.write_item()
    world.send(world.use(world.granted([item]), [item], purpose="dpv:Advertising"))
    (refusal,) = world.get("/v1/refusals").json()["data"]
    assert (refusal["partner"], refusal["code"]) == ("music.example", "purpose-not-granted")


def test_an_expired_grant_opens_nothing(world: World) -> None:
    item = world.write_item()
    grant = world.granted([item])
    world.clock.pass_by(days=90)
    assert world.send(world.use(grant, [item])).json()["code"] == "grant-expired"


def test_a_use_signed_long_ago_is_refused(world: World) -> None:
    item = world.write_item()
    use = world.use(world.granted([item]), [item])
    world.clock.pass_by(minutes=6)
    assert world.send(use).json()["code"] == "outside-window"


def test_a_key_the_directory_does_not_know_opens_nothing(world: World) -> None:
    item = world.write_item()
    grant = world.granted([item])
    stranger = world.use(grant, [item], key=SigningKey.generate())
    answer = world.send(stranger)
    assert (answer.status_code, answer.json()["code"]) == (401, "signature")


def test_after_the_revocation_nothing_is_opened_and_the_chain_is_closed(world: World) -> None:
    item = world.write_item()
    grant = world.granted([item])
    last = world.receipt(world.send(world.use(grant, [item])).json()["receipt"])
    closing = world.receipt(world.revoke(grant).json()["receipt"])
    assert (closing.record.seq, closing.record.prev, closing.record.use) == (2, last.hash, None)
    assert world.send(world.use(grant, [item])).json()["code"] == "grant-revoked"
    assert world.revoke(grant).status_code == 409


def test_the_owners_chain_is_gapless_over_all_her_grants(world: World) -> None:
    item = world.write_item()
    first, second = world.granted([item]), world.granted([item])
    for grant in (first, second, first):
        world.send(world.use(grant, [item])).raise_for_status()
    world.revoke(second).raise_for_status()
    listed = world.get("/v1/receipts").json()["data"]
    assert [one["link"]["seq"] for one in listed] == [1, 2, 3, 4]
    hashes = [to_base64url(world.receipt(one["receipt"]).hash) for one in listed]
    assert [one["link"]["prev"] for one in listed] == [None, *hashes[:-1]]


# ── periods ──────────────────────────────────────────────────────────────────────────────


def test_a_period_has_so_many_uses_and_the_next_one_has_them_again(world: World) -> None:
    item = world.write_item()
    grant = world.granted([item], period_days=7, period_uses=2)
    codes = [world.send(world.use(grant, [item])).status_code for _ in range(2)]
    refused = world.send(world.use(grant, [item]))
    assert (codes, refused.status_code, refused.json()["code"]) == ([200, 200], 403, "too-often")
    world.clock.pass_by(days=7)
    assert world.send(world.use(grant, [item])).status_code == 200


def test_a_period_is_paid_once_with_its_first_use(world: World) -> None:
    item = world.write_item()
    grant = world.granted([item], period_days=30, paid_by_period=True)
    prices = []
    for days in (0, 1, 29, 1, 60):
        world.clock.pass_by(days=days)
        answer = world.send(world.use(grant, [item]))
        prices.append(world.receipt(answer.json()["receipt"]).record.price if answer.is_success else 0)
    assert prices == [120_000, 0, 120_000, 0, 0]
    assert answer.json()["code"] == "grant-expired"
    world.log_in()
    assert world.get("/v1/grants").json()["data"][0]["escrow"] == 120_000
    world.verify_books()


def test_a_period_that_is_paid_is_used_although_the_budget_is_spent(world: World) -> None:
    item = world.write_item()
    grant = world.granted([item], period_days=30, paid_by_period=True, budget=120_000)
    assert [world.send(world.use(grant, [item])).status_code for _ in range(3)] == [200] * 3
    world.clock.pass_by(days=30)
    assert world.send(world.use(grant, [item])).json()["code"] == "budget-exhausted"
