"""Deletions over HTTP."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from anchor.records.shape import binary
from vault import shown
from vault.deletions import answers, flow
from vault.deletions.store import Deletions
from vault.http import LIST_MAX, Owner, Running, cursor, listing

router = APIRouter(prefix="/v1", tags=["items"])


@router.delete("/collections/{collection}", response_model=answers.Deletion)
async def delete_collection(
    collection: Annotated[str, Path(max_length=22)], session: Owner, service: Running
) -> dict[str, str]:
    """Delete a collection's sealed key, once its items are gone."""
    name, now, issuer = binary(16).read(collection), service.clock(), service.issuer
    raw = await service.write(lambda t: flow.delete_collection(t, session.account, name, issuer, now))
    return {"deletion": raw.decode("ascii")}


@router.get("/deletions", response_model=shown.Listing[answers.Deletion])
async def list_deletions(
    session: Owner,
    service: Running,
    after: Annotated[str | None, Query(max_length=32)] = None,
    limit: Annotated[int, Query(ge=1, le=LIST_MAX)] = 50,
) -> dict[str, Any]:
    """The vault's word for what it deleted of this owner, oldest first."""
    rows = await service.read(lambda t: Deletions(t).of_account(session.account, cursor(after), limit + 1))
    return listing([(number, {"deletion": raw.decode("ascii")}) for number, raw in rows], limit)
