"""The vault's half of a guardians' locker: who is told, how long it waits, and what stops it."""

import os
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from anchor.encoding import to_base64url
from anchor.keys import SigningKey
from anchor.records.opening import Opening, Veto
from anchor.records.signed import Signed, hash_of, sign
from tests.vault.test_account_entries import Chain, logged_in
from tests.vault.world import World

WEEK = 7 * 24 * 3600
HALF = to_base64url(bytes(range(32)))


@dataclass
class Guarded:
    """An account with a guardians' locker, and the key of the guardians' secret."""

    world: World
    chain: Chain
    asking: SigningKey
    locker: SigningKey

    def opening(self, **fields: Any) -> Signed[Opening]:
        fixed: dict[str, Any] = {
            "vault": self.world.origin,
            "account": self.world.account,
            "time": self.world.clock(),
        }
        return sign(Opening(**(fixed | fields)), self.asking)

    def ask(self, opening: Signed[Opening] | None = None) -> Any:
        return self.world.http.post("/v1/openings", json={"opening": (opening or self.opening()).text})

    def veto(self, opening: str, key: SigningKey | None = None, **headers: str) -> Any:
        named = hash_of(Opening, opening.encode())
        signer = key or self.world.device
        veto = Veto(account=self.world.account, opening=named, time=self.world.clock())
        return self.world.post("/v1/vetoes", {"veto": sign(veto, signer).text}, **headers)

    def notices(self) -> list[dict[str, Any]]:
        shown: list[dict[str, Any]] = self.world.get("/v1/openings").json()["data"]
        return shown


def guarded_by(asking: SigningKey, waiting: int = WEEK) -> dict[str, Any]:
    return {"half": HALF, "asking_key": to_base64url(asking.public), "waiting": waiting}


def guard(world: World) -> Guarded:
    """Put up a guardians' locker."""
    chain, asking, locker = Chain(world), SigningKey.generate(), SigningKey.generate()
    entry = chain.entry("add", locker, kind="guardians")
    finder = to_base64url(os.urandom(32))
    assert chain.send(entry, locker, guarded=guarded_by(asking), finder=finder).status_code == 201
    return Guarded(world, chain, asking, locker)


@pytest.fixture
def guarded(world: World) -> Guarded:
    return guard(world)


def test_the_half_comes_when_the_time_is_over_and_not_a_second_before(guarded: Guarded) -> None:
    opening = guarded.opening()
    began = guarded.world.clock()
    assert guarded.ask(opening).json()["state"] == "waiting"
    guarded.world.clock.pass_by(seconds=WEEK - 1)
    before = guarded.ask(opening).json()
    assert (before["state"], before["half"]) == ("waiting", None)
    guarded.world.clock.pass_by(seconds=1)
    after = guarded.ask(opening).json()
    assert (after["state"], after["half"]) == ("open", HALF)
    assert after["opens"].startswith((began + timedelta(days=7)).strftime("%Y-%m-%dT%H:%M:%S"))


def test_every_device_is_told_at_once(guarded: Guarded) -> None:
    assert guarded.notices() == []
    opening = guarded.opening()
    guarded.ask(opening)
    [notice] = guarded.notices()
    assert (notice["opening"], notice["state"]) == (opening.text, "waiting")
    assert notice["locker"] == to_base64url(guarded.locker.kid)
    second = logged_in(guarded.world, guarded.chain.add())
    assert guarded.world.http.get("/v1/openings", headers=second).json()["data"] == [notice]


def test_a_veto_ends_it_for_good_and_the_next_one_waits_again(guarded: Guarded) -> None:
    opening = guarded.opening()
    guarded.ask(opening)
    guarded.world.clock.pass_by(days=3)
    guarded.world.log_in()
    assert guarded.veto(opening.text).status_code == 201
    assert guarded.veto(opening.text).status_code == 201
    guarded.world.clock.pass_by(days=30)
    guarded.world.log_in()
    ended = guarded.ask(opening).json()
    assert (ended["state"], ended["half"]) == ("vetoed", None)
    assert ended["veto"] == guarded.notices()[0]["veto"]
    again = guarded.ask().json()
    assert (again["state"], again["half"], again["veto"]) == ("waiting", None, None)


def test_asking_again_neither_shortens_nor_prolongs_the_wait(guarded: Guarded) -> None:
    opens = guarded.ask().json()["opens"]
    guarded.world.clock.pass_by(days=6)
    assert guarded.ask().json()["opens"] == opens


def test_a_veto_that_comes_too_late_is_told_so(guarded: Guarded) -> None:
    opening = guarded.opening()
    guarded.ask(opening)
    guarded.world.clock.pass_by(days=7)
    guarded.world.log_in()
    assert guarded.veto(opening.text).status_code == 409
    assert guarded.ask(opening).json()["half"] == HALF


def test_an_opening_lapses_and_a_new_one_waits_again(guarded: Guarded) -> None:
    opening = guarded.opening()
    guarded.ask(opening)
    guarded.world.clock.pass_by(days=37)
    lapsed = guarded.ask(opening).json()
    assert (lapsed["state"], lapsed["half"]) == ("lapsed", None)
    assert guarded.ask().json()["state"] == "waiting"


def test_removing_the_locker_ends_everything(guarded: Guarded) -> None:
    guarded.ask()
    entry = guarded.chain.entry("remove", guarded.locker, kind="guardians")
    assert guarded.chain.send(entry, guarded.world.device).status_code == 201
    assert guarded.notices() == []
    guarded.world.clock.pass_by(days=8)
    assert guarded.ask().status_code == 401


def test_only_the_key_of_the_secret_asks(guarded: Guarded) -> None:
    stranger = SigningKey.generate()
    answer = guarded.ask(sign(guarded.opening().record, stranger))
    assert (answer.status_code, answer.json()["code"]) == (401, "signature")
    for lie in ({"vault": "other.example"}, {"account": bytes(16)}):
        assert guarded.ask(guarded.opening(**lie)).status_code == 401
    for away in (timedelta(minutes=6), timedelta(minutes=-6)):
        assert guarded.ask(guarded.opening(time=guarded.world.clock() + away)).status_code == 401
    assert guarded.notices() == []


def test_an_opening_that_was_vetoed_is_not_begun_again_by_an_older_one(guarded: Guarded) -> None:
    older = guarded.opening()
    guarded.world.clock.pass_by(seconds=10)
    newer = guarded.opening()
    guarded.ask(newer)
    guarded.veto(newer.text)
    assert guarded.ask(older).status_code == 401


def test_a_locker_does_not_veto_its_own_opening(guarded: Guarded) -> None:
    opening = guarded.opening()
    guarded.ask(opening)
    session = logged_in(guarded.world, guarded.locker)
    assert guarded.veto(opening.text, guarded.locker, **session).status_code == 403
    assert guarded.veto(opening.text, SigningKey.generate()).status_code == 401
    assert guarded.notices()[0]["state"] == "waiting"


def test_a_veto_names_an_opening_that_there_is(guarded: Guarded) -> None:
    assert guarded.veto(guarded.opening().text).status_code == 404


@pytest.mark.parametrize("waiting", [0, 3599, 90 * 24 * 3600 + 1])
def test_a_waiting_period_lies_between_an_hour_and_ninety_days(world: World, waiting: int) -> None:
    chain, locker = Chain(world), SigningKey.generate()
    entry = chain.entry("add", locker, kind="guardians")
    body = guarded_by(SigningKey.generate(), waiting)
    assert chain.send(entry, locker, guarded=body).status_code == 400


def test_a_half_comes_with_the_locker_of_guardians_and_with_no_other(world: World) -> None:
    chain, locker = Chain(world), SigningKey.generate()
    assert chain.send(chain.entry("add", locker, kind="guardians"), locker).status_code == 400
    body = guarded_by(SigningKey.generate())
    assert chain.send(chain.entry("add", locker), locker, guarded=body).status_code == 400


def test_the_half_is_shown_nowhere_while_it_waits(guarded: Guarded) -> None:
    answers = [
        guarded.ask().text,
        guarded.world.get("/v1/openings").text,
        guarded.world.get("/v1/account").text,
    ]
    assert all(HALF not in answer for answer in answers)
