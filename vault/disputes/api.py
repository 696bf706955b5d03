"""Disputes over HTTP: either side puts one, both see it, the operator decides."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from anchor.encoding import to_base64url
from anchor.records.shape import INTEGER_MAX
from vault import shown, wire
from vault.disputes import flow
from vault.disputes.store import Disputes
from vault.http import LIST_MAX, Operator, Running, cursor, listing
from vault.partners.signature import Party

router = APIRouter(prefix="/v1", tags=["disputes"])

After = Annotated[str | None, Query(max_length=32)]
Limit = Annotated[int, Query(ge=1, le=LIST_MAX)]
Micros = Annotated[int, Field(ge=0, le=INTEGER_MAX, description="micros", examples=[0])]


class NewDispute(wire.Body):
    """A dispute, signed by one side of the receipt's grant."""

    dispute: wire.Signed


class NewDecision(wire.Body):
    """How the operator decided: what goes back to the partner of the owner's share, and of the fee."""

    dispute: wire.Hash
    share: Micros
    fee: Micros
    reason: wire.Words


class ShownDispute(shown.Shown):
    """A dispute, and the decision that ended it."""

    dispute: shown.Signed
    receipt: shown.Hash
    decision: shown.Signed | None


class OpenDispute(shown.Shown):
    """A dispute that waits, with what its receipt brought the owner and the vault."""

    dispute: shown.Signed
    hash: shown.Hash
    side: Annotated[str, Field(examples=["partner"])]
    partner: shown.Domain
    share: shown.Micros
    fee: shown.Micros


class Decided(shown.Shown):
    """The signed decision."""

    decision: shown.Signed


@router.post("/disputes", status_code=201, response_model=shown.RecordName)
async def put_dispute(body: NewDispute, service: Running) -> dict[str, str]:
    """Dispute a use. The record is signed, so it needs no other credential."""
    now = service.clock()
    name = await service.write(lambda t: flow.put(t, body.dispute, service.issuer, now))
    return {"hash": to_base64url(name)}


@router.get("/disputes", response_model=shown.Listing[ShownDispute])
async def list_disputes(
    asker: Party, service: Running, after: After = None, limit: Limit = 50
) -> dict[str, Any]:
    """What was disputed between the owner and her partners, or between the partner and its owners."""
    start, (account, partner) = cursor(after), asker
    rows = await service.read(
        lambda t: Disputes(t).of_party(account=account, partner=partner, after=start, limit=limit + 1)
    )
    return listing([(row[0], _dispute(*row[1:])) for row in rows], limit)


def _dispute(raw: bytes, receipt: bytes, decision: bytes | None) -> dict[str, Any]:
    return {
        "dispute": raw.decode("ascii"),
        "receipt": to_base64url(receipt),
        "decision": decision.decode("ascii") if decision else None,
    }


@router.get("/disputes/open", dependencies=[Operator], response_model=shown.Listing[OpenDispute])
async def list_open_disputes(service: Running, after: After = None, limit: Limit = 50) -> dict[str, Any]:
    """What waits for the operator's decision, oldest first."""
    start = cursor(after)
    rows = await service.read(lambda t: Disputes(t).open(start, limit + 1))
    return listing([(row[0], _open(*row[1:])) for row in rows], limit)


def _open(name: bytes, raw: bytes, side: str, partner: str, share: int, fee: int) -> dict[str, Any]:
    said = {"dispute": raw.decode("ascii"), "hash": to_base64url(name), "side": side, "partner": partner}
    return {**said, "share": share, "fee": fee}


@router.post("/decisions", status_code=201, dependencies=[Operator], response_model=Decided)
async def decide_dispute(body: NewDecision, service: Running) -> dict[str, str]:
    """End a dispute. The same decision again gives the same answer; another one is a conflict."""
    terms = flow.Terms(body.dispute, body.share, body.fee, body.reason)
    raw = await service.write(lambda t: flow.decide(t, terms, service.issuer, service.clock()))
    return {"decision": raw.decode("ascii")}
