"""The end of an account: what is hers is gone, and nothing is kept for it any more, however late it comes."""

import os
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import pytest

from anchor.encoding import from_base64url, to_base64url
from anchor.keys import SigningKey
from anchor.records.account import Login
from anchor.records.consent import verify_grant
from anchor.records.parties import Pairing
from anchor.records.signed import sign
from tests.vault.outflow import (
    BANK,
    earn,
    fulfil,
    make_claim,
    offer_reward,
    pay,
    redemption,
    verify_sums,
    work,
)
from tests.vault.world import World
from vault.accounts import flow
from vault.blobs.objects import Objects
from vault.db import Transaction

OCTETS = {"Content-Type": "application/octet-stream"}
WORDS = "I am new here, and my name is Maya Example."


def erase(world: World, forfeit: int = 0) -> Any:
    asked = world.http.post("/v1/logins", json={"kid": to_base64url(world.device.kid)}).json()
    login = Login(
        vault=world.origin,
        account=from_base64url(asked["account"]),
        nonce=from_base64url(asked["nonce"]),
        expires=datetime.fromisoformat(asked["expires"]),
    )
    body = {"login": sign(login, world.device).text, "forfeit": forfeit}
    answer = world.http.post("/v1/erasures", json=body)
    assert answer.status_code == 201, answer.text
    return answer


def everything(world: World) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    listing = (
        "SELECT name FROM sqlite_master WHERE type = 'table'"
        if world.settings.database_url.startswith("sqlite")
        else "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
    )
    with world.database() as connection:
        return {name: connection.all(f"SELECT * FROM {name}") for (name,) in connection.all(listing)}  # noqa: S608


def holding(world: World, secret: bytes | str) -> set[str]:
    """The tables that hold this somewhere, plainly or in a signed record."""
    octets = secret.encode() if isinstance(secret, str) else secret
    inside = {octets} | {to_base64url(octets[at:])[:-2].encode() for at in range(3)}

    def holds(value: Any) -> bool:
        raw = value.encode() if isinstance(value, str) else value
        return isinstance(raw, bytes) and any(one in raw for one in inside)

    return {name for name, rows in everything(world).items() if any(holds(v) for row in rows for v in row)}


def test_what_she_told_the_vault_of_herself_is_gone_with_her_account(world: World) -> None:
    appeal = {"brake": "account-age", "words": WORDS}
    assert world.post("/v1/appeals", appeal).status_code == 201
    world.clock.pass_by(days=20)
    world.log_in()
    earn(world, 2)
    work(world)
    redeemed, sealed = redemption(world, offer_reward(world)), os.urandom(1200)
    world.post("/v1/redemptions", {"redemption": redeemed.text}).raise_for_status()
    assert fulfil(world, redeemed.hash, sealed).status_code == 201
    claimed = make_claim(world, 100_000)
    assert claimed.status_code == 201
    pay(world, claimed.json()["hash"])
    assert holding(world, BANK) == {"claims"}
    assert holding(world, WORDS) == {"appeals"}
    assert holding(world, sealed) == {"redemptions"}
    for row in world.get("/v1/grants").json()["data"]:
        world.revoke(verify_grant(row["grant"].encode())).raise_for_status()
    erase(world, forfeit=16_000)
    assert [holding(world, secret) for secret in (BANK, WORDS, sealed)] == [set(), set(), set()]
    verify_sums(world)


def pairing(world: World) -> dict[str, Any]:
    key = SigningKey.generate()
    said = Pairing(account=world.account, partner="film.example", owner_key=key.public, time=world.clock())
    return {"pairing": sign(said, key).text}


def late(world: World) -> Sequence[tuple[str, str, Any]]:
    """Requests that keep something for an owner."""
    name = to_base64url(os.urandom(16))
    return [
        ("PUT", "/v1/account/secrets/directory", {"sealed": "AQAB"}),
        ("PUT", "/v1/account/root-mac", {"root_mac": to_base64url(bytes(32))}),
        ("PUT", f"/v1/collections/{name}", {"sealed": "AQAB"}),
        ("POST", "/v1/pairings", pairing(world)),
        ("POST", "/v1/items", {"items": [world.item_body(world.new_item())]}),
        ("PUT", f"/v1/blobs/{name}/parts/0", b"sealed"),
        ("POST", "/v1/statements", {}),
        ("POST", "/v1/grants", {"grant": world.grant(None, price=0, budget=0).text, "keys": ["AQAB"]}),
        ("POST", "/v1/appeals", {"brake": "cap", "words": "more"}),
        ("PUT", "/v1/account/pause", {"paused": True}),
    ]


@pytest.mark.parametrize("place", range(10))
def test_nothing_is_kept_for_an_account_that_ends_while_it_is_on_its_way(
    world: World, place: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The session was good when it was looked at; the account ended before the transaction began."""
    method, path, body = late(world)[place]
    service, write = world.service, world.service.write

    async def interrupted(work: Callable[[Transaction], Any]) -> Any:
        monkeypatch.undo()
        await write(lambda t: flow.erase(t, world.account, 0, service.issuer, service.clock()))
        before.update(everything(world))
        return await write(work)

    before: dict[str, list[tuple[Any, ...]]] = {}
    monkeypatch.setattr(service, "write", interrupted)
    sent: dict[str, Any] = {"content": body} if isinstance(body, bytes) else {"json": body}
    headers = world.as_owner | (OCTETS if "content" in sent else {})
    answer = world.http.request(method, path, headers=headers, **sent)
    assert 400 <= answer.status_code < 500, answer.text
    assert everything(world) == before


class Interrupted(Objects):
    """A store in which an account ends while a part is on its way to it."""

    def __init__(self, world: World, inside: Objects) -> None:
        self._world, self._inside = world, inside

    def put(self, name: str, content: bytes) -> None:
        self._inside.put(name, content)
        erase(self._world)

    def read(self, name: str, start: int, end: int) -> bytes:
        return self._inside.read(name, start, end)

    def has(self, name: str) -> bool:
        return self._inside.has(name)

    def size(self, name: str) -> int | None:
        return self._inside.size(name)

    def delete(self, names: Sequence[str]) -> None:
        self._inside.delete(names)


def test_a_file_that_is_on_its_way_when_the_account_ends_is_not_kept(world: World) -> None:
    world.service.objects = Interrupted(world, world.service.objects)
    path = f"/v1/blobs/{to_base64url(os.urandom(16))}/parts/0"
    answer = world.http.put(path, content=b"sealed", headers=world.as_owner | OCTETS)
    assert answer.status_code == 404
    found = everything(world)
    assert (found["blobs"], found["blob_parts"]) == ([], [])
    assert len(found["blob_leavings"]) == 1, "the worker deletes what came of it"
