"""Test mode: owners to ask, money for nothing, a clock to push; and nothing of it in a live vault."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from anchor.encoding import to_base64url
from tests.vault.world import OPERATOR, Clock, World, client_of
from vault.keyring import make_keys
from vault.settings import Settings
from vault.worker import Worker

ROUTES = [
    ("GET", "/v1/test/clock", None),
    ("POST", "/v1/test/clock", {"seconds": 60}),
    ("POST", "/v1/test/topups", {"amount": 5}),
    ("GET", "/v1/test/owners", None),
    ("POST", "/v1/test/owners", {"kid": "A" * 43, "behaviour": "grants"}),
    ("GET", "/v1/test/partners?behaviour=grants", None),
]
IDS = [f"{method} {path}" for method, path, _ in ROUTES]


@pytest.fixture
def sandbox(tmp_path: Path, vault_url: str) -> Iterator[World]:
    """A vault in test mode, with an owner and a partner who know each other and no money."""
    make_keys(tmp_path)
    settings = Settings(
        folder=tmp_path,
        database=vault_url,
        operator_token=SecretStr(OPERATOR),
        mode="test",
        origin="test.localhost",
    )
    clock = Clock()
    with client_of(settings, clock) as http:
        world = World(http, clock, settings)
        world.open_account()
        world.register_partner()
        world.pair()
        yield world


def signed(world: World, method: str, target: str, body: dict[str, Any] | None = None) -> Any:
    now = world.http.get("/v1/test/clock").json()["time"] if world.settings.mode == "test" else None
    terms = {"created": world.service.clock()} if now else {}
    return world.signed(method, target, None if body is None else json.dumps(body).encode(), **terms)


def as_operator(world: World, method: str, target: str, body: dict[str, Any] | None = None) -> Any:
    return world.http.request(method, target, json=body, headers={"Authorization": f"Bearer {OPERATOR}"})


@pytest.mark.parametrize("vault_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("method", "path", "body"), ROUTES, ids=IDS)
def test_a_live_vault_has_none_of_it(
    world: World, method: str, path: str, body: dict[str, Any] | None
) -> None:
    assert signed(world, method, path, body).status_code == 404
    assert as_operator(world, method, path, body).status_code == 404


@pytest.mark.parametrize("vault_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("method", "path", "body"), ROUTES[1:], ids=IDS[1:])
def test_in_test_mode_nobody_does_any_of_it_unnamed(
    sandbox: World, method: str, path: str, body: dict[str, Any] | None
) -> None:
    assert sandbox.http.request(method, path, json=body).status_code == 401


def test_test_money_pays_for_a_grant(sandbox: World) -> None:
    assert signed(sandbox, "POST", "/v1/test/topups", {"amount": 12_000_000}).json() == {
        "funding": 12_000_000
    }
    sandbox.granted([])
    assert signed(sandbox, "GET", "/v1/balance").json()["escrow"] == 12_000_000
    sandbox.verify_books()


def test_a_partner_is_introduced_to_a_test_owner_once(sandbox: World) -> None:
    waiting = as_operator(sandbox, "GET", "/v1/test/partners?behaviour=grants").json()
    assert waiting == {"data": [{"partner": sandbox.domain}]}
    body = {"kid": to_base64url(sandbox.pairwise.kid), "behaviour": "grants"}
    for _ in range(2):
        assert as_operator(sandbox, "POST", "/v1/test/owners", body).status_code == 201
    assert signed(sandbox, "GET", "/v1/test/owners").json() == {"data": [body]}
    assert as_operator(sandbox, "GET", "/v1/test/partners?behaviour=grants").json() == {"data": []}
    assert as_operator(sandbox, "GET", "/v1/test/partners?behaviour=denies").json() == waiting


def test_an_owner_nobody_paired_with_is_not_introduced(sandbox: World) -> None:
    body = {"kid": "A" * 43, "behaviour": "grants"}
    assert as_operator(sandbox, "POST", "/v1/test/owners", body).status_code == 404


def test_time_goes_forward_for_everybody(sandbox: World) -> None:
    signed(sandbox, "POST", "/v1/test/topups", {"amount": 12_000_000})
    grant = sandbox.granted([])
    answer = signed(sandbox, "POST", "/v1/test/clock", {"seconds": 91 * 86_400}).json()
    assert (answer["ahead"], answer["time"]) == (91 * 86_400, "2027-06-13T09:26:53Z")
    worker = Worker.of(sandbox.settings, sandbox.clock)
    worker.duties.sweep()
    worker.close()
    (shown,) = signed(sandbox, "GET", "/v1/grants").json()["data"]
    assert (shown["hash"], shown["state"]) == (to_base64url(grant.hash), "expired")


def test_time_never_goes_back_and_not_for_ever(sandbox: World) -> None:
    assert signed(sandbox, "POST", "/v1/test/clock", {"seconds": -1}).status_code == 400
    assert signed(sandbox, "POST", "/v1/test/clock", {"seconds": 10**9}).status_code == 400
    statuses = [
        signed(sandbox, "POST", "/v1/test/clock", {"seconds": 399 * 86_400}).status_code for _ in range(20)
    ]
    assert statuses == [201] * 18 + [409] * 2


def test_what_a_test_vault_signs_says_so(sandbox: World) -> None:
    assert sandbox.http.get("/v1/vault").json()["mode"] == "test"
    assert sandbox.http.get("/v1/trust").json()["vault"] == "test.localhost"
    assert sandbox.http.get("/v1/trust").json()["log"].startswith("test.localhost/log+")


@pytest.mark.parametrize(("mode", "origin"), [("test", "vault.example"), ("live", "test.example")])
def test_a_name_is_of_one_mode_alone(mode: Any, origin: str) -> None:
    with pytest.raises(ValidationError, match="test mode"):
        Settings(mode=mode, origin=origin)
