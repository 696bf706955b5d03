"""Logins: a challenge that only the locker can answer, once and soon, and a session that ends."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from anchor.encoding import from_base64url, to_base64url
from anchor.keys import SigningKey
from anchor.records.account import Login
from anchor.records.signed import sign
from tests.vault.world import World
from vault.logins.rules import CHALLENGE_LIFE, SESSION_LIFE
from vault.sweep import sweep


def challenge(world: World, key: SigningKey | None = None) -> dict[str, Any]:
    kid = to_base64url((key or world.device).kid)
    asked: dict[str, Any] = world.http.post("/v1/logins", json={"kid": kid}).json()
    return asked


def answer(world: World, asked: dict[str, Any], key: SigningKey | None = None, **terms: Any) -> Any:
    fixed: dict[str, Any] = {
        "vault": world.origin,
        "account": from_base64url(asked["account"]),
        "nonce": from_base64url(asked["nonce"]),
        "expires": datetime.fromisoformat(asked["expires"]),
    }
    login = sign(Login(**(fixed | terms)), key or world.device)
    return world.http.post("/v1/sessions", json={"login": login.text})


def test_the_locker_that_answers_its_challenge_gets_a_session(world: World) -> None:
    session = answer(world, challenge(world)).json()["session"]
    shown = world.http.get("/v1/account", headers={"Authorization": f"Bearer {session}"})
    assert shown.json()["account"] == to_base64url(world.account)


def test_a_challenge_is_answered_once(world: World) -> None:
    asked = challenge(world)
    assert answer(world, asked).status_code == 201
    assert answer(world, asked).status_code == 409


def test_two_logins_of_one_moment_both_pass(world: World) -> None:
    first, second = challenge(world), challenge(world)
    assert [answer(world, asked).status_code for asked in (first, second)] == [201, 201]


def test_a_challenge_that_is_answered_late_is_refused(world: World) -> None:
    asked = challenge(world)
    world.clock.pass_by(seconds=CHALLENGE_LIFE.total_seconds() + 1)
    assert answer(world, asked).status_code == 401


@pytest.mark.parametrize(
    "expires",
    [
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
    ],
    ids=["year 1", "before 1970", "1970", "year 9999"],
)
def test_an_answer_with_another_end_is_refused_and_breaks_nothing(world: World, expires: datetime) -> None:
    refused = answer(world, challenge(world), expires=expires)
    assert (refused.status_code, refused.json()["code"]) == (401, "signature")


@pytest.mark.parametrize(
    "terms",
    [{"vault": "other.example"}, {"account": bytes(16)}, {"nonce": bytes(32)}],
    ids=["other vault", "other account", "other nonce"],
)
def test_an_answer_to_something_else_is_refused(world: World, terms: dict[str, Any]) -> None:
    assert answer(world, challenge(world), **terms).status_code == 401


def test_an_end_put_off_by_a_second_is_refused(world: World) -> None:
    asked = challenge(world)
    later = datetime.fromisoformat(asked["expires"]) + timedelta(seconds=1)
    world.clock.pass_by(seconds=1)
    assert answer(world, asked, expires=later).status_code == 401


def test_another_key_does_not_answer_for_a_locker(world: World) -> None:
    assert answer(world, challenge(world), SigningKey.generate()).status_code == 401


def test_a_challenge_of_one_locker_is_not_answered_by_another(world: World) -> None:
    other = world.newcomer()
    other.open_account()
    asked = challenge(world)
    assert answer(world, asked, other.device).status_code == 401
    assert answer(world, asked, other.device, account=other.account).status_code == 401


def test_an_unknown_locker_gets_a_challenge_that_looks_like_any_other(world: World) -> None:
    stranger = SigningKey.generate()
    known, unknown = challenge(world), challenge(world, stranger)
    assert known.keys() == unknown.keys()
    assert {name: len(str(known[name])) for name in known} == {n: len(str(unknown[n])) for n in unknown}
    assert challenge(world, stranger)["account"] == unknown["account"]
    assert answer(world, unknown, stranger).json()["code"] == "signature"


def test_an_unknown_and_a_wrong_locker_are_refused_in_the_same_words(world: World) -> None:
    stranger = SigningKey.generate()
    unknown = answer(world, challenge(world, stranger), stranger).json()
    wrong = answer(world, challenge(world), nonce=bytes(32)).json()
    assert {unknown["detail"]} == {wrong["detail"]}


def test_a_session_ends(world: World) -> None:
    world.clock.pass_by(seconds=SESSION_LIFE.total_seconds())
    assert world.get("/v1/account").status_code == 401


def test_a_session_ends_with_its_locker(world: World) -> None:
    with world.database() as transaction:
        transaction.run("UPDATE lockers SET removed = 1 WHERE kid = :kid", {"kid": world.device.kid})
    for path in ("/v1/account", "/v1/items", "/v1/receipts"):
        assert world.get(path).status_code == 401
    body = {"items": [world.item_body(world.new_item())]}
    assert world.post("/v1/items", body).status_code == 401


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Basic AAAA", "Bearer\u00a0x", "Bearer " + "x" * 5000, "bearer x", "Bearer é"],
)
def test_what_is_not_a_session_opens_nothing(world: World, header: str) -> None:
    headers = {b"Authorization": header.encode("latin-1")}
    assert world.http.get("/v1/account", headers=headers).status_code == 401


def test_the_database_does_not_hold_a_session_that_could_be_used(world: World) -> None:
    with world.database() as transaction:
        rows = transaction.all("SELECT token_hash FROM sessions")
    held = {to_base64url(row[0]) for row in rows} | {row[0].hex() for row in rows}
    assert held
    assert world.session not in held
    for token in held:
        assert world.http.get("/v1/account", headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_sessions_and_challenges_are_forgotten_when_they_ended(world: World) -> None:
    def count(table: str) -> int:
        with world.database() as transaction:
            return int((transaction.one(f"SELECT COUNT(*) FROM {table}") or (0,))[0])  # noqa: S608

    answer(world, challenge(world))
    world.signed("GET", "/v1/balance")
    assert min(count(table) for table in ("sessions", "challenges", "nonces")) > 0
    world.clock.pass_by(hours=13)
    with world.database() as connection:
        swept = sweep(connection, int(world.clock().timestamp()))
    assert swept["sessions"] == 2
    assert [count(table) for table in ("sessions", "challenges", "nonces")] == [0, 0, 0]
