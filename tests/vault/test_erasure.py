"""The end of an account: what is hers is gone, and nothing is kept for it any more, however late it comes."""

import os
from datetime import datetime
from typing import Any

from anchor.encoding import from_base64url, to_base64url
from anchor.records.account import Login
from anchor.records.consent import verify_grant
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
