"""Who is asking, how large a request may be, and how a refusal looks on the wire."""

import asyncio
import hmac
import random
import re
import traceback
from functools import cache
from hashlib import sha256
from http import HTTPStatus
from typing import Annotated, Any

import structlog
from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import APIKeyHeader, HTTPBearer
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from anchor.encoding import from_base64url, to_base64url
from anchor.errors import AnchorError, FormatError
from vault.errors import (
    Forbidden,
    Malformed,
    TooLarge,
    TooManyRequests,
    TooSlow,
    Unauthorised,
    UnknownVersion,
    VaultError,
    code_of,
    status_of,
)
from vault.logins.store import Session, Sessions
from vault.service import Service
from vault.wire import Body

PROBLEMS = "https://planetvault.example/problems/"
BODY_BYTES_MAX = 1 << 20
LARGE_BODIES = dict.fromkeys(("/v1/items", "/v1/grants", "/v1/journal", "/v1/arrivals"), 16 << 20)
LARGE_BODIES |= {"/v1/uses": 2 << 20, "/v1/blobs": 8 << 20}
"""Routes that take sealed items, envelopes, many uses, or a part of a blob."""
REQUEST_ID_MAX = 64
_REQUEST_ID = re.compile(rb"[A-Za-z0-9_.-]{1,%d}" % REQUEST_ID_MAX)
LIST_MAX = 100
LENGTH_DIGITS_MAX = 12

VERSION = b"2026-11-22"
"""The interface as docs/spec/http.md tells it. What is only added to it changes no date."""
BODY_SECONDS = 60
"""From the head of a request to the end of its body: 16 MiB at a bit over two megabits a second."""
_HEADERS = [
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"vault-version", VERSION),
]
"""Of every answer that does not say otherwise: what is in it is somebody's own, and is what it says it is."""
_HTTP_CODES = {404: "not-found", 405: "method-not-allowed"}

log = structlog.get_logger()


def service_of(request: Request) -> Service:
    """The running vault."""
    service: Service = request.app.state.vault
    return service


async def running(request: Request) -> Service:
    """The running vault, for routes. What routes depend on is awaited: a plain function goes to a thread."""
    return service_of(request)


Running = Annotated[Service, Depends(running)]


def problem(error: Exception, request_id: str) -> dict[str, Any]:
    """An RFC 9457 problem. It says what happened, never what was sent."""
    code, status = code_of(error), status_of(type(error))
    expected = isinstance(error, VaultError | AnchorError)
    return {
        "type": PROBLEMS + code,
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": str(error)
        if expected
        else "something went wrong here; nothing you sent was lost or charged",
        "code": code,
        "request_id": request_id,
    }


def render(request: Request, error: Exception) -> Response:
    """The answer that says why not."""
    body = problem(error, getattr(request.state, "request_id", ""))
    headers = {"retry-after": str(error.retry_after)} if isinstance(error, TooManyRequests) else None
    return JSONResponse(body, body["status"], headers, media_type="application/problem+json")


async def _on_refusal(request: Request, error: Exception) -> Response:
    return render(request, error)


async def _on_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for nothing else
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"] if type(part) is int or part in _our_words())
    return render(request, Malformed(f"{place}: {first['type'].replace('_', ' ')}"))


@cache
def _our_words() -> frozenset[str]:
    """The names that may stand in a problem: those of our fields, and none that a caller made up."""
    return frozenset({"body", "path", "query", "header", "after", "limit"}).union(
        *(body.model_fields for body in Body.__subclasses__())
    )


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
    if isinstance(error.__cause__, VaultError):  # raised while the body was read, and wrapped on its way
        return render(request, error.__cause__)
    phrase = HTTPStatus(error.status_code).phrase
    code = _HTTP_CODES.get(error.status_code, Malformed.code)
    body = problem(Malformed(phrase), getattr(request.state, "request_id", ""))
    body |= {"type": PROBLEMS + code, "status": error.status_code, "code": code, "title": phrase}
    return JSONResponse(body, error.status_code, error.headers, media_type="application/problem+json")


_PROBLEM = {
    "description": "A problem (RFC 9457); `code` says which.",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
REFUSALS: dict[int | str, dict[str, Any]] = {"4XX": _PROBLEM, "503": _PROBLEM}
"""What every route may answer instead, for its page: no, or not now."""


def install_problems(app: FastAPI) -> None:
    """Render every refusal of this app as a problem; ``Frame`` does it for faults."""
    app.add_exception_handler(VaultError, _on_refusal)
    app.add_exception_handler(AnchorError, _on_refusal)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)


class Frame:
    """Around every request: its id, the end of its body when that is too long, and faults.

    A fault ends here. Whoever runs the app would write down its message and its
    variables, and those may be somebody's data.
    """

    def __init__(self, app: ASGIApp, body_seconds: float = BODY_SECONDS) -> None:
        self._app, self._body_seconds = app, body_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        request_id = _request_id(headers.get(b"x-request-id", b""))
        scope.setdefault("state", {})["request_id"] = request_id
        begun = False

        async def send_framed(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                said = [name for name, _ in message["headers"]]
                more = [header for header in _HEADERS if header[0] not in said]
                message["headers"] = [*message["headers"], *more, (b"x-request-id", request_id.encode())]
            await send(message)

        if headers.get(b"vault-version", VERSION) != VERSION:
            error = UnknownVersion(f"this vault speaks the version {VERSION.decode()}")
            await render(Request(scope), error)(scope, receive, send_framed)
            return
        try:
            limited = _limited(receive, _most(scope["path"]), headers, self._body_seconds)
            await self._app(scope, limited, send_framed)
        except ClientDisconnect:
            return  # nobody is there to be answered
        except Exception as error:  # noqa: BLE001 - whatever it was, it stays here
            _log_fault(error, request_id)
            if begun:
                raise ConnectionAbortedError("a fault broke this answer off") from None
            await render(Request(scope), error)(scope, receive, send_framed)


def _log_fault(error: Exception, request_id: str) -> None:
    place = traceback.extract_tb(error.__traceback__)[-1]
    kind = type(error).__name__
    log.error("fault", request_id=request_id, kind=kind, place=f"{place.filename}:{place.lineno}")


def _most(path: str) -> int:
    return next((size for prefix, size in LARGE_BODIES.items() if path.startswith(prefix)), BODY_BYTES_MAX)


def _request_id(sent: bytes) -> str:
    if _REQUEST_ID.fullmatch(sent):
        return sent.decode("ascii")
    return to_base64url(random.randbytes(16))  # noqa: S311 - it guards nothing


def _limited(receive: Receive, most: int, headers: dict[bytes, bytes], seconds: float) -> Receive:
    left = most
    declared = headers.get(b"content-length", b"0")
    fits = declared.isdigit() and len(declared) <= LENGTH_DIGITS_MAX and int(declared) <= most

    until = asyncio.get_running_loop().time() + seconds
    ended = False

    async def receive_within() -> Message:
        nonlocal left, ended
        try:
            async with asyncio.timeout_at(None if ended else until):
                message = await receive() if fits else {}
        except TimeoutError:
            raise TooSlow(f"a body arrives within {seconds:g} seconds") from None
        ended = not message.get("more_body", False)
        left -= len(message.get("body", b""))
        if left < 0 or not fits:
            raise TooLarge(f"a body here has at most {most} bytes")
        return message

    return receive_within


SESSION = HTTPBearer(scheme_name="session", description="a session of an owner", auto_error=False)
OPERATED = HTTPBearer(scheme_name="operator", description="the operator's token", auto_error=False)
SIGNED = APIKeyHeader(
    name="Signature-Input",
    scheme_name="signature",
    description="RFC 9421 with Ed25519, by a key of the directory (docs/spec/http.md)",
    auto_error=False,
)
"""How a caller shows who it is, for the routes' pages. What is shown is checked below."""


async def owner(request: Request, service: Running) -> Session:
    """The owner whose session this is.

    Raises:
        Unauthorised: if there is no session, or it ended.
    """
    token = _bearer(request)
    now = int(service.clock().timestamp())
    session = await service.glance(lambda t: Sessions(t).of(sha256(token.encode()).digest(), now))
    if session is None:
        raise Unauthorised("this session ended: log in again")
    service.rates.owner.verify(session.account)
    request.state.charge.to(service.rates.owner, session.account)
    return session


async def operator(request: Request, service: Running) -> None:
    """Let the operator through.

    Raises:
        Forbidden: if the operator's routes are closed, or the token is another.
    """
    expected = service.settings.operator_token.get_secret_value()
    if not expected or not hmac.compare_digest(_bearer(request).encode(), expected.encode()):
        raise Forbidden("this route is the operator's")


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthorised("send Authorization: Bearer <session>")
    return token


async def shown_owner(
    session: Annotated[Session, Depends(owner)], _: Annotated[Any, Depends(SESSION)]
) -> Session:
    """The owner whose session this is, on a route that says so on its page."""
    return session


async def shown_operator(
    _: Annotated[Any, Depends(OPERATED)], __: Annotated[None, Depends(operator)]
) -> None:
    """Let the operator through, on a route that says so on its page."""


Owner = Annotated[Session, Depends(shown_owner)]
Operator = Depends(shown_operator)


def cursor(after: str | None) -> int:
    """Where a list goes on.

    Raises:
        Malformed: if this is not a cursor of ours.
    """
    if after is None:
        return 0
    try:
        value = from_base64url(after)
    except FormatError as error:
        raise Malformed("not a cursor that this vault gave out") from error
    if len(value) != 8:  # noqa: PLR2004 - a cursor is one 64-bit row number
        raise Malformed("not a cursor that this vault gave out")
    return int.from_bytes(value, "big", signed=True)


def listing(rows: list[tuple[int, Any]], limit: int) -> dict[str, Any]:
    """One page of at most ``limit`` rows, each with the number the next page starts after."""
    shown = rows[:limit]
    more = to_base64url(shown[-1][0].to_bytes(8, "big", signed=True)) if len(rows) > limit else None
    return {"data": [row for _, row in shown], "next": more}
