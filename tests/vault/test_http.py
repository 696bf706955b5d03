"""What every answer has in common: problems that tell nothing back, ids, limits, cursors."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from anchor.encoding import to_base64url
from tests.vault.world import OPERATOR, World, settle, vault_running
from vault.db import Transaction
from vault.http import BODY_BYTES_MAX, LARGE_BODIES, PROBLEMS, REQUEST_ID_MAX

CANARY = "canary-7f3a9b"
MEMBERS = {"type", "title", "status", "detail", "code", "request_id"}


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory, empty_sqlite: Path) -> Iterator[World]:
    """One vault for every test that leaves it as it was."""
    folder = tmp_path_factory.mktemp("vault")
    with vault_running(folder, f"sqlite:///{shutil.copy(empty_sqlite, folder / 'vault.sqlite3')}") as running:
        yield settle(running)


def verify_problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    """The problem in an answer, if it is one, in full, and repeats nothing of the canary."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    problem: dict[str, Any] = answer.json()
    assert set(problem) == MEMBERS
    assert (problem["status"], problem["code"], problem["type"]) == (status, code, PROBLEMS + code)
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert CANARY not in answer.text
    return problem


# ── problems ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", f"/v1/{CANARY}", 404, "not-found"),
        ("GET", "/v1/uses", 405, "method-not-allowed"),
        ("GET", "/v1/uses/", 404, "not-found"),
        ("GET", "/v1/account", 401, "unauthorised"),
        ("POST", "/v1/topups", 401, "unauthorised"),
    ],
)
def test_a_refused_request_is_answered_with_a_problem(
    vault: World, method: str, path: str, status: int, code: str
) -> None:
    verify_problem(vault.http.request(method, path), status, code)


BODIES: list[Any] = [
    {CANARY: 1},
    {"kid": CANARY},
    {"kid": {CANARY: CANARY}},
    {"kid": [CANARY]},
    {"kid": 0, CANARY: CANARY},
    {CANARY: {CANARY: [CANARY]}},
    [CANARY],
    CANARY,
    None,
]


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_a_problem_never_repeats_what_was_sent(vault: World, body: Any) -> None:
    answer = vault.http.post("/v1/logins", json=body, headers={"X-Canary": CANARY, "Cookie": CANARY})
    assert answer.status_code == 400
    assert CANARY not in answer.text
    assert CANARY not in str(answer.headers)


NESTED: list[tuple[str, str, Any]] = [
    ("POST", "/v1/items", {"items": [{"manifest": "x", "key": "AQAB", "fields": {CANARY: CANARY}}]}),
    ("POST", "/v1/items", {"items": [{"manifest": CANARY, "key": CANARY, "fields": {}, CANARY: 1}]}),
    ("POST", "/v1/accounts", {"secrets": {CANARY.upper(): CANARY}}),
    ("POST", "/v1/accounts", {"secrets": {CANARY: 1}, "parameters": {CANARY: [CANARY]}}),
    ("POST", "/v1/grants", {"grant": "x", "keys": [CANARY], "envelopes": [{CANARY: 1}]}),
    ("POST", "/v1/uses", {"uses": [CANARY]}),
    ("POST", "/v1/uses", {CANARY: [CANARY]}),
    ("PUT", f"/v1/account/secrets/{CANARY.upper()}", {"sealed": "AQAB"}),
    ("PUT", f"/v1/collections/{CANARY}", {"sealed": "AQAB"}),
    ("GET", f"/v1/items/{CANARY}", None),
    ("GET", f"/v1/items?after={CANARY}", None),
    ("GET", f"/v1/items?limit={CANARY}", None),
    ("GET", f"/v1/partners/{CANARY}", None),
    ("GET", f"/v1/partners/{CANARY}.example", None),
    ("GET", f"/v1/receipts/{CANARY}/proof", None),
    ("GET", f"/log/tile/{CANARY}", None),
]


@pytest.mark.parametrize(("method", "path", "body"), NESTED, ids=range(len(NESTED)))
def test_no_field_or_path_comes_back_in_an_answer(vault: World, method: str, path: str, body: Any) -> None:
    answer = vault.http.request(method, path, json=body, headers=vault.as_owner)
    assert answer.status_code in {200, 400, 404}
    assert CANARY not in answer.text


def test_a_fault_of_ours_tells_nothing_and_is_told_by_its_kind_alone(
    vault: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_self: object, _kid: bytes) -> None:
        raise RuntimeError(CANARY)

    monkeypatch.setattr("vault.accounts.store.Accounts.locker", broken)
    answer = vault.http.post("/v1/logins", json={"kid": "A" * 43}, headers={"X-Request-ID": "one"})
    verify_problem(answer, 500, "internal")
    written = "".join(capsys.readouterr())
    assert CANARY not in written
    assert "RuntimeError" in written
    assert "one" in written


def test_a_fault_is_handled_before_the_server_would_write_it_down(
    vault: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_self: object, _kid: bytes) -> None:
        raise RuntimeError(CANARY)

    monkeypatch.setattr("vault.accounts.store.Accounts.locker", broken)
    strict = TestClient(vault.http.app, raise_server_exceptions=True)
    assert strict.post("/v1/logins", json={"kid": "A" * 43}).status_code == 500


# ── request ids, headers ─────────────────────────────────────────────────────────────────


def test_an_answer_carries_the_callers_own_request_id(vault: World) -> None:
    answer = vault.http.get("/livez", headers={"X-Request-ID": "mine-1.2_3"})
    assert answer.headers["x-request-id"] == "mine-1.2_3"


@pytest.mark.parametrize("sent", ["", "x" * (REQUEST_ID_MAX + 1), "two words", "<script>", "a\tb", "é"])
def test_a_request_id_that_could_do_harm_is_replaced(vault: World, sent: str) -> None:
    answer = vault.http.get("/livez", headers={b"X-Request-ID": sent.encode("latin-1")})
    (given,) = answer.headers.get_list("x-request-id")
    assert given != sent
    assert len(given) == 22


def test_nobody_keeps_an_answer_that_is_somebodys_own(vault: World) -> None:
    assert vault.get("/v1/account").headers["cache-control"] == "no-store"


def test_no_browser_guesses_what_an_answer_is(vault: World) -> None:
    assert vault.get("/v1/account").headers["x-content-type-options"] == "nosniff"


# ── bodies ───────────────────────────────────────────────────────────────────────────────

LIMITS = [
    ("/v1/logins", BODY_BYTES_MAX),
    *((path, most) for path, most in LARGE_BODIES.items() if path != "/v1/blobs"),  # takes no JSON
]


def _in_pieces(size: int) -> Iterator[bytes]:
    while size > 0:
        piece = min(size, 1 << 16)
        yield b" " * piece
        size -= piece


@pytest.mark.parametrize(("path", "most"), LIMITS)
def test_a_body_of_more_than_the_limit_is_refused(vault: World, path: str, most: int) -> None:
    headers = vault.as_owner | {"Content-Type": "application/json"}
    verify_problem(vault.http.post(path, content=b" " * (most + 1), headers=headers), 413, "too-large")


@pytest.mark.parametrize(("path", "most"), LIMITS)
def test_a_body_without_a_length_is_cut_at_the_limit(vault: World, path: str, most: int) -> None:
    headers = vault.as_owner | {"Content-Type": "application/json"}
    verify_problem(vault.http.post(path, content=_in_pieces(most + 1), headers=headers), 413, "too-large")


@pytest.mark.parametrize(("path", "most"), LIMITS)
def test_a_body_of_just_the_limit_is_read(vault: World, path: str, most: int) -> None:
    headers = vault.as_owner | {"Content-Type": "application/json"}
    assert vault.http.post(path, content=b" " * most, headers=headers).status_code == 400


@pytest.mark.parametrize("declared", ["-1", "1e3", "9" * 5000, "many", "٣"])
def test_a_length_that_is_no_number_is_refused(vault: World, declared: str) -> None:
    headers = {b"Content-Length": declared.encode(), b"Content-Type": b"application/json"}
    verify_problem(vault.http.post("/v1/logins", content=_in_pieces(2), headers=headers), 413, "too-large")


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"1" * 100_000,
        b"NaN",
        b'{"kid":"\\ud800"}',
        b"\xff\xfe",
        b'{"kid":1e400}',
        b"",
    ],
    ids=["lists", "objects", "digits", "NaN", "surrogate", "not UTF-8", "infinite", "nothing"],
)
@pytest.mark.parametrize("path", ["/v1/logins", "/v1/uses"])
def test_json_that_is_meant_to_hurt_is_malformed(vault: World, path: str, body: bytes) -> None:
    answer = vault.http.post(path, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["code"] in {"malformed", "malformed-record"}


def test_half_a_surrogate_pair_among_uses_is_one_bad_use(vault: World) -> None:
    item = vault.write_item()
    good = vault.use(vault.granted([item]), [item]).text
    body = b'{"uses":["\\ud800","%s"]}' % good.encode()
    answer = vault.http.post("/v1/uses", content=body, headers={"Content-Type": "application/json"})
    first, second = answer.json()["answers"]
    assert first["problem"]["code"] == "malformed-record"
    assert "receipt" in second


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_a_body_of_another_type_is_refused(vault: World, kind: str) -> None:
    body = json.dumps({"kid": "A" * 43}).encode()
    verify_problem(
        vault.http.post("/v1/logins", content=body, headers={"Content-Type": kind}), 400, "malformed"
    )


def test_an_unknown_field_is_refused(vault: World) -> None:
    problem = verify_problem(
        vault.http.post("/v1/logins", json={"kid": "A" * 43, CANARY: 1}), 400, "malformed"
    )
    assert problem["detail"] == "body: extra forbidden"


def test_the_place_of_a_mistake_is_told_by_our_own_words(vault: World) -> None:
    body = {"items": [{"key": "AQAB", "fields": {}, "envelopes": [{}]}]}
    problem = verify_problem(vault.post("/v1/items", body), 400, "malformed")
    assert problem["detail"] == "body.items.0.manifest: missing"


# ── lists ────────────────────────────────────────────────────────────────────────────────


def test_a_list_goes_on_where_its_cursor_says(world: World) -> None:
    for _ in range(5):
        world.write_item()
    whole = world.get("/v1/journal").json()
    assert whole["next"] is None
    pages, after = [], ""
    while True:
        page = world.get(f"/v1/journal?limit=2{after}").json()
        pages.append(page["data"])
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert [len(page) for page in pages] == [2, 2, 1]
    assert [one for page in pages for one in page] == whole["data"]


@pytest.mark.parametrize("after", ["x", "AAAA", "=" * 11, "A" * 12, "%00" * 8, "A" * 33])
def test_a_cursor_that_is_not_ours_is_refused(vault: World, after: str) -> None:
    answer = vault.get(f"/v1/journal?after={after}")
    verify_problem(answer, 400, "malformed")


@pytest.mark.parametrize("edge", [0, 1, 2**63 - 1, -1, -(2**63)])
def test_a_cursor_at_the_edge_of_numbers_is_answered(world: World, edge: int) -> None:
    after = to_base64url(edge.to_bytes(8, "big", signed=True))
    assert world.get(f"/v1/journal?after={after}").status_code == 200


@pytest.mark.parametrize("limit", ["0", "101", "-1", "1.5", "9" * 400, "all"])
def test_a_limit_out_of_range_is_refused(vault: World, limit: str) -> None:
    verify_problem(vault.get(f"/v1/journal?limit={limit}"), 400, "malformed")


# ── hostile text ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "name", ["%00%00%00", "%ff%fe%fd", "a%00.example", "%F0%9F%92%A9.example", "x" * 254]
)
def test_no_name_breaks_the_directory(world: World, name: str) -> None:
    assert world.http.get(f"/v1/partners/{name}").status_code in {400, 404}


@pytest.mark.parametrize("partner", ["\0\0\0", "a\0.example", "💩.example", "A.EXAMPLE", "../../etc"])
def test_no_name_breaks_a_top_up(world: World, partner: str) -> None:
    assert world.top_up(1, partner=partner).status_code in {400, 404}


@pytest.mark.parametrize("reference", ["a\0b", "\x1b[31m", "\u202e"])
def test_no_reference_breaks_a_top_up(world: World, reference: str) -> None:
    assert world.top_up(1, reference=reference).status_code in {201, 400}


# ── readiness ────────────────────────────────────────────────────────────────────────────


def test_a_vault_with_its_tables_is_ready(world: World) -> None:
    assert world.http.get("/readyz").json()["ready"] is True
    assert world.http.get("/livez").json() == {"live": True}


def test_a_vault_without_its_tables_is_alive_and_not_ready(world: World) -> None:
    def drop(transaction: Transaction) -> None:
        transaction.run("ALTER TABLE log_heads RENAME TO elsewhere")

    assert world.http.portal is not None
    world.http.portal.call(world.service.write, drop)
    verify_problem(world.http.get("/readyz"), 503, "unavailable")
    assert world.http.get("/livez").status_code == 200


def test_the_operators_routes_are_closed_to_other_tokens(vault: World) -> None:
    body = {"partner": vault.domain, "amount": 1, "reference": "x"}
    for token in (OPERATOR[:-1], OPERATOR + "x", "é", vault.session):
        headers = {b"Authorization": f"Bearer {token}".encode("latin-1"), b"Idempotency-Key": b"k"}
        verify_problem(vault.http.post("/v1/topups", json=body, headers=headers), 403, "forbidden")
