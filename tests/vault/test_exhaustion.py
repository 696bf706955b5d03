"""Whoever tries to use the service up: heads and bodies without end, slow ones, deep and packed ones.

Against a process as an operator runs it: what bounds connections is outside the app.
"""

import asyncio
import gzip
import json
import shutil
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from tests.vault.processes import Process, serving
from vault.connection import HEAD_BYTES_MAX, HEADERS_MAX
from vault.errors import TooSlow
from vault.http import Frame, render


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory, empty_sqlite: Path) -> Iterator[Process]:
    folder = tmp_path_factory.mktemp("vault")
    url = f"sqlite:///{shutil.copy(empty_sqlite, folder / 'vault.sqlite3')}"
    with serving(folder, url) as running:
        yield running


def connected(process: Process) -> socket.socket:
    host, port = process.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=20)


def answer_to(line: socket.socket) -> bytes:
    """All that comes until the other side hangs up."""
    received = b""
    try:
        while part := line.recv(65_536):
            received += part
    except ConnectionResetError:
        pass  # it hung up while we were talking
    return received


def says(line: socket.socket, octets: bytes) -> None:
    try:
        line.sendall(octets)
    except (BrokenPipeError, ConnectionResetError):
        return  # it has heard enough


START = b"GET /v1/vault HTTP/1.1\r\nHost: vault\r\n"
HEADS = {
    "a header without end": START + b"X-Long: " + b"a" * (1 << 20),
    "headers without end": START + b"X-More: more\r\n" * 100_000,
    "too many short headers": START + b"X: y\r\n" * (HEADERS_MAX + 1) + b"\r\n",
    "a long header that ends": START + b"X-Long: " + b"a" * HEAD_BYTES_MAX + b"\r\n\r\n",
    "a path without end": b"GET /" + b"a" * (1 << 20),
    "no http": b"\x16\x03\x01" + b"\x00" * 300,
}


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_a_head_that_is_too_large_ends_the_connection(process: Process, head: bytes) -> None:
    with connected(process) as line:
        says(line, head)
        received = answer_to(line)
    assert received == b"" or received.startswith(b"HTTP/1.1 400")
    assert httpx2.get(f"{process.url}/livez", trust_env=False).status_code == 200


def test_a_head_that_drips_ends_the_connection(process: Process) -> None:
    begun = time.monotonic()
    with connected(process) as line:
        says(line, b"GET /v1/vault HTTP/1.1\r\nX-Slow: ")
        line.settimeout(30)
        received = answer_to(line)
    assert time.monotonic() - begun < 25
    assert received.startswith(b"HTTP/1.1 400")


def test_a_connection_stays_for_the_next_request(process: Process) -> None:
    with httpx2.Client(base_url=process.url, trust_env=False) as client:
        assert [client.get("/v1/vault").status_code for _ in range(50)] == [200] * 50


def test_a_signed_head_of_usual_size_is_well_within_the_limit(process: Process) -> None:
    headers = {f"x-{i}": "a" * 200 for i in range(50)}
    assert httpx2.get(f"{process.url}/v1/vault", headers=headers, trust_env=False).status_code == 200


def test_a_body_that_says_it_is_too_long_is_refused_before_it_comes(process: Process) -> None:
    with connected(process) as line:
        says(
            line,
            b"POST /v1/logins HTTP/1.1\r\nHost: v\r\nContent-Length: 999999999\r\nConnection: close\r\n\r\n",
        )
        assert answer_to(line).startswith(b"HTTP/1.1 413")


def test_a_body_in_pieces_is_cut_off_at_the_limit(process: Process) -> None:
    head = b"POST /v1/logins HTTP/1.1\r\nHost: v\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n"
    with connected(process) as line:
        says(line, head + b"Content-Type: application/json\r\n\r\n")
        for _ in range(40):
            says(line, b"10000\r\n" + b"a" * 65_536 + b"\r\n")
        assert answer_to(line).startswith(b"HTTP/1.1 413")


def post(process: Process, body: bytes, **headers: str) -> httpx2.Response:
    given = {"Content-Type": "application/json"} | {k.replace("_", "-"): v for k, v in headers.items()}
    return httpx2.post(f"{process.url}/v1/logins", content=body, headers=given, trust_env=False, timeout=20)


DEEP = {
    "lists": b"[" * 500_000,
    "objects": b'{"a":' * 150_000,
    "closed lists": b"[" * 100_000 + b"]" * 100_000,
    "a key for each level": b'{"kid":' * 100_000 + b"1" + b"}" * 100_000,
    "a number without end": b'{"kid":' + b"1" * 900_000 + b"}",
    "a text without end": json.dumps({"kid": "a" * 900_000}).encode(),
}


@pytest.mark.parametrize("body", DEEP.values(), ids=DEEP)
def test_json_made_to_be_hard_is_refused_at_once(process: Process, body: bytes) -> None:
    begun = time.monotonic()
    answer = post(process, body)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert time.monotonic() - begun < 5


def test_what_is_packed_is_not_unpacked(process: Process) -> None:
    """A bomb is a few bytes to us: nothing here opens a content encoding."""
    bomb = gzip.compress(b"0" * (64 << 20))
    assert post(process, bomb, Content_Encoding="gzip").status_code == 400


def test_a_body_that_drips_is_given_up() -> None:
    """In front of an app that waits for its body, as every route that has one does."""
    sent: list[Message] = []
    pieces = iter(range(1000))

    async def drip() -> Message:
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": b"%d" % next(pieces), "more_body": True}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            await request.body()
        except TooSlow as error:
            await render(request, error)(scope, receive, send)

    async def keep(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "path": "/v1/logins", "method": "POST", "headers": []}
    asyncio.run(Frame(app, body_seconds=0.2)(scope, drip, keep))
    assert sent[0]["status"] == 408
    assert json.loads(sent[1]["body"])["code"] == "too-slow"


def test_a_body_that_came_is_waited_for_no_more() -> None:
    """Whoever listens on for the caller to hang up listens as long as it likes."""

    async def app(_scope: Scope, receive: Receive, _send: Send) -> None:
        assert (await receive())["type"] == "http.request"
        assert (await receive())["type"] == "http.disconnect"

    messages: Iterator[tuple[float, Message]] = iter(
        [(0.0, {"type": "http.request", "body": b""}), (0.2, {"type": "http.disconnect"})]
    )

    async def receive() -> Message:
        pause, message = next(messages)
        await asyncio.sleep(pause)
        return message

    async def send(_: Message) -> None:
        raise AssertionError("nothing is answered")

    scope = {"type": "http", "path": "/v1/logins", "method": "POST", "headers": []}
    asyncio.run(Frame(app, body_seconds=0.05)(scope, receive, send))
