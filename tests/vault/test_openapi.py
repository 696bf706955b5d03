"""The API's own description: complete, true, and the one that is committed."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it ships no types

from anchor.encoding import to_base64url
from tests.vault.world import World
from vault.app import create_app
from vault.openapi import example_of, written
from vault.settings import Settings

ROOT = Path(__file__).parents[2]
COMMITTED = ROOT / "docs" / "openapi.json"
DOCUMENT: dict[str, Any] = create_app(Settings()).openapi()
COMPONENTS: dict[str, Any] = DOCUMENT["components"]["schemas"]


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in DOCUMENT["paths"].items():
        for method, operation in item.items():
            yield f"{method.upper()} {path}", operation


OPERATIONS = dict(operations())
every_operation = pytest.mark.parametrize("name", list(OPERATIONS))


def validator(schema: dict[str, Any]) -> Draft202012Validator:
    return Draft202012Validator(schema | {"components": DOCUMENT["components"]})


def contents(operation: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield from operation.get("requestBody", {}).get("content", {}).items()
    for answer in operation["responses"].values():
        yield from answer.get("content", {}).items()


def test_the_committed_page_is_the_one_the_app_describes() -> None:
    page = written(create_app(Settings()))
    assert COMMITTED.read_text() == page, "run: python -m vault openapi > docs/openapi.json"


def test_the_command_writes_the_page() -> None:
    command = [sys.executable, "-m", "vault", "openapi"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert answer.stdout == COMMITTED.read_text()


def test_it_is_openapi_3_1() -> None:
    assert DOCUMENT["openapi"].startswith("3.1")
    for schema in COMPONENTS.values():
        Draft202012Validator.check_schema(schema)


def test_each_operation_has_a_name_of_its_own() -> None:
    names = [operation["operationId"] for operation in OPERATIONS.values()]
    assert len(names) == len(set(names))
    assert all(re.fullmatch("[a-z]+(_[a-z]+)+", name) for name in names)


@every_operation
def test_each_operation_is_described(name: str) -> None:
    operation = OPERATIONS[name]
    assert operation["summary"]
    assert operation["description"].endswith(".")
    assert operation["tags"]


@every_operation
def test_each_operation_says_what_else_it_may_answer(name: str) -> None:
    responses = OPERATIONS[name]["responses"]
    assert "422" not in responses
    for status in ("4XX", "503"):
        shown = responses[status]["content"]["application/problem+json"]
        assert shown["schema"] == {"$ref": "#/components/schemas/Problem"}
    good = sorted(status for status in responses if status.startswith("2"))
    assert len(good) == 1 or good in (["200", "206"], ["200", "201"])
    if good != ["204"]:
        assert responses[good[0]]["content"]


@every_operation
def test_each_body_and_answer_has_an_example_that_fits(name: str) -> None:
    for kind, content in contents(OPERATIONS[name]):
        assert "example" in content, kind
        validator(content["schema"]).validate(content["example"])


@every_operation
def test_each_answer_in_json_says_what_is_in_it(name: str) -> None:
    if name == "GET /v1/trust":  # a format of its own: docs/spec/trust.md
        return
    for kind, content in contents(OPERATIONS[name]):
        if kind == "application/json":
            assert {"$ref", "anyOf", "properties"} & set(content["schema"])


def test_every_route_says_who_may_come() -> None:
    schemes = set(DOCUMENT["components"]["securitySchemes"])
    assert schemes == {"session", "signature", "operator"}
    used: dict[str, set[str]] = {
        name: {scheme for one in operation.get("security", []) for scheme in one}
        for name, operation in OPERATIONS.items()
    }
    assert used["GET /v1/account"] == {"session"}
    assert used["GET /v1/balance"] == {"signature"}
    assert used["GET /v1/grants"] == {"session", "signature"}
    assert used["POST /v1/topups"] == {"operator"}
    assert used["POST /v1/uses"] == set()


def test_the_contract_and_the_routes_name_the_same_places() -> None:
    """docs/spec/http.md is read by people, the routes by programs: neither has one that the other lacks."""
    page = (ROOT / "docs" / "spec" / "http.md").read_text()
    told = {
        re.sub(r"\{\w+\}", "{}", path.partition("?")[0]) for path in re.findall(r"(/v1/[a-z/{}-]+)", page)
    }
    there = {re.sub(r"\{\w+\}", "{}", path) for path in DOCUMENT["paths"] if path.startswith("/v1/")}
    assert there == told


def test_an_example_is_made_of_its_parts() -> None:
    components = {"Part": {"type": "object", "properties": {"n": {"type": "integer", "minimum": 7}}}}
    schema = {
        "type": "object",
        "properties": {
            "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Part"}},
            "word": {"anyOf": [{"type": "string", "examples": ["a"]}, {"type": "null"}]},
            "state": {"enum": ["open", "shut"]},
            "sure": {"type": "boolean"},
            "always": {"const": 5},
        },
    }
    expected = {"parts": [{"n": 7}], "word": "a", "state": "open", "sure": False, "always": 5}
    assert example_of(schema, components) == expected


# ── what is answered is what is described ────────────────────────────────────────────────


@pytest.mark.parametrize("vault_url", ["sqlite"], indirect=True)
def test_every_answer_fits_its_description(world: World) -> None:
    """A day in the life of both sides, with each answer held against the page."""
    seen: set[str] = set()

    def check(method: str, template: str, answer: Any) -> Any:
        name = f"{method} {template}"
        status = str(answer.status_code)
        responses = OPERATIONS[name]["responses"]
        shown = responses[status if status in responses else status[0] + "XX"].get("content")
        if shown is None:
            assert answer.content == b""
        else:
            kind = answer.headers["content-type"].partition(";")[0]
            assert kind in shown
            if kind.endswith("json"):
                validator(shown[kind]["schema"]).validate(answer.json())
                seen.add(f"{name} {status}")
        return answer

    item = world.write_item()
    grant, closed = world.granted([item]), world.granted([])
    world.send(world.use(grant, [item], purpose="dpv:Advertising"))
    world.revoke(closed)
    name = to_base64url(grant.hash)
    offer = world.publish()
    world.post("/v1/counters", {"counter": world.counter(offer).text}).raise_for_status()
    check("GET", "/v1/offers/{offer}", world.get(f"/v1/offers/{to_base64url(offer.hash)}"))
    one = check("POST", "/v1/uses", world.send(world.use(grant, [item]))).json()
    batch = {"uses": [world.use(grant, [item]).text, "not a use"]}
    check("POST", "/v1/uses", world.http.post("/v1/uses", json=batch))
    receipt = to_base64url(world.receipt(one["receipt"]).hash)
    for template in (
        *(path for path in ("/v1/vault", "/v1/trust", "/livez", "/readyz")),
        *("/v1/account", "/v1/pairings", "/v1/collections", "/v1/items", "/v1/journal", "/v1/asks"),
        *(
            "/v1/offers",
            "/v1/counters",
            "/v1/pools",
            "/v1/demands",
            "/v1/reports",
            "/v1/grants",
            "/v1/receipts",
            "/v1/refusals",
            "/v1/transfers",
        ),
    ):
        check("GET", template, world.get(template))
        check("GET", template, world.get(f"{template}?limit=1"))
    for template, path in (
        ("/v1/items/{item}", f"/v1/items/{to_base64url(item.id)}"),
        ("/v1/items/{item}", f"/v1/items/{to_base64url(bytes(16))}"),
        ("/v1/receipts/{receipt}/proof", f"/v1/receipts/{receipt}/proof"),
        ("/v1/partners/{domain}", f"/v1/partners/{world.domain}"),
        ("/log/checkpoint", "/log/checkpoint"),
    ):
        check("GET", template, world.get(path))
    for template, path in (
        ("/v1/balance", "/v1/balance"),
        ("/v1/grants", "/v1/grants"),
        ("/v1/grants/{grant}/items", f"/v1/grants/{name}/items"),
        ("/v1/grants/{grant}/receipts", f"/v1/grants/{name}/receipts"),
        ("/v1/asks/{ask_hash}", f"/v1/asks/{to_base64url(grant.record.ask or b'')}"),
    ):
        check("GET", template, world.signed("GET", path))
    check("POST", "/v1/statements", world.http.post("/v1/statements", headers=world.as_owner))
    check("POST", "/v1/topups", world.top_up(5))
    check("POST", "/v1/topups", world.top_up(0))
    kid = {"kid": to_base64url(world.device.kid)}
    check("POST", "/v1/logins", world.http.post("/v1/logins", json=kid))
    check("POST", "/v1/logins", world.http.post("/v1/logins", json={}))
    assert len(seen) > 25


def test_the_page_holds_no_setting_of_whoever_wrote_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANETVAULT_ORIGIN", "secret-vault.example")
    page = written(create_app(Settings()))
    assert "secret-vault" not in page
    assert json.loads(page) == json.loads(COMMITTED.read_text())
