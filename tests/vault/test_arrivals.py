"""What the vault takes as an account from elsewhere: its whole chain, brought by a locker that stands."""

import os
from datetime import timedelta
from typing import Any

import pytest

from anchor.encoding import to_base64url
from anchor.keys import SigningKey
from anchor.records.account import AccountEntry
from anchor.records.arrival import Arrival
from anchor.records.signed import Signed, sign
from tests.vault.world import World

MAC = to_base64url(bytes(32))


def entry(world: World, named: SigningKey, signer: SigningKey, **fields: Any) -> Signed[AccountEntry]:
    fixed: dict[str, Any] = {
        "account": world.account,
        "seq": 1,
        "prev": None,
        "action": "create",
        "kind": "device",
        "sign_key": named.public,
        "sealing_key": world.sealing_key,
        "generation": 0,
        "root_commitment": bytes(32),
        "journal": None,
        "time": world.clock(),
    }
    return sign(AccountEntry(**(fixed | fields)), signer)


class Moving:
    """Somebody with two lockers, the second of which removed the first."""

    def __init__(self, world: World) -> None:
        self.world = world.newcomer()
        self.gone, self.stays = self.world.device, SigningKey.generate()
        first = entry(self.world, self.gone, self.gone)
        second = entry(self.world, self.stays, self.gone, seq=2, prev=first.hash, action="add")
        turned = {"action": "remove", "generation": 1, "root_commitment": os.urandom(32)}
        third = entry(self.world, self.gone, self.stays, seq=3, prev=second.hash, **turned)
        self.chain = [first, second, third]

    def send(self, signer: SigningKey | None = None, length: int = 3, **fields: Any) -> Any:
        chain = self.chain[:length]
        fixed: dict[str, Any] = {
            "vault": self.world.origin,
            "origin": "other.example",
            "account": self.world.account,
            "chain": chain[-1].hash,
            "manifests": 0,
            "journal": None,
            "time": self.world.clock(),
        }
        arrival = sign(Arrival(**(fixed | fields)), signer or self.stays)
        standing = {1: [self.gone], 2: [self.gone, self.stays], 3: [self.stays]}[length]
        lockers = [{"kid": to_base64url(k.kid), "sealed_root": "AQAB", "root_mac": MAC} for k in standing]
        body = {"arrival": arrival.text, "chain": [one.text for one in chain], "lockers": lockers}
        secrets = {"secrets": {"roots": "AQAB"}} if length == 3 else {}
        return self.world.http.post("/v1/arrivals", json=body | secrets)


@pytest.fixture
def moving(world: World) -> Moving:
    return Moving(world)


def test_an_account_moves_in_and_its_locker_logs_in(moving: Moving) -> None:
    assert moving.send().status_code == 201
    assert moving.send().status_code == 201
    moving.world.device = moving.stays
    moving.world.log_in()
    shown = moving.world.get("/v1/account").json()
    assert len(shown["chain"]) == 3
    assert [row["kid"] for row in shown["lockers"]] == [to_base64url(moving.stays.kid)]


def test_a_locker_that_was_removed_or_never_stood_brings_nobody(moving: Moving) -> None:
    for signer in (moving.gone, SigningKey.generate()):
        assert moving.send(signer).status_code == 401


@pytest.mark.parametrize("lie", ["vault", "chain", "account", "early", "late"])
def test_an_arrival_for_elsewhere_of_another_account_or_of_another_day_is_refused(
    moving: Moving, lie: str
) -> None:
    now = moving.world.clock()
    lies: dict[str, dict[str, Any]] = {
        "vault": {"vault": "other.example"},
        "chain": {"chain": bytes(32)},
        "account": {"account": bytes(16)},
        "early": {"time": now + timedelta(minutes=6)},
        "late": {"time": now - timedelta(minutes=6)},
    }
    assert moving.send(**lies[lie]).status_code in {401, 409}


def test_an_account_that_is_here_is_not_moved_over_by_a_longer_history(moving: Moving) -> None:
    assert moving.send(moving.gone, length=2).status_code == 201
    assert moving.send().status_code == 409


def test_the_locker_of_another_account_does_not_come_again(world: World, moving: Moving) -> None:
    moving.send()
    other = Moving(world)
    other.stays, other.chain = moving.stays, []
    first = entry(other.world, moving.stays, moving.stays)
    other.gone, other.chain = moving.stays, [first]
    assert other.send(moving.stays, length=1).status_code == 409


def test_who_brought_no_journal_brings_no_manifest(moving: Moving) -> None:
    moving.send()
    moving.world.device = moving.stays
    moving.world.log_in()
    world = moving.world
    world.chain = moving.chain[-1].hash
    collection = f"/v1/collections/{to_base64url(world.collection)}"
    world.http.put(collection, json={"sealed": "AQAB"}, headers=world.as_owner).raise_for_status()
    manifest = world.item_body(world.new_item())["manifest"]
    answer = world.post("/v1/journal", {"manifests": [{"manifest": manifest}]})
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
