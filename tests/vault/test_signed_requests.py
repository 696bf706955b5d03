"""A partner's signed request (RFC 9421): what passes once, and what does not pass at all."""

from datetime import timedelta
from typing import Any

import pytest

from anchor.encoding import to_base64url
from anchor.keys import SigningKey
from tests.vault.signing import signed_headers
from tests.vault.world import World, client_of, settle

BALANCE = "/v1/balance"


def refused(answer: Any) -> bool:
    return (answer.status_code, answer.json()["code"]) == (401, "unauthorised")


def test_a_signed_request_is_answered(world: World) -> None:
    answer = world.signed("GET", BALANCE)
    assert answer.json() == {"funding": 100_000_000, "escrow": 0, "currency": "USD"}


def test_a_request_without_a_signature_is_refused(world: World) -> None:
    assert refused(world.http.get(BALANCE))


def test_a_request_sent_again_is_refused(world: World) -> None:
    assert world.signed("GET", BALANCE, nonce="once").status_code == 200
    answer = world.signed("GET", BALANCE, nonce="once")
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


@pytest.mark.parametrize(
    "host", ["other.example", "127.0.0.1.other.example", "localhost.other.example", "test.localhost"]
)
def test_what_was_signed_for_another_vault_is_good_for_nothing_here(world: World, host: str) -> None:
    headers = signed_headers(world.partner, "GET", f"http://{host}{BALANCE}", created=world.clock())
    assert refused(world.http.get(BALANCE, headers=headers | {"Host": host}))
    assert refused(world.http.get(BALANCE, headers=headers))


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "[::1]:8000", "localhost:8000"])
def test_a_vault_that_was_not_told_its_url_is_found_on_this_machine(world: World, host: str) -> None:
    headers = signed_headers(world.partner, "GET", f"http://{host}{BALANCE}", created=world.clock())
    assert world.http.get(BALANCE, headers=headers | {"Host": host}).status_code == 200


def test_a_vault_behind_a_proxy_is_signed_for_by_its_public_url(world: World) -> None:
    told = world.settings.model_copy(update={"public_url": "https://vault.example/planet"})
    headers = signed_headers(
        world.partner, "GET", f"https://vault.example/planet{BALANCE}", created=world.clock()
    )
    with client_of(told, world.clock) as http:
        assert http.get(BALANCE, headers=headers | {"Host": "10.0.0.7"}).status_code == 200
        assert refused(http.get(BALANCE, headers=world.signed_headers("GET", BALANCE)))


def test_two_partners_may_choose_the_same_nonce(world: World) -> None:
    other = settle(world.newcomer())
    assert world.signed("GET", BALANCE, nonce="one").status_code == 200
    assert other.signed("GET", BALANCE, nonce="one").status_code == 200


@pytest.mark.parametrize(
    "terms",
    [
        {"nonce": None},
        {"nonce": "n" * 65},
        {"tag": None},
        {"tag": "another-protocol"},
        {"covered": ("@method",)},
        {"covered": ("@target-uri",)},
        {"life": None},
        {"life": timedelta(minutes=6)},
        {"life": timedelta(seconds=-10)},
    ],
    ids=[
        "no nonce",
        "long nonce",
        "no tag",
        "other tag",
        "no URL",
        "no method",
        "no end",
        "long",
        "ends before it begins",
    ],
)
def test_a_signature_that_leaves_something_open_is_refused(world: World, terms: dict[str, Any]) -> None:
    assert refused(world.signed("GET", BALANCE, **terms))


@pytest.mark.parametrize("minutes", [-6, 6], ids=["long ago", "in the future"])
def test_a_request_signed_at_another_time_is_refused(world: World, minutes: int) -> None:
    assert refused(world.signed("GET", BALANCE, created=world.clock() + timedelta(minutes=minutes)))


def test_a_key_that_is_not_in_the_directory_is_refused(world: World) -> None:
    assert refused(world.signed("GET", BALANCE, key=SigningKey.generate()))


def test_a_key_that_names_itself_as_another_is_refused(world: World) -> None:
    theirs = to_base64url(world.partner.kid)
    assert refused(world.signed("GET", BALANCE, key=SigningKey.generate(), keyid=theirs))


def test_a_key_that_was_rotated_away_is_refused_at_once(world: World) -> None:
    other = world.newcomer()
    first = other.register_partner()
    assert other.signed("GET", BALANCE).status_code == 200
    old = other.rotate_partner(first)
    assert refused(other.signed("GET", BALANCE, key=old))
    assert other.signed("GET", BALANCE).status_code == 200


@pytest.mark.parametrize(
    ("signed", "sent"),
    [
        ("/v1/grants?limit=1", "/v1/grants?limit=2"),
        ("/v1/grants?limit=1", "/v1/grants"),
        ("/v1/grants", "/v1/grants?limit=1"),
        ("/v1/grants", "/v1/balance"),
    ],
)
def test_a_signature_for_another_url_is_refused(world: World, signed: str, sent: str) -> None:
    headers = signed_headers(world.partner, "GET", f"{world.http.base_url}{signed}", created=world.clock())
    assert refused(world.http.get(sent, headers=headers))


def test_a_body_without_a_signed_digest_is_refused(world: World) -> None:
    url = f"{world.http.base_url}{BALANCE}"
    headers = signed_headers(world.partner, "GET", url, created=world.clock())
    assert refused(world.http.request("GET", BALANCE, content=b"something", headers=headers))


def test_a_body_other_than_the_signed_one_is_refused(world: World) -> None:
    url = f"{world.http.base_url}{BALANCE}"
    headers = signed_headers(world.partner, "GET", url, b"something", created=world.clock())
    assert world.http.request("GET", BALANCE, content=b"something", headers=headers).status_code == 200
    headers = signed_headers(world.partner, "GET", url, b"something", created=world.clock())
    assert refused(world.http.request("GET", BALANCE, content=b"other", headers=headers))


KID = "A" * 43


@pytest.mark.parametrize(
    "headers",
    [
        {"Signature-Input": f'a=("@method");keyid="{KID}"', "Signature": "a=:AAAA:"},
        {"Signature-Input": 'a=("@method");keyid="$KID"', "Signature": "a=:AAAA:"},
        {"Signature-Input": 'a=("@method");created=99999999999999;keyid="$KID";tag="planetvault"'},
        {"Signature-Input": 'a=("@method");keyid="$KID";tag="planetvault"', "Signature": "a=:AA"},
        {"Signature-Input": 'a=();keyid="$KID", b=("@method");keyid="other";tag="planetvault"'},
        {"Signature-Input": 'a=1;keyid="$KID";tag="planetvault"', "Signature": 'a="text"'},
        {"Signature-Input": 'a=("@method" "@method");keyid="$KID";tag="planetvault"'},
        {"Signature-Input": 'a=("x-\xe9");keyid="$KID";tag="planetvault"'},
        {"Signature-Input": ';keyid="$KID"'},
        {"Signature-Input": ""},
        {"Signature-Input": "(" * 4000 + ';keyid="$KID"'},
    ],
)
def test_headers_that_make_no_sense_are_refused(world: World, headers: dict[str, str]) -> None:
    filled = {"Signature": "a=:AAAA:, b=:AAAA:"} | {
        name: value.replace("$KID", to_base64url(world.partner.kid)) for name, value in headers.items()
    }
    raw = {name.encode(): value.encode("latin-1") for name, value in filled.items()}
    assert refused(world.http.get(BALANCE, headers=raw))
