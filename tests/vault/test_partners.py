"""The directory: a partner's entries in one line, each signed by the key before it."""

import os
from typing import Any

import pytest

from anchor.encoding import to_base64url
from anchor.keys import SigningKey
from anchor.records.parties import ENTRIES_MAX, Partner
from anchor.records.signed import Signed
from tests.vault.world import World


def add(world: World, entry: Signed[Partner]) -> Any:
    return world.http.post("/v1/partners", json={"entry": entry.text})


def code(answer: Any) -> str:
    return str(answer.json()["code"])


def entries(world: World) -> list[str]:
    shown: list[str] = world.http.get(f"/v1/partners/{world.domain}").json()["entries"]
    return shown


def test_an_entry_is_shown_to_everybody(world: World) -> None:
    new = world.newcomer()
    entry = new.register_partner()
    assert entries(new) == [entry.text]


def test_an_unknown_domain_is_not_found(world: World) -> None:
    assert world.http.get("/v1/partners/nobody.example").status_code == 404


def test_an_entry_sent_twice_is_one_entry(world: World) -> None:
    new = world.newcomer()
    entry = new.register_partner()
    assert add(new, entry).json() == {"entries": [entry.text]}


def test_the_next_entry_is_signed_by_the_key_before(world: World) -> None:
    new = world.newcomer()
    first = new.register_partner()
    new.rotate_partner(first)
    assert len(entries(new)) == 2
    assert new.signed("GET", "/v1/balance").status_code == 200


def test_a_domain_that_is_taken_is_not_taken_again(world: World) -> None:
    thief = world.newcomer(world.domain)
    assert add(thief, thief.partner_entry()).status_code in {401, 409}
    assert len(entries(world)) == 1


def test_nobody_follows_the_entry_of_somebody_else(world: World) -> None:
    new = world.newcomer()
    first = new.register_partner()
    thief = SigningKey.generate()
    forged = new.partner_entry(thief, sign_key=thief.public, seq=2, prev=first.hash)
    assert code(add(new, forged)) == "signature"
    assert entries(new) == [first.text]


@pytest.mark.parametrize(
    "terms", [{"seq": 3}, {"prev": bytes(32)}, {"prev": None}], ids=["leaves one out", "other", "nothing"]
)
def test_an_entry_follows_the_newest(world: World, terms: dict[str, Any]) -> None:
    new = world.newcomer()
    first = new.register_partner()
    later = new.partner_entry(**({"seq": 2, "prev": first.hash, "name": "New name"} | terms))
    assert code(add(new, later)) == "contradiction"


def test_a_key_that_was_given_up_does_not_come_back(world: World) -> None:
    new = world.newcomer()
    first = new.register_partner()
    old = new.rotate_partner(first)
    second = entries(new)[1]
    again = new.partner_entry(
        new.partner, sign_key=old.public, seq=3, prev=world.hash_of_entry(second.encode())
    )
    assert code(add(new, again)) == "contradiction"


def test_a_key_belongs_to_one_partner(world: World) -> None:
    new = world.newcomer()
    new.partner = world.partner
    assert code(add(new, new.partner_entry())) == "conflict"


def test_a_first_entry_is_signed_by_its_own_key(world: World) -> None:
    new = world.newcomer()
    assert code(add(new, new.partner_entry(SigningKey.generate()))) == "signature"


def test_an_entry_without_a_first_one_is_refused(world: World) -> None:
    new = world.newcomer()
    assert code(add(new, new.partner_entry(seq=2, prev=os.urandom(32)))) == "contradiction"


def test_a_partner_has_an_end_of_entries(world: World) -> None:
    new = world.newcomer()
    last = new.register_partner()
    for seq in range(2, ENTRIES_MAX + 1):
        last = new.partner_entry(seq=seq, prev=last.hash, name=f"Name {seq}")
        assert add(new, last).status_code == 201
    assert add(new, new.partner_entry(seq=ENTRIES_MAX + 1, prev=last.hash)).status_code == 400
    assert len(entries(new)) == ENTRIES_MAX


def test_the_balance_is_the_partners_own(world: World) -> None:
    new = world.newcomer()
    new.register_partner()
    world.granted([])
    assert new.signed("GET", "/v1/balance").json() == {"funding": 0, "escrow": 0, "currency": "USD"}
    assert world.signed("GET", "/v1/balance").json()["escrow"] == 12_000_000


def test_a_partner_is_found_by_its_newest_key_alone(world: World) -> None:
    new = world.newcomer()
    first = new.register_partner()
    old = new.rotate_partner(first)
    item = world.write_item()
    grant = world.granted([item])
    assert new.signed("GET", "/v1/balance", key=old).status_code == 401
    assert code(new.send(world.use(grant, [item], key=old))) == "signature"


def test_every_entry_is_queued_for_the_log(world: World) -> None:
    new = world.newcomer()
    first = new.register_partner()
    with world.database() as transaction:
        queued = [row[0] for row in transaction.all("SELECT entry FROM log_queue ORDER BY id")]
    assert queued[-1] == first.entry
    assert to_base64url(queued[-1][1:]) == to_base64url(first.hash)
