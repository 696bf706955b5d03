"""What the vault takes as an entry of an account chain: in order, by a locker, with every root it needs."""

import os
from datetime import datetime
from typing import Any

import pytest

from anchor.encoding import from_base64url, to_base64url
from anchor.keys import SigningKey
from anchor.records.account import AccountEntry, Login
from anchor.records.signed import Signed, hash_of, sign
from tests.vault.world import World


class Chain:
    """The owner's chain as her device keeps it."""

    def __init__(self, world: World) -> None:
        self.world = world
        shown = world.get("/v1/account").json()
        self.head = hash_of(AccountEntry, shown["chain"][-1].encode())
        self.seq, self.generation, self.commitment = 1, 0, bytes(32)
        self.others: dict[SigningKey, bytes] = {}

    def entry(self, action: str, named: SigningKey, /, **fields: Any) -> Signed[AccountEntry]:
        turns = action != "add"
        fixed: dict[str, Any] = {
            "account": self.world.account,
            "seq": self.seq + 1,
            "prev": self.head,
            "action": action,
            "kind": "device",
            "sign_key": named.public,
            "sealing_key": self.world.sealing_key,
            "generation": self.generation + turns,
            "root_commitment": os.urandom(32) if turns else self.commitment,
            "journal": self.world.journal[1],
            "time": self.world.clock(),
        }
        signer = fields.pop("signer", self.world.device)
        return sign(AccountEntry(**(fixed | fields)), signer)

    def send(self, entry: Signed[AccountEntry], *lockers: SigningKey, **body: Any) -> Any:
        roots = {to_base64url(one.kid): "AQAB" for one in lockers}
        older = {} if entry.record.action == "add" else {"secrets": {"roots": "AQAB"}}
        answer = self.world.post(
            "/v1/account/entries", {"entry": entry.text, "roots": roots, **older, **body}
        )
        if answer.status_code == 201 and entry.record.seq == self.seq + 1:
            self.seq, self.head = entry.record.seq, entry.hash
            self.world.chain = entry.hash
            self.generation, self.commitment = entry.record.generation, entry.record.root_commitment
        return answer

    def add(self, **body: Any) -> SigningKey:
        new = SigningKey.generate()
        assert self.send(self.entry("add", new), new, **body).status_code == 201
        return new


def standing(world: World) -> set[str]:
    return {row["kid"] for row in world.get("/v1/account").json()["lockers"]}


def logged_in(world: World, key: SigningKey) -> dict[str, str]:
    world.clock.pass_by(seconds=1)
    asked = world.http.post("/v1/logins", json={"kid": to_base64url(key.kid)}).json()
    login = Login(
        vault=world.origin,
        account=world.account,
        nonce=from_base64url(asked["nonce"]),
        expires=datetime.fromisoformat(asked["expires"]),
    )
    answer = world.http.post("/v1/sessions", json={"login": sign(login, key).text})
    return {"Authorization": f"Bearer {answer.json().get('session', 'none')}"}


def test_a_locker_is_added_with_its_root_and_stands(world: World) -> None:
    chain = Chain(world)
    new = chain.add()
    assert standing(world) == {to_base64url(world.device.kid), to_base64url(new.kid)}
    assert world.http.get("/v1/account", headers=logged_in(world, new)).status_code == 200


def test_a_removed_locker_is_out_at_once_and_comes_back_never(world: World) -> None:
    chain = Chain(world)
    gone = chain.add()
    session = logged_in(world, gone)
    assert world.http.get("/v1/account", headers=session).status_code == 200
    assert chain.send(chain.entry("remove", gone), world.device).status_code == 201
    assert world.http.get("/v1/account", headers=session).status_code == 401
    assert world.http.get("/v1/account", headers=logged_in(world, gone)).status_code == 401
    assert chain.send(chain.entry("add", gone), gone).status_code == 409
    assert standing(world) == {to_base64url(world.device.kid)}


def test_a_new_root_key_comes_sealed_to_exactly_the_lockers_that_stay(world: World) -> None:
    chain = Chain(world)
    one, other = chain.add(), chain.add()
    for lockers in (
        (world.device,),
        (world.device, one, other),
        (),
        (world.device, one, SigningKey.generate()),
    ):
        assert chain.send(chain.entry("remove", other), *lockers).status_code == 400
    assert len(standing(world)) == 3
    assert chain.send(chain.entry("remove", other), world.device, one).status_code == 201


def test_a_new_root_key_without_the_older_ones_is_refused(world: World) -> None:
    chain = Chain(world)
    entry = chain.entry("rotate", world.device)
    assert chain.send(entry, world.device, secrets={}).status_code == 400
    assert chain.send(entry, world.device, secrets={"others": "AQAB"}).status_code == 400
    assert chain.send(entry, world.device).status_code == 201
    assert world.get("/v1/account").json()["secrets"] == {"roots": "AQAB"}


def test_the_older_roots_move_with_an_entry_and_with_nothing_else(world: World) -> None:
    answer = world.http.put("/v1/account/secrets/roots", json={"sealed": "AQAB"}, headers=world.as_owner)
    assert answer.status_code == 409


def test_an_entry_sent_again_changes_nothing(world: World) -> None:
    chain = Chain(world)
    new = SigningKey.generate()
    entry = chain.entry("add", new)
    assert [chain.send(entry, new).json() for _ in range(3)] == [{"seq": 2}] * 3
    assert len(world.get("/v1/account").json()["chain"]) == 2


def test_of_two_entries_for_one_place_the_second_is_told_to_begin_anew(world: World) -> None:
    chain = Chain(world)
    one, other = SigningKey.generate(), SigningKey.generate()
    second = chain.entry("add", other)
    assert chain.send(chain.entry("add", one), one).status_code == 201
    answer = chain.send(second, other)
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


@pytest.mark.parametrize(
    "fields",
    [
        {"seq": 3},
        {"prev": bytes(32)},
        {"generation": 5},
        {"root_commitment": bytes([1]) * 32},
        {"account": bytes(16)},
        {"action": "create"},
    ],
    ids=str,
)
def test_an_entry_out_of_order_is_refused(world: World, fields: dict[str, Any]) -> None:
    chain = Chain(world)
    new = SigningKey.generate()
    assert chain.send(chain.entry("add", new, **fields), new).status_code in {400, 403, 409}
    assert len(standing(world)) == 1


def test_an_entry_by_another_locker_than_the_one_logged_in_is_refused(world: World) -> None:
    chain = Chain(world)
    one, stranger = chain.add(), SigningKey.generate()
    new = SigningKey.generate()
    assert chain.send(chain.entry("add", new, signer=one), new).status_code == 403
    assert chain.send(chain.entry("add", new, signer=stranger), new).status_code == 401
    assert chain.send(chain.entry("remove", world.device), one).status_code == 409


def test_a_root_mac_is_left_once(world: World) -> None:
    chain = Chain(world)
    session = logged_in(world, chain.add())
    mac, other = to_base64url(os.urandom(32)), to_base64url(os.urandom(32))
    codes = [
        world.http.put("/v1/account/root-mac", json={"root_mac": one}, headers=session).status_code
        for one in (mac, mac, other)
    ]
    assert codes == [204, 204, 409]


def test_a_finder_leads_to_its_locker_until_that_is_removed(world: World) -> None:
    chain = Chain(world)
    finder = to_base64url(os.urandom(32))
    new = chain.add(finder=finder, parameters={"passes": 3})
    found = world.http.post("/v1/finders", json={"finder": finder}).json()
    assert found == {"account": to_base64url(world.account), "kind": "device", "parameters": {"passes": 3}}
    assert chain.send(chain.entry("remove", new), world.device).status_code == 201
    assert world.http.post("/v1/finders", json={"finder": finder}).status_code == 404


def test_a_finder_moves_to_a_newer_locker_of_its_account_and_to_no_other_account(world: World) -> None:
    chain = Chain(world)
    finder = to_base64url(os.urandom(32))
    old = chain.add(finder=finder, parameters={"passes": 3})
    new = chain.add(finder=finder, parameters={"passes": 4})
    found = world.http.post("/v1/finders", json={"finder": finder}).json()
    assert found["parameters"] == {"passes": 4}
    assert chain.send(chain.entry("remove", old), world.device, new).status_code == 201
    assert world.http.post("/v1/finders", json={"finder": finder}).json() == found
    other = world.newcomer()
    other.open_account()
    theirs, locker = Chain(other), SigningKey.generate()
    assert theirs.send(theirs.entry("add", locker), locker, finder=finder).status_code == 409


def test_an_account_has_at_most_64_lockers(world: World) -> None:
    chain = Chain(world)
    for _ in range(63):
        chain.add()
    new = SigningKey.generate()
    assert chain.send(chain.entry("add", new), new).status_code == 409
