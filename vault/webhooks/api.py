"""Webhooks over HTTP: a partner says where it listens, looks what arrived, and has it sent again."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import AfterValidator, Field

from anchor.encoding import from_base64url, to_base64url
from anchor.errors import FormatError
from anchor.records.shape import INTEGER_MAX, binary
from vault import shown, wire
from vault.db import Row, Transaction
from vault.egress import URL_MAX
from vault.errors import Conflict, Malformed, NotFound
from vault.http import LIST_MAX, Running, cursor, listing
from vault.partners.signature import Signer
from vault.webhooks import answers, rules
from vault.webhooks.courier import event_name
from vault.webhooks.deliveries import Deliveries
from vault.webhooks.store import ACTIVE, NAME_BYTES, Outbox, Webhook, Webhooks

router = APIRouter(prefix="/v1", tags=["webhooks"])

WEBHOOKS_MAX = 10
"""Endpoints of one partner."""
REPLAY_MAX = 1000
WAITING_MAX = 10_000
"""Deliveries on their way to one endpoint, after which none is sent again."""
_EVENT = "evt_"

After = Annotated[str | None, Query(max_length=32)]
Limit = Annotated[int, Query(ge=1, le=LIST_MAX)]
Name = Annotated[str, Path(max_length=22)]


def _kind(value: str) -> str:
    if value not in rules.KINDS:
        raise ValueError("this vault knows no such event")
    return value


Kind = Annotated[str, AfterValidator(_kind), Field(max_length=40, examples=[rules.GRANT_REVOKED])]


class NewWebhook(wire.Body):
    """An endpoint. Without ``kinds`` it hears of everything; ``generation`` one higher changes its secret."""

    url: str = Field(max_length=URL_MAX, examples=["https://music.example/planetvault"])
    kinds: list[Kind] = Field(default_factory=list, max_length=len(rules.KINDS))
    low_balance: int = Field(default=0, ge=0, le=INTEGER_MAX, description="micros", examples=[5_000_000])
    generation: int = Field(default=1, ge=1, le=INTEGER_MAX)


class Replay(wire.Body):
    """What to send again: one event, or all from a time on, in seconds since 1970."""

    event: str | None = Field(default=None, max_length=40, examples=["evt_AAAAAAAAAAAAAAAAAAAAAA"])
    since: int | None = Field(default=None, ge=0, le=INTEGER_MAX, examples=[1_773_480_413])


@router.put("/webhooks/{webhook}", response_model=answers.NewWebhook)
async def put_webhook(webhook: Name, body: NewWebhook, signer: Signer, service: Running) -> dict[str, Any]:
    """Listen at a URL, under a name of the partner's own making; again, to change it or to enable it.

    The answer has the secret that signs for it. The one before signs too, for a day.
    """
    service.egress.verify_url(body.url)
    name, now = binary(NAME_BYTES).read(webhook), int(service.clock().timestamp())

    def put(transaction: Transaction) -> Webhook:
        webhooks = Webhooks(transaction)
        before = webhooks.get(name)
        if before is None and len(webhooks.of_partner(signer.domain)) >= WEBHOOKS_MAX:
            raise Conflict(f"a partner listens at {WEBHOOKS_MAX} endpoints at most")
        new = _changed(name, signer.domain, body, before, now)
        if not webhooks.put(new, now):
            raise Conflict("another endpoint has this name: make up a new one")
        return new

    kept = await service.write(put)
    secret = rules.secret(service.secrets.webhooks, name, kept.generation, kept.domain)
    return _webhook(kept) | {"secret": rules.shown_secret(secret)}


def _changed(name: bytes, domain: str, body: NewWebhook, before: Webhook | None, now: int) -> Webhook:
    last = before.generation if before else 1
    if body.generation not in {last, last + 1} or (before is None and body.generation != 1):
        raise Conflict("a secret is followed by the next one: its generation is one higher")
    rotated = now if body.generation > last else before.rotated if before else None
    return Webhook(
        id=name,
        domain=domain,
        url=body.url,
        kinds=tuple(sorted(set(body.kinds))),
        low_balance=body.low_balance,
        generation=body.generation,
        rotated=rotated,
        state=ACTIVE,
        failing=None,
    )


def _webhook(one: Webhook) -> dict[str, Any]:
    return {
        "webhook": to_base64url(one.id),
        "url": one.url,
        "kinds": list(one.kinds),
        "low_balance": one.low_balance,
        "generation": one.generation,
        "state": one.state,
        "failing": None if one.failing is None else wire.moment(one.failing),
    }


@router.get("/webhooks", response_model=shown.Whole[answers.Webhook])
async def list_webhooks(signer: Signer, service: Running) -> dict[str, Any]:
    """Where this partner listens, and how each endpoint does."""
    found = await service.read(lambda t: Webhooks(t).of_partner(signer.domain))
    return {"data": [_webhook(one) for one in found]}


@router.delete("/webhooks/{webhook}", status_code=204)
async def remove_webhook(webhook: Name, signer: Signer, service: Running) -> None:
    """Listen there no more; what was on its way is forgotten."""
    name = binary(NAME_BYTES).read(webhook)
    await service.write(lambda t: Webhooks(t).remove(_own(t, name, signer.domain).id))


@router.post("/webhooks/{webhook}/pings", status_code=201, response_model=answers.EventName)
async def ping_webhook(webhook: Name, signer: Signer, service: Running) -> dict[str, str]:
    """Send an event that says nothing, to see whether it arrives."""
    name, now = binary(NAME_BYTES).read(webhook), int(service.clock().timestamp())
    event = await service.write(lambda t: Outbox(t).ping(_with_room(t, name, signer.domain), rules.PING, now))
    return {"event": event_name(event)}


@router.post("/webhooks/{webhook}/replays", status_code=201, response_model=answers.Replayed)
async def replay_events(webhook: Name, body: Replay, signer: Signer, service: Running) -> dict[str, int]:
    """Send events of the last 30 days again, at most 1,000, each under the name it had."""
    if (body.event is None) == (body.since is None):
        raise Malformed("name one event, or a time from which on")
    name, now = binary(NAME_BYTES).read(webhook), int(service.clock().timestamp())

    def replay(transaction: Transaction) -> int:
        endpoint, outbox = _with_room(transaction, name, signer.domain), Outbox(transaction)
        if body.event is not None:
            events = [_event(body.event)]
            if not outbox.is_of(events[0], signer.domain):
                raise NotFound("no such event, or it is older than 30 days")
        else:
            events = outbox.since(signer.domain, body.since or 0, REPLAY_MAX)
        outbox.send_again(endpoint.id, events, now)
        return len(events)

    return {"events": await service.write(replay)}


@router.get("/webhooks/{webhook}/deliveries", response_model=shown.Listing[answers.Delivery])
async def list_deliveries(
    webhook: Name, signer: Signer, service: Running, after: After = None, limit: Limit = 50
) -> dict[str, Any]:
    """What was sent to an endpoint and what came of it, oldest first, for 30 days."""
    name, start = binary(NAME_BYTES).read(webhook), cursor(after)

    def show(transaction: Transaction) -> list[Row]:
        return Deliveries(transaction).of_webhook(_own(transaction, name, signer.domain).id, start, limit + 1)

    rows = await service.read(show)
    return listing([(row[0], _delivery(*row[1:])) for row in rows], limit)


def _delivery(
    event: bytes,
    kind: str,
    state: str,
    attempts: int,
    status: int | None,
    error: str,
    tried: int | None,
    due: int | None,
) -> dict[str, Any]:
    return {
        "event": event_name(event),
        "type": kind,
        "state": state,
        "attempts": attempts,
        "status": status,
        "error": error,
        "tried": None if tried is None else wire.moment(tried),
        "next": None if due is None else wire.moment(due),
    }


@router.get("/events", response_model=shown.Listing[answers.Event])
async def list_events(
    signer: Signer, service: Running, after: After = None, limit: Limit = 50
) -> dict[str, Any]:
    """What happened to this partner in the last 30 days, oldest first."""
    start = cursor(after)
    rows = await service.read(lambda t: Outbox(t).of_partner(signer.domain, start, limit + 1))
    return listing([(row[0], _shown_event(*row[1:])) for row in rows], limit)


def _shown_event(name: bytes, kind: str, data: str, time: int) -> dict[str, Any]:
    told = {"type": kind, "timestamp": wire.moment(time), "data": json.loads(data)}
    return {"event": event_name(name), **told}


def _own(transaction: Transaction, name: bytes, domain: str) -> Webhook:
    webhook = Webhooks(transaction).get(name)
    if webhook is None or webhook.domain != domain:
        raise NotFound("no such endpoint")
    return webhook


def _with_room(transaction: Transaction, name: bytes, domain: str) -> Webhook:
    webhook = _own(transaction, name, domain)
    if webhook.state != ACTIVE:
        raise Conflict("this endpoint is disabled: put it again first")
    if Deliveries(transaction).waiting(name) >= WAITING_MAX:
        raise Conflict(f"{WAITING_MAX} deliveries wait for this endpoint already")
    return webhook


def _event(text: str) -> bytes:
    try:
        return from_base64url(text.removeprefix(_EVENT))
    except FormatError as error:
        raise Malformed("not the name of an event") from error
