"""Receipts, statements and refusals: what happened, shown to its two sides and to nobody else."""

import os
from typing import Any

import pytest

from anchor.encoding import from_base64url, to_base64url
from anchor.records.signed import by, verify
from anchor.records.usage import OwnerLink, Statement, verify_owner_link
from tests.vault.world import World, settle


def uses(world: World, count: int = 3) -> list[Any]:
    item = world.write_item()
    grant = world.granted([item])
    sent = [world.use(grant, [item]) for _ in range(count)]
    for use in sent:
        world.send(use).raise_for_status()
    return sent


def test_each_receipt_comes_with_the_use_it_answers_and_its_place(world: World) -> None:
    sent = uses(world)
    listed = world.get("/v1/receipts").json()["data"]
    assert [one["use"] for one in listed] == [use.text for use in sent]
    for one in listed:
        receipt = world.receipt(one["receipt"]).record
        prev = from_base64url(one["link"]["prev"]) if one["link"]["prev"] else None
        verify_owner_link(OwnerLink(one["link"]["seq"], prev, from_base64url(one["link"]["blind"])), receipt)
        assert (one["state"], one["entry"]) == ("recorded", None)


def test_the_closing_receipt_comes_with_its_revocation(world: World) -> None:
    grant = world.granted([])
    revocation = world.revocation(grant)
    world.post("/v1/revocations", {"revocation": revocation.text}).raise_for_status()
    (listed,) = world.get("/v1/receipts").json()["data"]
    assert (listed["use"], listed["revocation"]) == (None, revocation.text)


def test_receipts_are_listed_page_by_page(world: World) -> None:
    uses(world, 5)
    whole = world.get("/v1/receipts").json()["data"]
    first = world.get("/v1/receipts?limit=2").json()
    second = world.get(f"/v1/receipts?limit=2&after={first['next']}").json()
    third = world.get(f"/v1/receipts?limit=2&after={second['next']}").json()
    assert first["data"] + second["data"] + third["data"] == whole
    assert third["next"] is None


def test_a_partner_sees_no_place_in_the_owners_chain(world: World) -> None:
    """Two partners who compared such places could find an owner they share."""
    (use,) = uses(world, 1)
    answer = world.send(use).text
    grant = to_base64url(use.record.grant)
    listed = world.signed("GET", f"/v1/grants/{grant}/receipts").text
    (own,) = world.get("/v1/receipts").json()["data"]
    assert own["link"]["blind"] not in answer + listed
    assert to_base64url(world.account) not in answer + listed


def test_others_see_no_receipt(world: World) -> None:
    uses(world)
    other = settle(world.newcomer())
    (own, *_) = world.get("/v1/receipts").json()["data"]
    name = to_base64url(world.receipt(own["receipt"]).hash)
    assert other.get("/v1/receipts").json()["data"] == []
    for answer in (
        other.get(f"/v1/receipts/{name}/proof"),
        other.signed("GET", f"/v1/receipts/{name}/proof"),
    ):
        assert (answer.status_code, answer.json()["detail"]) == (404, "no such receipt")


def test_a_receipt_that_is_not_in_a_checkpoint_has_no_proof_yet(world: World) -> None:
    uses(world, 1)
    (own,) = world.get("/v1/receipts").json()["data"]
    name = to_base64url(world.receipt(own["receipt"]).hash)
    for path in (f"/v1/receipts/{name}/proof", f"/v1/receipts/{name}/proof?anchored=1"):
        answer = world.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not-yet")


@pytest.mark.parametrize("name", ["x", "A" * 44, to_base64url(bytes(range(32)))])
def test_a_receipt_that_does_not_exist_has_no_proof(world: World, name: str) -> None:
    assert world.get(f"/v1/receipts/{name}/proof").status_code in {400, 404}


# ── statements ───────────────────────────────────────────────────────────────────────────


def statement(world: World) -> Statement:
    raw = world.http.post("/v1/statements", headers=world.as_owner).json()["statement"]
    return verify(raw.encode(), Statement, by(world.service.keys.records.public)).record


def test_a_statement_counts_the_chain_and_the_money(world: World) -> None:
    sent = uses(world)
    last = world.receipt(world.send(sent[-1]).json()["receipt"])
    said = statement(world)
    assert (said.account, said.receipts, said.head) == (world.account, 3, last.hash)
    assert (said.pending, said.payable, said.paid, said.currency) == (3 * 108_000, 0, 0, "USD")
    assert (said.log_size, said.time) == (0, world.clock())


def test_a_statement_of_nothing_says_so(world: World) -> None:
    said = statement(world)
    assert (said.receipts, said.head, said.pending) == (0, None, 0)


def test_two_statements_of_one_moment_do_not_look_alike(world: World) -> None:
    assert statement(world).salt != statement(world).salt


def test_a_statement_is_queued_for_the_log(world: World) -> None:
    statement(world)
    with world.database() as transaction:
        kinds = [row[0][0] for row in transaction.all("SELECT entry FROM log_queue ORDER BY id")]
        assert transaction.one("SELECT account FROM statements") == (world.account,)
    assert kinds[-1] == 5


# ── refusals ─────────────────────────────────────────────────────────────────────────────


def refusals(world: World) -> list[tuple[str, int]]:
    return [(one["code"], one["count"]) for one in world.get("/v1/refusals").json()["data"]]


def test_refusals_are_counted_by_grant_code_and_hour(world: World) -> None:
    item = world.write_item()
    first, second = world.granted([item]), world.granted([item])
    for _ in range(3):
        world.send(world.use(first, [item], purpose="dpv:Advertising"))
    world.send(world.use(first, [], items=(bytes(16),)))
    world.send(world.use(second, [item], purpose="dpv:Advertising"))
    world.clock.pass_by(hours=1)
    world.send(world.use(first, [item], purpose="dpv:Advertising"))
    listed = world.get("/v1/refusals").json()["data"]
    assert sorted(
        (one["grant"] == to_base64url(first.hash), one["code"], one["count"]) for one in listed
    ) == [
        (False, "purpose-not-granted", 1),
        (True, "item-not-granted", 1),
        (True, "purpose-not-granted", 1),
        (True, "purpose-not-granted", 3),
    ]


def test_a_batch_of_refused_uses_is_one_row(world: World) -> None:
    item = world.write_item()
    grant = world.granted([item])
    batch = [world.use(grant, [item], purpose="dpv:Advertising").text for _ in range(50)]
    assert world.http.post("/v1/uses", json={"uses": batch}).status_code == 200
    assert refusals(world) == [("purpose-not-granted", 50)]


def test_a_stranger_leaves_nothing_behind_however_often_it_asks(world: World) -> None:
    """The hash of a grant is in the public log: anybody with a domain can name it."""
    item = world.write_item()
    grant = world.granted([item])
    stranger = world.newcomer()
    stranger.register_partner()
    batch = [world.use(grant, [item], key=stranger.partner).text for _ in range(20)]
    batch += [world.use(grant, [item], grant=os.urandom(32)).text for _ in range(20)]
    answers = world.http.post("/v1/uses", json={"uses": batch}).json()["answers"]
    assert {one["problem"]["code"] for one in answers} == {"grant-unknown"}
    with world.database() as transaction:
        assert transaction.all("SELECT id FROM refusals") == []
    assert refusals(world) == []


def test_an_owner_sees_the_refusals_of_her_own_grants_alone(world: World) -> None:
    item = world.write_item()
    world.send(world.use(world.granted([item]), [item], purpose="dpv:Advertising"))
    assert settle(world.newcomer()).get("/v1/refusals").json()["data"] == []
    assert len(refusals(world)) == 1


def test_who_holds_a_chain_asks_for_the_rest_of_it_alone(world: World) -> None:
    """The cursor of receipts is a seq, which the holder of a chain knows."""
    item = world.write_item()
    grant = world.granted([item])
    for _ in range(3):
        world.send(world.use(grant, [item])).raise_for_status()
    after = to_base64url((2).to_bytes(8, "big"))
    path = f"/v1/grants/{to_base64url(grant.hash)}/receipts?after={after}"
    (own,) = world.get(f"/v1/receipts?after={after}").json()["data"]
    (theirs,) = world.signed("GET", path).json()["data"]
    assert (own["link"]["seq"], own["receipt"]) == (3, theirs["receipt"])
