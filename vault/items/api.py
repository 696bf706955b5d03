"""Sealed items over HTTP."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from pydantic import Field

from anchor.encoding import to_base64url
from anchor.records.account import Manifest
from anchor.records.shape import binary
from anchor.records.signed import by, verify
from vault import shown, wire
from vault.accounts.store import Accounts
from vault.db import Transaction
from vault.errors import NotFound, Unauthorised
from vault.http import LIST_MAX, Owner, Running, cursor, listing
from vault.items import answers, flow
from vault.items.rules import Envelope, NewVersion, verify_contents
from vault.items.store import Items

router = APIRouter(prefix="/v1", tags=["items"])

FIELDS_MAX = 256
ITEMS_MAX = 100
ENVELOPES_MAX = 64
After = Annotated[str | None, Query(max_length=32)]
Limit = Annotated[int, Query(ge=1, le=LIST_MAX)]
Name = Annotated[str, Path(max_length=22)]


class SealedKey(wire.Body):
    """A collection's key, sealed under the account root."""

    sealed: wire.Small


class GrantEnvelope(wire.Body):
    """The field keys of this version, for one grant."""

    grant: wire.Hash
    fields: list[wire.Id] = Field(min_length=1, max_length=FIELDS_MAX)
    sealed: wire.SealedKeys


class ItemVersion(wire.Body):
    """One version of one item."""

    manifest: wire.Signed
    key: wire.Small
    fields: dict[str, wire.Sealed] = Field(max_length=FIELDS_MAX)
    envelopes: list[GrantEnvelope] = Field(default_factory=list, max_length=ENVELOPES_MAX)


class ItemVersions(wire.Body):
    """Versions in the order of the journal."""

    items: list[ItemVersion] = Field(min_length=1, max_length=ITEMS_MAX)


@router.put(
    "/collections/{collection}",
    status_code=201,
    response_model=answers.CollectionName,
    responses={200: {"model": answers.CollectionName, "description": "It was there, with the same bytes."}},
)
async def keep_collection(
    collection: Name, body: SealedKey, session: Owner, service: Running, response: Response
) -> dict[str, str]:
    """Keep a collection's sealed key."""
    name = binary(16).read(collection)

    def keep(transaction: Transaction) -> bool:
        Accounts(transaction).hold(session.account)
        return Items(transaction).keep_collection(session.account, name, body.sealed)

    if not await service.write(keep):
        response.status_code = 200
    return {"collection": collection}


@router.get("/collections", response_model=shown.Whole[answers.Collection])
async def list_collections(session: Owner, service: Running) -> dict[str, Any]:
    """The owner's collections."""
    rows = await service.read(lambda t: Items(t).collections(session.account))
    return {"data": [{"collection": to_base64url(n), "sealed": to_base64url(sealed)} for n, sealed in rows]}


@router.post("/items", status_code=201, response_model=answers.Wrote)
async def write_items(body: ItemVersions, session: Owner, service: Running) -> dict[str, Any]:
    """Write item versions, all or none, in journal order."""
    found = await service.glance(lambda t: Accounts(t).locker(session.kid))
    if found is None:
        raise Unauthorised("this device was removed")
    versions = [_verified(item, found[1].sign_key, session.account) for item in body.items]
    issuer, now = service.issuer, service.clock()
    wrote = await service.write(lambda t: flow.write(t, session, versions, issuer, now))
    deletion = wrote.deletion.decode("ascii") if wrote.deletion else None
    return {"seq": wrote.seq, "head": wire.maybe(wrote.head), "deletion": deletion}


def _verified(item: ItemVersion, sign_key: bytes, account: bytes) -> NewVersion:
    manifest = verify(item.manifest, Manifest, by(sign_key))
    fields = {wire.field_key(name): sealed for name, sealed in item.fields.items()}
    envelopes = tuple(Envelope(e.grant, tuple(sorted(set(e.fields))), e.sealed) for e in item.envelopes)
    return verify_contents(NewVersion(manifest, item.key, fields, envelopes), account)


@router.get("/items", response_model=shown.Listing[answers.ListedItem])
async def list_items(
    session: Owner, service: Running, after: After = None, limit: Limit = 50
) -> dict[str, Any]:
    """The newest version of each item, in the order they were written; without the fields."""
    rows = await service.read(lambda t: Items(t).newest(session.account, cursor(after), limit + 1))
    return listing(
        [(seq, {"manifest": raw.decode("ascii"), "key": to_base64url(key)}) for seq, raw, key in rows], limit
    )


@router.get("/items/{item}", response_model=answers.Item)
async def show_item(item: Name, session: Owner, service: Running) -> dict[str, Any]:
    """One item with all its sealed fields."""
    name = binary(16).read(item)

    def show(transaction: Transaction) -> dict[str, Any]:
        found = Items(transaction).whole(session.account, name)
        if found is None:
            raise NotFound("no such item")
        manifest, key, fields = found
        return {
            "manifest": manifest.decode("ascii"),
            "key": to_base64url(key),
            "fields": {to_base64url(field): to_base64url(sealed) for field, sealed in fields.items()},
        }

    return await service.glance(show)


@router.get("/journal", response_model=shown.Listing[answers.Manifest])
async def list_journal(
    session: Owner, service: Running, after: After = None, limit: Limit = 50
) -> dict[str, Any]:
    """Every manifest the owner's devices signed, from the first."""
    rows = await service.read(lambda t: Items(t).journal(session.account, cursor(after), limit + 1))
    return listing([(seq, {"manifest": raw.decode("ascii")}) for seq, raw in rows], limit)
