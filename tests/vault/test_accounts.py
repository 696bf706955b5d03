"""Accounts: opened once by whoever signs for them, and showing what is sealed to nobody else."""

import json
import os
from dataclasses import replace
from typing import Any

import pytest

from anchor.encoding import to_base64url
from anchor.keys import SigningKey
from anchor.records.account import AccountEntry
from anchor.records.parties import Pairing
from anchor.records.signed import Signed, sign
from tests.vault.world import World
from vault.accounts.wording import PARAMETERS_MAX, SECRETS_MAX
from vault.db import writing
from vault.pairings.store import PAIRINGS_MAX


def opening(entry: Signed[AccountEntry], **parts: Any) -> dict[str, Any]:
    return {"entry": entry.text, "sealed_root": "AQAB", "root_mac": to_base64url(bytes(32))} | parts


def entry_of(world: World, key: SigningKey | None = None, **terms: Any) -> Signed[AccountEntry]:
    return sign(replace(world.account_entry().record, **terms), key or world.device)


def opened(world: World, body: dict[str, Any]) -> Any:
    return world.http.post("/v1/accounts", json=body)


def test_an_account_shows_what_it_was_opened_with(world: World) -> None:
    new = world.newcomer()
    entry, parameters = new.account_entry(), {"salt": "AQAB", "memory": 262_144}
    body = opening(entry, parameters=parameters, secrets={"directory": "AQID"})
    assert opened(new, body).status_code == 201
    new.log_in()
    shown = new.get("/v1/account").json()
    assert shown["account"] == to_base64url(new.account)
    assert shown["chain"] == [entry.text]
    assert shown["secrets"] == {"directory": "AQID"}
    assert shown["journal"] == {"seq": 0, "head": None}
    assert shown["balances"] == {"estimated": 0, "pending": 0, "payable": 0, "leaving": 0, "paid": 0}
    (locker,) = shown["lockers"]
    assert (locker["kid"], locker["kind"]) == (to_base64url(new.device.kid), "device")
    assert locker["parameters"] == parameters


def test_the_same_opening_twice_is_one_account(world: World) -> None:
    body = opening(world.newcomer().account_entry())
    assert opened(world, body).json() == opened(world, body).json()


def test_nobody_takes_the_id_of_an_account_that_exists(world: World) -> None:
    thief = world.newcomer()
    thief.account = world.account
    assert opened(thief, opening(thief.account_entry())).status_code == 409
    assert world.get("/v1/account").status_code == 200


def test_a_locker_opens_one_account(world: World) -> None:
    second = world.newcomer()
    second.device = world.device
    assert opened(second, opening(second.account_entry())).status_code == 409


@pytest.mark.parametrize(
    "terms",
    [
        {"seq": 2},
        {"seq": 2, "prev": bytes(32)},
        {"prev": bytes(32)},
        {"action": "add"},
        {"action": "rotate"},
        {"generation": 1},
    ],
)
def test_an_account_begins_with_an_entry_that_creates_it(world: World, terms: dict[str, Any]) -> None:
    new = world.newcomer()
    assert opened(new, opening(entry_of(new, **terms))).status_code in {400, 409}
    assert opened(new, opening(new.account_entry())).status_code == 201


def test_the_locker_that_is_added_signs_the_first_entry(world: World) -> None:
    new = world.newcomer()
    answer = opened(new, opening(entry_of(new, SigningKey.generate())))
    assert (answer.status_code, answer.json()["code"]) == (401, "signature")


@pytest.mark.parametrize("value", [10**17, -(10**17), 10**400, 1.5, True, None, ["a"], {"a": 1}])
def test_a_parameter_that_could_not_be_shown_again_is_refused(world: World, value: Any) -> None:
    answer = opened(world, opening(world.newcomer().account_entry(), parameters={"a": value}))
    assert answer.status_code == 400


@pytest.mark.parametrize("value", [2**53 - 1, -1, 0, "", "ü" * 100])
def test_a_parameter_comes_back_as_it_was(world: World, value: Any) -> None:
    new = world.newcomer()
    assert opened(new, opening(new.account_entry(), parameters={"a": value})).status_code == 201
    asked = new.http.post("/v1/logins", json={"kid": to_base64url(new.device.kid)}).json()
    assert asked["parameters"] == {"a": value}


def test_parameters_have_an_end(world: World) -> None:
    text = "x" * PARAMETERS_MAX
    answer = opened(world, opening(world.newcomer().account_entry(), parameters={"a": text}))
    assert answer.status_code == 400


def test_secrets_are_kept_by_name_and_have_an_end(world: World) -> None:
    def keep(name: str, sealed: str = "AQAB") -> int:
        answer = world.http.put(
            f"/v1/account/secrets/{name}", json={"sealed": sealed}, headers=world.as_owner
        )
        return int(answer.status_code)

    names = ["".join(pair) for pair in zip("abcdefghijklmnop", "bcdefghijklmnopq", strict=True)]
    assert [keep(name) for name in names[:SECRETS_MAX]] == [204] * SECRETS_MAX
    assert keep("one-more") == 409
    assert keep(names[0], "AQID") == 204
    assert world.get("/v1/account").json()["secrets"][names[0]] == "AQID"
    assert keep("Upper") == 400
    assert keep("x" * 33) == 400


def test_a_sealed_thing_that_is_too_large_for_its_place_is_refused(world: World) -> None:
    large = to_base64url(os.urandom(8193))
    answer = world.http.put("/v1/account/secrets/directory", json={"sealed": large}, headers=world.as_owner)
    assert answer.status_code == 400


# ── pairings ─────────────────────────────────────────────────────────────────────────────


def pairing(world: World, key: SigningKey | None = None, **terms: Any) -> dict[str, str]:
    key = key or SigningKey.generate()
    fixed: dict[str, Any] = {
        "account": world.account,
        "partner": "film.example",
        "owner_key": key.public,
        "time": world.clock(),
    }
    return {"pairing": sign(Pairing(**(fixed | terms)), key).text}


def test_a_pairing_is_listed_and_may_be_sent_again(world: World) -> None:
    body = pairing(world)
    kids = {world.post("/v1/pairings", body).json()["kid"] for _ in range(2)}
    listed = world.get("/v1/pairings").json()["data"]
    assert [one["partner"] for one in listed] == ["film.example", "music.example"]
    assert {listed[0]["kid"]} == kids
    assert listed[0]["pairing"] == body["pairing"]


def test_nobody_pairs_a_key_that_she_does_not_hold(world: World) -> None:
    """The partner, who sees an owner's kid, can't register it first in another account."""
    thief = world.newcomer()
    thief.open_account()
    key = SigningKey.generate()
    stolen = Pairing(account=thief.account, partner="film.example", owner_key=key.public, time=world.clock())
    answer = thief.post("/v1/pairings", {"pairing": sign(stolen, SigningKey.generate()).text})
    assert (answer.status_code, answer.json()["code"]) == (401, "signature")
    assert world.post("/v1/pairings", pairing(world, key)).status_code == 201


def test_a_pairing_of_another_account_is_refused(world: World) -> None:
    thief = world.newcomer()
    thief.open_account()
    assert thief.post("/v1/pairings", pairing(world)).status_code == 403


def test_a_key_stands_for_one_owner_and_one_partner(world: World) -> None:
    key, other = SigningKey.generate(), world.newcomer()
    other.open_account()
    assert world.post("/v1/pairings", pairing(world, key)).status_code == 201
    assert world.post("/v1/pairings", pairing(world, key, partner="book.example")).status_code == 409
    assert world.post("/v1/pairings", pairing(world)).status_code == 409
    assert other.post("/v1/pairings", pairing(other, key)).status_code == 409


def test_pairings_have_an_end(world: World) -> None:
    full = [{"kid": os.urandom(32), "partner": f"p{i}.example"} for i in range(PAIRINGS_MAX - 2)]
    with world.database() as connection, writing(connection) as transaction:
        transaction.run_many(
            "INSERT INTO pairings (kid, account, partner, raw) VALUES (:kid, :account, :partner, :account)",
            [one | {"account": world.account} for one in full],
        )
    bodies = [pairing(world, partner=f"q{i}.example") for i in range(2)]
    statuses = [world.post("/v1/pairings", body).status_code for body in [*bodies, bodies[0]]]
    assert statuses == [201, 409, 201]


def test_a_pairing_is_told_to_nobody_else(world: World) -> None:
    other = world.newcomer()
    other.open_account()
    assert other.get("/v1/pairings").json()["data"] == []
    assert json.dumps(to_base64url(world.account)) not in other.get("/v1/account").text
