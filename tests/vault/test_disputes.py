"""A dispute holds back what a receipt brought; a decision moves it, by entries that are added."""

from datetime import timedelta

import pytest

from anchor.encoding import from_base64url, to_base64url
from anchor.keys import SigningKey
from anchor.records.disputes import Decision
from anchor.records.signed import by, verify
from tests.vault.outflow import balances, decide, dispute, earn, operated, put_dispute, verify_sums, work
from tests.vault.world import World
from vault.payments.store import Ledger

SHARE, FEE = 108_000, 12_000


def funding(world: World) -> int:
    found: int = world.signed("GET", "/v1/balance").json()["funding"]
    return found


def test_a_disputed_receipt_is_not_released_and_the_others_are(world: World) -> None:
    first, _, _ = earn(world, 3)
    assert put_dispute(world, first.hash).status_code == 201
    work(world)
    assert balances(world) == {"pending": SHARE, "payable": 2 * SHARE}
    verify_sums(world)


def test_a_refund_goes_back_to_the_partner_and_the_rest_is_payable(world: World) -> None:
    (receipt,) = earn(world)
    before = funding(world)
    put_dispute(world, receipt.hash).raise_for_status()
    decided = decide(world, receipt.hash, 60_000, FEE)
    assert decided.status_code == 201
    assert balances(world) == {"payable": 48_000}
    assert funding(world) == before + 60_000 + FEE
    with world.database() as transaction:
        assert Ledger(transaction).total("fee") == 0
    work(world)
    assert balances(world) == {"payable": 48_000}
    verify_sums(world)


def test_a_decision_is_signed_and_names_what_it_decides(world: World) -> None:
    (receipt,) = earn(world)
    put_dispute(world, receipt.hash).raise_for_status()
    key = from_base64url(world.http.get("/v1/trust").json()["keys"][0])
    raw = decide(world, receipt.hash, 0).json()["decision"]
    said = verify(raw.encode(), Decision, by(key)).record
    assert (said.receipt, said.dispute) == (receipt.hash, dispute(world, receipt.hash).hash)
    assert (said.share, said.fee) == (0, 0)
    for listed in (world.get("/v1/disputes"), world.signed("GET", "/v1/disputes")):
        (one,) = listed.json()["data"]
        assert (one["decision"], one["receipt"]) == (raw, to_base64url(receipt.hash))
    assert operated(world, "/v1/disputes/open").json()["data"] == []


def test_the_same_decision_again_is_the_same_answer_and_another_is_refused(world: World) -> None:
    (receipt,) = earn(world)
    put_dispute(world, receipt.hash).raise_for_status()
    first = decide(world, receipt.hash, 1, 2)
    assert decide(world, receipt.hash, 1, 2).content == first.content
    assert decide(world, receipt.hash, 2, 2).status_code == 409
    assert balances(world) == {"payable": SHARE - 1}


@pytest.mark.parametrize(("share", "fee"), [(SHARE + 1, 0), (0, FEE + 1), (-1, 0), (2**53, 0)])
def test_no_more_goes_back_than_the_receipt_brought(world: World, share: int, fee: int) -> None:
    (receipt,) = earn(world)
    put_dispute(world, receipt.hash).raise_for_status()
    assert decide(world, receipt.hash, share, fee).status_code == 400
    assert balances(world) == {"pending": SHARE}


def test_either_side_may_dispute_once_and_nobody_else(world: World) -> None:
    first, second = earn(world, 2)
    assert put_dispute(world, first.hash, world.pairwise).status_code == 201
    assert put_dispute(world, first.hash, world.pairwise).status_code == 201  # the same again
    assert put_dispute(world, first.hash).status_code == 409
    assert put_dispute(world, second.hash, SigningKey.generate()).status_code == 401
    assert put_dispute(world, bytes(32)).status_code == 404
    sides = [one["side"] for one in operated(world, "/v1/disputes/open").json()["data"]]
    assert sides == ["owner"]


def test_what_is_payable_is_not_disputed_any_more(world: World) -> None:
    (receipt,) = earn(world)
    work(world)
    answer = put_dispute(world, receipt.hash)
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert balances(world) == {"payable": SHARE}


def test_the_holdback_keeps_money_pending_for_so_many_days(world: World) -> None:
    earn(world)
    for days, expected in ((0, "pending"), (13, "pending"), (1, "payable")):
        world.clock.pass_by(days=days)
        world.log_in()
        work(world, timedelta(days=14))
        assert balances(world) == {expected: SHARE}
    verify_sums(world)


def test_a_closing_receipt_is_nothing_to_dispute(world: World) -> None:
    grant = world.granted([])
    closing = world.receipt(world.revoke(grant).json()["receipt"])
    assert put_dispute(world, closing.hash).status_code == 404
