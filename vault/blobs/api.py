"""Blobs over HTTP: parts in, ranges out."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.concurrency import iterate_in_threadpool
from fastapi.responses import StreamingResponse
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from anchor.encoding import to_base64url
from anchor.records.shape import binary, nullable
from vault import shown, wire
from vault.blobs import answers, flow
from vault.blobs.rules import PART_BYTES, PARTS_MAX, Part, read_range, span, verify_part
from vault.blobs.store import Blob, Blobs
from vault.db import Transaction
from vault.errors import Conflict, Malformed, TooLarge, VaultError
from vault.http import LIST_MAX, Owner, Running
from vault.partners.signature import Party
from vault.service import Service

router = APIRouter(prefix="/v1", tags=["blobs"])
T = TypeVar("T")

Name = Annotated[str, Path(max_length=22)]
Number = Annotated[int, Path(ge=0, le=10**6)]
OCTETS = "application/octet-stream"
MAYBE_ID = nullable(binary(16))
_BODY = {"content": {OCTETS: {"schema": {"type": "string", "format": "binary"}}}, "required": True}
_RANGE = {
    "name": "Range",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "example": "bytes=0-1023",
}
_CONTENT: dict[int | str, dict[str, Any]] = {
    200: {"content": {OCTETS: {"schema": {"type": "string", "format": "binary"}}}},
    206: {
        "description": "the range asked for",
        "content": {OCTETS: {"schema": {"type": "string", "format": "binary"}}},
    },
}


class Finished(wire.Body):
    """How many parts it has, and the field whose value refers to it, if partners may be granted it."""

    parts: int = Field(ge=1, le=PARTS_MAX)
    item: wire.Id | None = None
    field: wire.Id | None = None


@router.put(
    "/blobs/{blob}/parts/{part}",
    status_code=201,
    response_model=answers.BlobPart,
    responses={200: {"model": answers.BlobPart, "description": "It was there, with the same bytes."}},
    openapi_extra={"requestBody": _BODY},
)
async def put_part(
    blob: Name, part: Number, request: Request, session: Owner, service: Running, response: Response
) -> dict[str, Any]:
    """Keep one part of a sealed blob. The same again: 200. Another in its place replaces it."""
    name, account = binary(16).read(blob), session.account
    content = await request.body()
    verify_part(part, len(content))
    come, now, limits = await run_in_threadpool(flow.part_of, part, content), _now(service), _limits(service)
    if await service.write(lambda t: flow.announce(t, account, name, come, limits, now)):
        await _keep(service, (account, name), come, content, lambda t: flow.keep(t, account, name, come))
    else:
        response.status_code = 200
    return _part(come)


@router.put(
    "/blobs/{blob}",
    status_code=201,
    response_model=answers.Blob,
    responses={200: {"model": answers.Blob, "description": "It was there, with the same bytes."}},
    openapi_extra={"requestBody": _BODY},
)
async def put_blob(
    blob: Name,
    request: Request,
    session: Owner,
    service: Running,
    response: Response,
    item: Annotated[str | None, Query(max_length=22)] = None,
    field: Annotated[str | None, Query(max_length=22)] = None,
) -> dict[str, Any]:
    """Keep a sealed blob of one part, at most 8 MiB, and finish it. The same again: 200."""
    name, account, hangs_on = binary(16).read(blob), session.account, _field(item, field)
    content = await request.body()
    verify_part(0, len(content))
    come, now, limits = await run_in_threadpool(flow.part_of, 0, content), _now(service), _limits(service)
    left = await service.write(lambda t: flow.announce_whole(t, account, name, come, limits, now))

    def keep(transaction: Transaction) -> Blob:
        return flow.keep_whole(transaction, account, name, come, hangs_on, now, written=left == "all")

    if left != "all":
        response.status_code = 200 if left == "nothing" else 201
        return _shown(await service.write(keep))
    return _shown(await _keep(service, (account, name), come, content, keep))


async def _keep(
    service: Service, of: tuple[bytes, bytes], part: Part, content: bytes, keep: Callable[[Transaction], T]
) -> T:
    """Write the object of a part that was announced ``of`` (account, blob); what is not kept is let go."""
    try:
        await run_in_threadpool(service.objects.put, part.object, content)
        return await service.write(keep)
    except Exception:
        with suppress(VaultError):  # the first fault is the one to tell
            await service.write(lambda t: flow.let_go(t, *of, part))
        raise


@router.post("/blobs/{blob}", status_code=201, response_model=answers.Blob)
async def finish_blob(blob: Name, body: Finished, session: Owner, service: Running) -> dict[str, Any]:
    """Say that all parts are there. From then on it can be read, and not be changed."""
    name, now = binary(16).read(blob), _now(service)
    field = _both(body.item, body.field)
    done = await service.write(lambda t: flow.finish(t, session.account, name, body.parts, field, now))
    return _shown(done)


def _field(item: str | None, field: str | None) -> tuple[bytes, bytes] | None:
    read = MAYBE_ID.read
    return _both(read(item), read(field))


def _both(item: bytes | None, field: bytes | None) -> tuple[bytes, bytes] | None:
    if (item is None) != (field is None):
        raise Malformed("a blob hangs on a field of an item: name both, or neither")
    return (item, field) if item is not None and field is not None else None


def _now(service: Service) -> int:
    return int(service.clock().timestamp())


def _limits(service: Service) -> flow.Limits:
    return flow.Limits(service.settings.blob_bytes_max)


@router.get("/blobs", response_model=shown.Listing[answers.Blob])
async def list_blobs(
    session: Owner,
    service: Running,
    after: Annotated[str | None, Query(max_length=22)] = None,
    limit: Annotated[int, Query(ge=1, le=LIST_MAX)] = 50,
) -> dict[str, Any]:
    """The owner's blobs, finished or not, in the order of their ids."""
    start = binary(16).read(after) if after else b""
    rows = await service.read(lambda t: Blobs(t).of_account(session.account, start, limit + 1))
    more = len(rows) > limit
    return {
        "data": [_shown(row) for row in rows[:limit]],
        "next": to_base64url(rows[limit - 1].id) if more else None,
    }


@router.get("/blobs/{blob}", response_model=answers.BlobParts)
async def show_blob(
    blob: Name, session: Owner, service: Running, after: Annotated[int, Query(ge=-1, le=PARTS_MAX)] = -1
) -> dict[str, Any]:
    """What has come of a blob: its parts behind ``after``, up to a thousand. An upload goes on from here."""
    name = binary(16).read(blob)

    def show(transaction: Transaction) -> dict[str, Any]:
        found = Blobs(transaction).find(session.account, name)
        parts = Blobs(transaction).parts(name, after + 1)
        return _shown(found) | {"parts": [_part(part) for part in parts[:PARTS_SHOWN]]}

    return await service.read(show)


PARTS_SHOWN = 1000


@router.get(
    "/blobs/{blob}/content",
    response_class=Response,
    responses=_CONTENT,
    openapi_extra={"parameters": [_RANGE]},
)
async def read_blob(blob: Name, request: Request, session: Owner, service: Running) -> Response:
    """The sealed bytes, or a range of them (RFC 9110 §14)."""
    name = binary(16).read(blob)
    return await _content(service, request, lambda t: Blobs(t).find(session.account, name))


@router.get(
    "/receipts/{receipt}/blobs/{blob}",
    response_class=Response,
    responses=_CONTENT,
    openapi_extra={"parameters": [_RANGE]},
)
async def read_opened_blob(
    receipt: Annotated[str, Path(max_length=43)], blob: Name, request: Request, asker: Party, service: Running
) -> Response:
    """The sealed bytes of a blob that a use opened: for its partner, for a day, while the grant stands.

    At most 8 MiB at a time, so that a grant that ends ends a download with it.
    """
    use, name = binary(32).read(receipt), binary(16).read(blob)
    now = service.clock()
    return await _content(service, request, lambda t: flow.opened_by(t, use, asker[1], name, now), PART_BYTES)


@router.delete("/blobs/{blob}", status_code=204)
async def delete_blob(blob: Name, session: Owner, service: Running) -> None:
    """Delete a blob, finished or not. Its bytes are gone from the store within the hour."""
    name = binary(16).read(blob)
    await service.write(lambda t: flow.delete(t, session.account, name))


async def _content(
    service: Service, request: Request, find: Callable[[Transaction], Blob], most: int | None = None
) -> Response:
    def look(transaction: Transaction) -> tuple[Blob, tuple[int, int] | None, list[Part]]:
        found = find(transaction)
        if not found.finished:
            raise Conflict("this blob is not finished")
        wanted = read_range(request.headers.get("range"), found.size)
        start, end = wanted or (0, found.size)
        if most is not None and end - start > most:
            raise TooLarge(f"ask for ranges of at most {most} bytes")
        return found, wanted, Blobs(transaction).parts(found.id, *span(start, end))

    def begin() -> tuple[Blob, tuple[int, int] | None, bytes, Iterator[bytes]]:
        found, wanted, parts = service.read_here(look)
        pieces = flow.read(service.objects, parts, *(wanted or (0, found.size)))
        return found, wanted, next(pieces, b""), pieces

    # The first piece before the answer begins: a store that is away is a 503, and not half an answer.
    found, wanted, first, rest = await run_in_threadpool(begin)
    start, end = wanted or (0, found.size)
    headers = {"Accept-Ranges": "bytes", "Content-Length": str(end - start)}
    if wanted:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{found.size}"
    status = 206 if wanted else 200
    if len(first) == end - start:
        return Response(first, status, headers, media_type=OCTETS)
    return StreamingResponse(_behind(first, rest), status, headers, media_type=OCTETS)


async def _behind(first: bytes, rest: Iterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in iterate_in_threadpool(rest):
        yield piece


def _part(part: Part) -> dict[str, Any]:
    return {"part": part.number, "size": part.size, "hash": to_base64url(part.hash)}


def _shown(blob: Blob) -> dict[str, Any]:
    return {
        "blob": to_base64url(blob.id),
        "size": blob.size,
        "finished": wire.moment(blob.finished) if blob.finished else None,
        "part_bytes": PART_BYTES,
    }
