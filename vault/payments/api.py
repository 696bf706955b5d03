"""Money over HTTP: the operator books what partners paid in, owners see every transfer of theirs."""

import json
from hashlib import sha256
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import Field, PlainValidator, WithJsonSchema

from anchor.encoding import to_base64url
from anchor.records.shape import INTEGER_MAX, text
from vault import shown, wire
from vault.db import Transaction
from vault.errors import Conflict
from vault.http import LIST_MAX, Operator, Owner, Running, cursor, listing
from vault.partners.store import Partners
from vault.payments import answers, ledger
from vault.payments.idempotency import once, verify_key
from vault.payments.release import steps_of
from vault.payments.store import Ledger
from vault.webhooks.rules import TOPUP_BOOKED
from vault.webhooks.store import Outbox

router = APIRouter(prefix="/v1", tags=["payments"])

After = Annotated[str | None, Query(max_length=32)]
Limit = Annotated[int, Query(ge=1, le=LIST_MAX)]
TOPUP_MAX = 10**15
"""A billion units: more at once is a slip of the hand."""


def _reference(value: Any) -> str:
    printable: str = text(200).read(value)
    return printable


Reference = Annotated[
    str,
    PlainValidator(_reference),
    WithJsonSchema({"type": "string", "description": "what the bank calls it", "examples": ["2026-1101"]}),
]


class TopUp(wire.Body):
    """Money a partner paid in, as the operator's bank says."""

    partner: wire.Domain
    amount: int = Field(ge=1, le=TOPUP_MAX, description="micros", examples=[50_000_000])
    reference: Reference


@router.post("/topups", status_code=201, dependencies=[Operator], response_model=shown.Funding)
async def book_top_up(
    body: TopUp, request: Request, service: Running, idempotency_key: Annotated[str | None, Header()] = None
) -> Response:
    """Book a top-up once, however often it is sent."""
    key, raw = verify_key(idempotency_key), await request.body()
    now = int(service.clock().timestamp())
    source = sha256(b"planetvault/topup/v1\0" + key.encode()).digest()

    def effect(transaction: Transaction) -> bytes:
        Partners(transaction).entries(body.partner)
        account = ledger.funding(body.partner)
        money = Ledger(transaction)
        if money.balance(account) + body.amount > INTEGER_MAX:
            raise Conflict("a balance has at most 2^53 - 1 micros")
        money.keep_top_up(source, body.partner, body.amount, body.reference, now)
        money.move([ledger.Transfer("top-up", source, ledger.OUTSIDE, account, body.amount)], now)
        funding = money.balance(account)
        told = {"amount": body.amount, "funding": funding}
        Outbox(transaction).announce(body.partner, TOPUP_BOOKED, told, now)
        return json.dumps({"funding": funding}).encode()

    done = await service.write(lambda t: once(t, "topups", key, raw, now, lambda: effect(t)))
    headers = {"Idempotent-Replayed": "true"} if done.replayed else {}
    return Response(done.body, done.status, headers, media_type="application/json")


@router.get("/releases", response_model=shown.Listing[answers.Release])
async def list_releases(
    session: Owner, service: Running, after: After = None, limit: Limit = 50
) -> dict[str, Any]:
    """Which receipts became payable when: those at log indexes from ``since`` up to ``size``."""
    start = cursor(after)
    rows = await service.read(lambda t: steps_of(t, session.account, start, limit + 1))
    steps = [(size, {"size": size, "since": since, "root": to_base64url(root)}) for size, since, root in rows]
    return listing(steps, limit)


@router.get("/transfers", response_model=shown.Listing[answers.Transfer])
async def list_transfers(
    session: Owner, service: Running, after: After = None, limit: Limit = 50
) -> dict[str, Any]:
    """Every transfer that touched the owner's accounts, oldest first."""
    start = cursor(after)
    rows = await service.read(lambda t: Ledger(t).of_owner(session.account, start, limit + 1))
    return listing([(row[0], _transfer(*row[1:])) for row in rows], limit)


def _transfer(kind: str, source: bytes, debit: str, credit: str, amount: int, time: int) -> dict[str, Any]:
    return {
        "kind": kind,
        "source": to_base64url(source),
        "debit": debit,
        "credit": credit,
        "amount": amount,
        "time": wire.moment(time),
    }
