"""Money over HTTP: booked once, by the operator alone, and shown to whom it belongs."""

from typing import Any

import pytest

from anchor.encoding import to_base64url
from tests.vault.world import OPERATOR, World, settle
from vault.payments.api import TOPUP_MAX
from vault.payments.idempotency import LIFE
from vault.payments.store import Ledger
from vault.sweep import sweep

FULL = 2**53 - 1


def top_up(world: World, body: dict[str, Any], key: str | None = "a key", token: str = OPERATOR) -> Any:
    headers = {"Authorization": f"Bearer {token}"} | ({"Idempotency-Key": key} if key else {})
    return world.http.post("/v1/topups", json=body, headers=headers)


def body(world: World, **terms: Any) -> dict[str, Any]:
    return {"partner": world.domain, "amount": 5, "reference": "2027-0314"} | terms


def test_a_top_up_is_the_partners_to_spend(world: World) -> None:
    answer = top_up(world, body(world))
    assert (answer.status_code, answer.json()) == (201, {"funding": 100_000_005})
    assert world.signed("GET", "/v1/balance").json()["funding"] == 100_000_005


def test_a_top_up_is_kept_with_what_the_bank_calls_it(world: World) -> None:
    top_up(world, body(world)).raise_for_status()
    with world.database() as transaction:
        kept = transaction.all("SELECT source, partner, amount, reference FROM top_ups")
        sources = {row[0] for row in transaction.all("SELECT source FROM transfers WHERE kind = 'top-up'")}
    assert {row[1:] for row in kept} == {
        (world.domain, 100_000_000, "2027-0314"),
        (world.domain, 5, "2027-0314"),
    }
    assert {row[0] for row in kept} == sources


def test_the_same_key_and_body_bring_the_same_answer_again(world: World) -> None:
    first, second = top_up(world, body(world)), top_up(world, body(world))
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert "idempotent-replayed" not in first.headers
    assert second.headers["idempotent-replayed"] == "true"
    world.verify_books()


@pytest.mark.parametrize("terms", [{"amount": 6}, {"reference": "other"}], ids=["amount", "reference"])
def test_the_same_key_with_another_body_is_refused(world: World, terms: dict[str, Any]) -> None:
    top_up(world, body(world)).raise_for_status()
    answer = top_up(world, body(world, **terms))
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-key-reused")
    assert world.signed("GET", "/v1/balance").json()["funding"] == 100_000_005


def test_a_refused_top_up_does_not_use_up_its_key(world: World) -> None:
    assert top_up(world, body(world, partner="late.example")).status_code == 404
    late = world.newcomer("late.example")
    late.register_partner()
    assert top_up(world, body(world, partner="late.example")).status_code == 201


@pytest.mark.parametrize("key", [None, "", "x" * 201, "tab\tkey", "é", "\x7f"])
def test_a_top_up_needs_a_key_that_can_be_kept(world: World, key: str | None) -> None:
    headers = {b"Authorization": f"Bearer {OPERATOR}".encode()}
    if key is not None:
        headers[b"Idempotency-Key"] = key.encode("latin-1")
    answer = world.http.post("/v1/topups", json=body(world), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency-key-missing")


def test_a_key_that_was_forgotten_still_books_nothing_twice(world: World) -> None:
    top_up(world, body(world)).raise_for_status()
    world.clock.pass_by(days=LIFE.days, seconds=1)
    with world.database() as connection:
        assert sweep(connection, int(world.clock().timestamp()))["idempotency_keys"] == 2
    answer = top_up(world, body(world))
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    world.verify_books()


@pytest.mark.parametrize("amount", [0, -1, TOPUP_MAX + 1, 2**63, 10**400, 1.5, "5", None, True])
def test_an_amount_that_is_no_money_is_refused(world: World, amount: Any) -> None:
    assert top_up(world, body(world, amount=amount)).status_code == 400


def test_a_balance_stays_a_number_that_everybody_can_read(world: World) -> None:
    rest = FULL - 100_000_000
    for i in range(rest // TOPUP_MAX):
        assert top_up(world, body(world, amount=TOPUP_MAX), f"{i}").status_code == 201
    last = rest % TOPUP_MAX
    assert top_up(world, body(world, amount=last + 1), "too much").status_code == 409
    assert top_up(world, body(world, amount=last), "full").json() == {"funding": FULL}
    world.verify_books()


def test_a_top_up_goes_to_a_partner_of_the_directory(world: World) -> None:
    assert top_up(world, body(world, partner="nobody.example")).status_code == 404


@pytest.mark.parametrize("token", ["", "x", OPERATOR.upper(), OPERATOR + " "])
def test_only_the_operator_books_a_top_up(world: World, token: str) -> None:
    assert top_up(world, body(world), token=token).status_code in {401, 403}


# ── transfers ────────────────────────────────────────────────────────────────────────────


def test_an_owner_sees_every_transfer_of_hers_and_no_other(world: World) -> None:
    item = world.write_item()
    grant = world.granted([item])
    receipts = [world.receipt(world.send(world.use(grant, [item])).json()["receipt"]) for _ in range(3)]
    listed = world.get("/v1/transfers").json()["data"]
    assert [(one["kind"], one["amount"]) for one in listed] == [("share", 108_000)] * 3
    assert [one["source"] for one in listed] == [to_base64url(receipt.hash) for receipt in receipts]
    assert {one["credit"] for one in listed} == {f"pending/{to_base64url(world.account)}"}
    assert settle(world.newcomer()).get("/v1/transfers").json()["data"] == []


def test_transfers_are_listed_page_by_page(world: World) -> None:
    item = world.write_item()
    grant = world.granted([item])
    for _ in range(5):
        world.send(world.use(grant, [item])).raise_for_status()
    whole = world.get("/v1/transfers").json()["data"]
    first = world.get("/v1/transfers?limit=3").json()
    rest = world.get(f"/v1/transfers?limit=3&after={first['next']}").json()
    assert first["data"] + rest["data"] == whole
    assert (len(whole), rest["next"]) == (5, None)


@pytest.mark.parametrize(
    ("price", "share", "fee"),
    [(0, 0, 0), (1, 1, 0), (9, 9, 0), (10, 9, 1), (19, 18, 1), (250_001, 225_001, 25_000)],
)
def test_a_fee_is_rounded_so_that_the_owner_never_loses(
    world: World, price: int, share: int, fee: int
) -> None:
    item = world.write_item()
    terms = {"price": price, "budget": price, "max_uses": 1}
    grant = world.granted([item], **terms)
    receipt = world.receipt(world.send(world.use(grant, [item])).json()["receipt"]).record
    assert (receipt.price, receipt.fee) == (price, fee)
    assert world.get("/v1/account").json()["balances"]["pending"] == share
    with world.database() as transaction:
        assert Ledger(transaction).total("fee") == fee
    world.verify_books()


def test_money_of_several_grants_does_not_mix(world: World) -> None:
    item = world.write_item()
    grants = [world.granted([item], price=price) for price in (10, 1000)]
    for grant in grants:
        world.send(world.use(grant, [item])).raise_for_status()
    listed = {one["hash"]: one["escrow"] for one in world.get("/v1/grants").json()["data"]}
    assert listed == {
        to_base64url(grants[0].hash): 10 * 99,
        to_base64url(grants[1].hash): 1000 * 99,
    }
    world.verify_books()


def test_no_time_turns_a_finished_use_into_a_new_one(world: World) -> None:
    item = world.write_item()
    grant = world.granted([item])
    use = world.use(grant, [item])
    for pause in (0, 16, 60 * 24, 60 * 24 * 400):
        world.clock.pass_by(minutes=pause)
        world.send(use).raise_for_status()
    world.log_in()
    assert world.get("/v1/account").json()["balances"]["pending"] == 108_000
