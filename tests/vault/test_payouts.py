"""From payable to paid: claimed once, settled or failed, and held by nothing without a reason."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anchor.chain.distribution import verify_share
from anchor.encoding import from_base64url, to_base64url
from anchor.keys import SigningKey
from anchor.records.payouts import Payout
from anchor.records.signed import by, verify
from tests.vault.outflow import balances, claim, earn, make_claim, operate, operated, pay, verify_sums, work
from tests.vault.world import World, settle
from vault.db import reading, writing
from vault.errors import Conflict, Malformed
from vault.payouts import distribution
from vault.payouts.rules import (
    AGE,
    CAP,
    PERSON_ELSEWHERE,
    PERSON_UNKNOWN,
    House,
    Standing,
    brakes,
    verify_next,
)

NOW = datetime.fromisoformat("2027-03-14T09:26:53Z")


@pytest.fixture
def rich(world: World) -> World:
    """An owner with an account of 20 days and 540,000 micros that are payable."""
    world.clock.pass_by(days=20)
    world.log_in()
    earn(world, 5)
    work(world)
    return world


def test_a_claim_leaves_and_is_paid(rich: World) -> None:
    claimed = make_claim(rich, 500_000)
    assert claimed.status_code == 201
    assert balances(rich) == {"payable": 40_000, "leaving": 500_000}
    (due,) = operated(rich, "/v1/claims/due").json()["data"]
    assert (due["hash"], due["amount"], due["way"]) == (claimed.json()["hash"], 500_000, "manual")
    key = from_base64url(rich.http.get("/v1/trust").json()["keys"][0])
    said = verify(pay(rich, due["hash"]).json()["payout"].encode(), Payout, by(key)).record
    assert (said.outcome, said.amount, said.claim) == ("settled", 500_000, from_base64url(due["hash"]))
    assert balances(rich) == {"payable": 40_000, "paid": 500_000}
    assert operated(rich, "/v1/claims/due").json()["data"] == []
    verify_sums(rich)


def test_a_payment_that_failed_or_came_back_is_payable_again(rich: World) -> None:
    for outcomes, left in (("failed",), 540_000), (("settled", "returned"), 540_000):
        name = make_claim(rich, 100_000).json()["hash"]
        for outcome in outcomes:
            assert pay(rich, name, outcome).status_code == 201
        assert balances(rich) == {"payable": left}
    states = [one["state"] for one in rich.get("/v1/claims").json()["data"]]
    assert states == ["failed", "returned"]
    verify_sums(rich)


def test_the_same_claim_and_the_same_payout_again_change_nothing(rich: World) -> None:
    body = {"claim": claim(rich, 100_000).text}
    first = rich.post("/v1/claims", body)
    assert rich.post("/v1/claims", body).content == first.content
    paid = pay(rich, first.json()["hash"])
    assert pay(rich, first.json()["hash"], reference="line 2").content == paid.content
    assert pay(rich, first.json()["hash"], "failed").status_code == 400
    assert balances(rich) == {"payable": 440_000, "paid": 100_000}


def test_nobody_takes_more_than_is_payable(rich: World) -> None:
    answer = make_claim(rich, 550_000)
    assert (answer.status_code, answer.json()["code"]) == (402, "insufficient-funds")
    assert balances(rich) == {"payable": 540_000}


def test_a_claim_is_signed_by_a_locker_of_its_account(rich: World) -> None:
    other = settle(rich.newcomer())
    assert make_claim(rich, 10_000, SigningKey.generate()).status_code == 401
    assert make_claim(rich, 10_000, other.device).status_code == 401
    assert make_claim(other, 10_000, rich.device, account=rich.account).status_code == 401


@pytest.mark.parametrize(
    "terms",
    [{"amount": 19_999}, {"currency": "EUR"}, {"vault": "other.example"}, {"way": "evm"}],
    ids=["less than a cent", "another currency", "another vault", "no contract"],
)
def test_a_claim_that_cannot_be_paid_is_refused_and_takes_nothing(rich: World, terms: dict[str, Any]) -> None:
    assert make_claim(rich, **({"amount": 10_000} | terms)).status_code == 400
    assert balances(rich) == {"payable": 540_000}


def test_a_claim_signed_long_ago_is_refused(rich: World) -> None:
    old = {"claim": claim(rich, 10_000).text}
    rich.clock.pass_by(minutes=6)
    assert rich.post("/v1/claims", old).status_code == 400


# ── by contract ──────────────────────────────────────────────────────────────────────────


def test_claims_by_contract_prove_and_are_settled_together(rich: World) -> None:
    object.__setattr__(rich.settings, "payout_contract", "0x" + "11" * 20)
    address = "0x" + "ab" * 20
    claimed = [
        make_claim(rich, 100_001, way="evm", destination=destination).json()["hash"]
        for destination in (address, address, "0x" + "cd" * 20)
    ]
    made = operate(rich, "/v1/distributions", {}).json()
    assert (made["total"], made["addresses"]) == (300_003, 2)
    assert operate(rich, "/v1/distributions", {}).json() == made
    share = rich.get(f"/v1/claims/{claimed[0]}/proof").json()
    proof = [bytes.fromhex(one[2:]) for one in share["proof"]]
    assert share["root"] == made["root"]
    assert (
        verify_share(bytes.fromhex(address[2:]), 200_002, proof, bytes.fromhex(made["root"][2:])) == 200_002
    )
    assert pay(rich, claimed[0], "failed").status_code == 400
    (listed,) = operated(rich, "/v1/distributions").json()["data"]
    assert (listed["root"], listed["total"], listed["waiting"]) == (made["root"], 300_003, 3)
    path = f"/v1/distributions/{made['name']}/published"
    assert [operate(rich, path, {"reference": "0x01"}).json()["settled"] for _ in range(2)] == [3, 0]
    assert balances(rich) == {"payable": 540_000 - 300_003, "paid": 300_003}

    # What is claimed later adds to what was there: the contract pays the difference.
    later = make_claim(rich, 7, way="evm", destination=address).json()["hash"]
    assert rich.get(f"/v1/claims/{later}/proof").status_code == 404
    assert operate(rich, "/v1/distributions", {}).json()["total"] == 300_010
    assert [one["waiting"] for one in operated(rich, "/v1/distributions").json()["data"]] == [0, 1]
    assert rich.get(f"/v1/claims/{later}/proof").json()["cumulative"] == 200_009
    verify_sums(rich)


def test_a_distribution_that_was_overtaken_is_not_kept(rich: World) -> None:
    """Two are made at once: the older one must not take the place of the one that holds more."""
    object.__setattr__(rich.settings, "payout_contract", "0x" + "11" * 20)
    make_claim(rich, 100_001, way="evm", destination="0x" + "ab" * 20)
    with rich.database() as connection, reading(connection) as transaction:
        older = distribution.owed(transaction)
    newest = make_claim(rich, 7, way="evm", destination="0x" + "cd" * 20).json()["hash"]
    made = operate(rich, "/v1/distributions", {}).json()
    with (
        pytest.raises(Conflict),
        rich.database() as connection,
        writing(connection) as transaction,
    ):
        distribution.keep(transaction, older, distribution.tree_of(older), 0)
    assert [one["root"] for one in operated(rich, "/v1/distributions").json()["data"]] == [made["root"]]
    assert rich.get(f"/v1/claims/{newest}/proof").json()["root"] == made["root"]


def test_a_distribution_of_other_debts_than_are_owed_now_is_not_kept(rich: World) -> None:
    """One claim failed and another of as much came to light: the sums agree, and the tree does not."""
    object.__setattr__(rich.settings, "payout_contract", "0x" + "11" * 20)
    failing = make_claim(rich, 100_001, way="evm", destination="0x" + "ab" * 20).json()["hash"]
    make_claim(rich, 100_001, way="evm", destination="0x" + "cd" * 20)
    with rich.database() as connection, reading(connection) as transaction:
        seen = distribution.owed(transaction)
    stale = replace(seen, by_address={"0x" + "ab" * 20: 100_001})  # the second was not committed yet
    assert pay(rich, failing, "failed").status_code == 201
    with (
        pytest.raises(Conflict),
        rich.database() as connection,
        writing(connection) as transaction,
    ):
        distribution.keep(transaction, stale, distribution.tree_of(stale), 0)


@pytest.mark.parametrize("destination", ["0x" + "AB" * 20, "0x" + "ab" * 19, "DE89"])
def test_a_claim_by_contract_names_an_address(rich: World, destination: str) -> None:
    object.__setattr__(rich.settings, "payout_contract", "0x" + "11" * 20)
    assert make_claim(rich, 1, way="evm", destination=destination).status_code == 400


# ── brakes ───────────────────────────────────────────────────────────────────────────────


def test_a_young_account_is_told_why_and_until_when(world: World) -> None:
    earn(world)
    work(world)
    answer = make_claim(world, 10_000)
    assert (answer.status_code, answer.json()["code"]) == (403, "payout-held")
    assert "14 days" in answer.json()["detail"]
    (brake,) = world.get("/v1/brakes").json()["data"]
    assert (brake["code"], brake["until"]) == (AGE, "2027-03-28T09:26:53Z")
    assert balances(world) == {"payable": 108_000}


def test_an_appeal_is_read_by_a_person_and_lifts_the_brake(world: World) -> None:
    earn(world)
    work(world)
    assert world.post("/v1/appeals", {"brake": "mood", "words": "please"}).status_code == 400
    number = world.post("/v1/appeals", {"brake": AGE, "words": "I am new and real."}).json()["number"]
    (waiting,) = operated(world, "/v1/appeals/open").json()["data"]
    assert (waiting["number"], waiting["words"]) == (number, "I am new and real.")
    answer = {"lift": True, "words": "Welcome."}
    assert operate(world, f"/v1/appeals/{number}/answer", answer).status_code == 204
    assert operate(world, f"/v1/appeals/{number}/answer", answer).status_code == 409
    (mine,) = world.get("/v1/appeals").json()["data"]
    assert (mine["lifted"], mine["answer"]) == (True, "Welcome.")
    assert make_claim(world, 10_000).status_code == 201


def test_only_so_many_appeals_wait(world: World) -> None:
    codes = [world.post("/v1/appeals", {"brake": CAP, "words": "more"}).status_code for _ in range(9)]
    assert codes == [201] * 8 + [409]


def test_a_person_is_paid_by_one_account(rich: World) -> None:
    object.__setattr__(rich.settings, "payout_persons", True)
    other = settle(rich.newcomer())
    other.clock.pass_by(days=20)
    other.log_in()
    rich.log_in()
    earn(other)
    work(other)
    assert "verified" in make_claim(rich, 10_000).json()["detail"]
    for world in (rich, other):
        body = {"account": to_base64url(world.account), "person": to_base64url(bytes(32))}
        assert operate(world, "/v1/persons", body).status_code == 204
    assert make_claim(rich, 10_000).status_code == 201
    answer = make_claim(other, 10_000)
    assert (answer.status_code, "another account" in answer.json()["detail"]) == (403, True)
    assert make_claim(rich, 10_000).status_code == 201


STANDINGS = st.builds(
    Standing,
    opened=st.datetimes(datetime(2027, 1, 1), datetime(2027, 3, 14), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis adds the zone
    left=st.integers(0, 10**9),
    verified=st.booleans(),
    elsewhere=st.booleans(),
    lifted=st.sets(st.sampled_from([AGE, CAP, PERSON_UNKNOWN, PERSON_ELSEWHERE])),
)
HOUSES = st.builds(House, age_days=st.integers(0, 365), cap=st.integers(0, 10**9), persons=st.booleans())


@given(st.integers(1, 10**9), STANDINGS, HOUSES)
def test_a_brake_that_was_lifted_holds_nothing_and_every_other_says_why(
    amount: int, standing: Standing, house: House
) -> None:
    found = brakes(amount, standing, house, NOW)
    assert not {brake.code for brake in found} & set(standing.lifted)
    assert all(brake.words for brake in found)
    assert not brakes(amount, standing, House(0, 0, persons=False), NOW)


@given(st.integers(1, 10**9), st.integers(1, 10**9), STANDINGS, HOUSES)
def test_what_may_leave_may_also_leave_in_a_smaller_part(
    amount: int, part: int, standing: Standing, house: House
) -> None:
    if not brakes(amount, standing, house, NOW):
        assert not brakes(min(part, amount), standing, house, NOW)


@pytest.mark.parametrize("outcome", ["failed", "returned"])
def test_what_the_chain_promised_does_not_come_back(outcome: str) -> None:
    state = "settled" if outcome == "returned" else "leaving"
    with pytest.raises(Malformed):
        verify_next(state, outcome, distributed=True)
