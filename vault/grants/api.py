"""Grants over HTTP: given and taken back by owners, listed for both sides."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import Field

from anchor.encoding import to_base64url
from anchor.records.consent import Revocation, verify_grant
from anchor.records.shape import binary
from anchor.records.signed import unverified
from vault import shown, wire
from vault.db import Transaction
from vault.errors import Malformed, NotFound
from vault.grants import answers, flow
from vault.grants.standing import Envelope
from vault.grants.store import Grants
from vault.http import LIST_MAX, Running, cursor, listing
from vault.http import Owner as OwnerSession
from vault.partners.signature import Party, Signer
from vault.receipts.store import Receipts

router = APIRouter(prefix="/v1", tags=["grants"])

ENVELOPES_MAX = 5_000
"""In one request; more are added to the standing grant."""
FIELDS_MAX = 256
HOLDERS_MAX = 8
After = Annotated[str | None, Query(max_length=32)]
Limit = Annotated[int, Query(ge=1, le=LIST_MAX)]
Name = Annotated[str, Path(max_length=43)]


class ItemEnvelope(wire.Body):
    """The field keys of one item version, sealed under the grant's key."""

    item: wire.Id
    version: int = Field(ge=1, le=2**53 - 1)
    fields: list[wire.Id] = Field(min_length=1, max_length=FIELDS_MAX)
    sealed: wire.SealedKeys

    def read(self) -> Envelope:
        """The envelope as the store keeps it."""
        return Envelope(self.item, self.version, tuple(sorted(set(self.fields))), self.sealed)


class NewGrant(wire.Body):
    """A grant with the sealed shares of its key, and what it opens."""

    grant: wire.Signed
    keys: list[wire.Small] = Field(min_length=1, max_length=HOLDERS_MAX)
    envelopes: list[ItemEnvelope] = Field(default_factory=list, max_length=ENVELOPES_MAX)


class MoreEnvelopes(wire.Body):
    """More items for a standing grant."""

    envelopes: list[ItemEnvelope] = Field(min_length=1, max_length=ENVELOPES_MAX)


class NewRevocation(wire.Body):
    """The owner takes a grant back."""

    revocation: wire.Signed


@router.post("/grants", status_code=201, response_model=shown.RecordName)
async def give_grant(body: NewGrant, session: OwnerSession, service: Running) -> dict[str, str]:
    """Let a grant stand; the budget is set aside from the partner's money."""
    grant = verify_grant(body.grant)
    ours = [holder for holder in grant.record.holders if holder.name == service.settings.origin]
    if len(body.keys) != len(ours):
        raise Malformed("hand over one sealed share for each holder that is this vault")
    new = flow.NewGrant(grant, tuple(body.keys), tuple(envelope.read() for envelope in body.envelopes))
    now = service.clock()
    await service.write(lambda t: flow.give(t, session.account, new, service.issuer, now))
    return {"hash": to_base64url(grant.hash)}


@router.post("/grants/{grant}/envelopes", status_code=204)
async def add_envelopes(grant: Name, body: MoreEnvelopes, session: OwnerSession, service: Running) -> None:
    """Let a standing grant open more items."""
    name = binary(32).read(grant)
    envelopes = [envelope.read() for envelope in body.envelopes]
    await service.write(lambda t: flow.add_envelopes(t, session.account, name, envelopes))


@router.post("/revocations", status_code=201, response_model=answers.ReceiptOnly)
async def revoke_grant(body: NewRevocation, session: OwnerSession, service: Running) -> dict[str, str]:
    """Take a grant back. The answer is the receipt that closes its chain."""
    grant, now = unverified(body.revocation, Revocation).grant, service.clock()
    receipt = await service.write(
        lambda t: flow.revoke(t, session.account, body.revocation, grant, service.issuer, now)
    )
    return {"receipt": receipt.decode("ascii")}


@router.get("/grants", response_model=shown.Listing[answers.Grant])
async def list_grants(
    asker: Party, service: Running, after: After = None, limit: Limit = 50
) -> dict[str, Any]:
    """The grants an owner gave, or a partner holds, oldest first."""
    account, domain = asker
    start = cursor(after)
    rows = await service.read(
        lambda t: Grants(t).given(account=account, partner=domain, after=start, limit=limit + 1)
    )
    return listing([(row[0], _grant(*row[1:])) for row in rows], limit)


def _grant(raw: bytes, name: bytes, state: str, uses: int, escrow: int) -> dict[str, Any]:
    return {
        "grant": raw.decode("ascii"),
        "hash": to_base64url(name),
        "state": state,
        "uses": uses,
        "escrow": escrow,
    }


@router.get("/grants/{grant}/items", response_model=shown.Listing[answers.OpenItem])
async def list_open_items(
    grant: Name, signer: Signer, service: Running, after: After = None, limit: Limit = 100
) -> dict[str, Any]:
    """What a grant opens: ids and versions. The keys come with a use."""
    name, start = binary(32).read(grant), binary(16).read(after) if after else b""

    def show(transaction: Transaction) -> dict[str, Any]:
        grants = Grants(transaction)
        if grants.partner_of(name) != signer.domain:
            raise NotFound("this partner holds no such grant")
        rows = grants.open_items(name, start, limit + 1)
        data = [{"item": to_base64url(item), "version": version} for item, version in rows[:limit]]
        return {"data": data, "next": data[-1]["item"] if len(rows) > limit else None}

    return await service.read(show)


@router.get("/grants/{grant}/receipts", response_model=shown.Listing[answers.AnsweredUse])
async def list_grant_receipts(
    grant: Name, signer: Signer, service: Running, after: After = None, limit: Limit = 50
) -> dict[str, Any]:
    """The receipts of a grant's chain with the uses they answer, and the revocation that closed it."""
    name, start = binary(32).read(grant), cursor(after)

    def show(transaction: Transaction) -> dict[str, Any]:
        if Grants(transaction).partner_of(name) != signer.domain:
            raise NotFound("this partner holds no such grant")
        rows = Receipts(transaction).of_grant(name, start, limit + 1)
        return listing([(row[0], _answered(*row[1:])) for row in rows], limit)

    return await service.read(show)


def _answered(raw: bytes, use: bytes | None, revocation: bytes | None) -> dict[str, Any]:
    return {
        "receipt": raw.decode("ascii"),
        "use": use.decode("ascii") if use else None,
        "revocation": revocation.decode("ascii") if revocation else None,
    }
