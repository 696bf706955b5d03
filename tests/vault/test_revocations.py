"""Revocations: the owner's no closes the chain, deletes the keys, and gives the rest of the money back."""

import os
from typing import Any

import pytest

from anchor.encoding import to_base64url
from anchor.keys import SigningKey
from anchor.records.consent import Revocation
from anchor.records.signed import sign
from tests.vault.world import World, settle


def code(answer: Any) -> str:
    return str(answer.json()["code"])


def test_a_revocation_gives_back_what_is_left(world: World) -> None:
    item = world.write_item()
    grant = world.granted([item])
    world.send(world.use(grant, [item])).raise_for_status()
    world.revoke(grant).raise_for_status()
    assert world.signed("GET", "/v1/balance").json()["funding"] == 100_000_000 - 120_000
    (listed,) = world.get("/v1/grants").json()["data"]
    assert (listed["state"], listed["escrow"], listed["uses"]) == ("revoked", 0, 1)
    world.verify_books()


def test_a_revocation_leaves_no_key_and_no_envelope(world: World) -> None:
    grant = world.granted([world.write_item()])
    world.revoke(grant).raise_for_status()
    with world.database() as transaction:
        for table in ("grant_keys", "envelopes", "expiries"):
            assert transaction.all(f"SELECT * FROM {table}") == []  # noqa: S608 - one of the words above
    listed = world.signed("GET", f"/v1/grants/{to_base64url(grant.hash)}/items").json()
    assert listed == {"data": [], "next": None}


def test_one_revocation_shuts_one_grant(world: World) -> None:
    item = world.write_item()
    first, second = world.granted([item]), world.granted([item])
    world.revoke(first).raise_for_status()
    assert world.send(world.use(second, [item])).json()["keys"] == ["AQAB"]


def test_the_closing_receipt_names_the_revocation_and_opens_nothing(world: World) -> None:
    grant = world.granted([])
    revocation = world.revocation(grant)
    raw = world.post("/v1/revocations", {"revocation": revocation.text}).json()["receipt"]
    closing = world.receipt(raw).record
    assert (closing.revocation, closing.use, closing.purpose) == (revocation.hash, None, None)
    assert (closing.opened, closing.price, closing.fee) == ((), 0, 0)


def test_the_same_revocation_twice_brings_the_same_receipt(world: World) -> None:
    body = {"revocation": world.revocation(world.granted([])).text}
    assert world.post("/v1/revocations", body).json() == world.post("/v1/revocations", body).json()
    world.verify_books()


def test_another_revocation_of_the_same_grant_is_refused(world: World) -> None:
    grant = world.granted([])
    world.revoke(grant).raise_for_status()
    assert code(world.revoke(grant)) == "conflict"


def test_nobody_revokes_for_somebody_else(world: World) -> None:
    grant = world.granted([])
    other = settle(world.newcomer())
    assert code(other.post("/v1/revocations", {"revocation": world.revocation(grant).text})) == "not-found"
    assert world.get("/v1/grants").json()["data"][0]["state"] == "standing"


@pytest.mark.parametrize("who", ["partner", "device", "stranger"])
def test_a_revocation_is_signed_by_the_key_of_the_grant(world: World, who: str) -> None:
    key = {"partner": world.partner, "device": world.device, "stranger": SigningKey.generate()}[who]
    revocation = Revocation(grant=world.granted([]).hash, erase=True, uses=0, time=world.clock())
    answer = world.post("/v1/revocations", {"revocation": sign(revocation, key).text})
    assert (answer.status_code, code(answer)) == (401, "signature")


def test_a_grant_that_was_never_given_is_not_revoked(world: World) -> None:
    revocation = Revocation(grant=os.urandom(32), erase=True, uses=0, time=world.clock())
    answer = world.post("/v1/revocations", {"revocation": sign(revocation, world.pairwise).text})
    assert code(answer) == "not-found"


def test_a_version_that_was_followed_is_not_revoked_but_the_one_after_is(world: World) -> None:
    item = world.write_item()
    first = world.granted([item])
    second = world.grant(None, id=first.record.id, version=2, prev=first.hash, ask=first.record.ask)
    world.give(second, [item]).raise_for_status()
    assert code(world.revoke(first)) == "conflict"
    assert world.revoke(second).status_code == 201
    for grant in (first, second):
        assert world.send(world.use(grant, [item])).status_code == 410


def test_uses_before_a_revocation_stay_answered_by_their_receipt_alone(world: World) -> None:
    item = world.write_item()
    grant = world.granted([item])
    use = world.use(grant, [item])
    receipt = world.send(use).json()["receipt"]
    world.revoke(grant).raise_for_status()
    assert world.send(use).json() == {"receipt": receipt, "keys": [], "items": []}


def test_the_partner_can_still_read_the_whole_chain(world: World) -> None:
    item = world.write_item()
    grant = world.granted([item])
    use = world.use(grant, [item])
    world.send(use).raise_for_status()
    closing = world.revoke(grant).json()["receipt"]
    listed = world.signed("GET", f"/v1/grants/{to_base64url(grant.hash)}/receipts").json()["data"]
    assert [one["use"] for one in listed] == [use.text, None]
    assert listed[1]["receipt"] == closing


def test_the_revocation_is_queued_for_the_log_behind_every_use(world: World) -> None:
    item = world.write_item()
    grant = world.granted([item])
    for _ in range(3):
        world.send(world.use(grant, [item])).raise_for_status()
    world.revoke(grant).raise_for_status()
    with world.database() as transaction:
        kinds = [row[0][0] for row in transaction.all("SELECT entry FROM log_queue ORDER BY id")]
    assert kinds == [1, 2, 4, 4, 4, 3, 4]
