"""Pools over HTTP: each division for everybody, and each owner's own shares with the way to the root."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from anchor import merkle
from anchor.encoding import to_base64url
from anchor.records.shape import binary
from vault import shown
from vault.db import Row, Transaction
from vault.errors import NotFound
from vault.http import LIST_MAX, Owner, Running, cursor, listing
from vault.pools import answers
from vault.pools.rules import Share
from vault.pools.store import Pools

router = APIRouter(prefix="/v1", tags=["pools"])

After = Annotated[str | None, Query(max_length=32)]
Limit = Annotated[int, Query(ge=1, le=LIST_MAX)]


@router.get("/pools/{offer}", response_model=answers.Division)
async def show_division(offer: Annotated[str, Path(max_length=43)], service: Running) -> dict[str, str]:
    """How the pool of an offer was divided."""
    name = binary(32).read(offer)
    found = await service.read(lambda t: Pools(t).division(name))
    if found is None:
        raise NotFound("no pool of this offer was divided")
    return {"division": found.decode("ascii")}


@router.get("/pools", response_model=shown.Listing[answers.PoolShare])
async def list_shares(
    session: Owner, service: Running, after: After = None, limit: Limit = 50
) -> dict[str, Any]:
    """The owner's shares of pools, oldest first, each with what proves it."""
    start = cursor(after)

    def show(transaction: Transaction) -> dict[str, Any]:
        pools = Pools(transaction)
        rows = pools.of_owner(session.account, start, limit + 1)
        all_of = {offer: pools.shares(offer) for offer in {row[1] for row in rows}}
        return listing([(row[0], _shown(row, all_of[row[1]])) for row in rows], limit)

    return await service.read(show)


def _shown(row: Row, shares: list[Share]) -> dict[str, Any]:
    _, _, offer, division, place = row
    share = shares[place]
    levels = merkle.complete_levels([one.leaf for one in shares])
    path = merkle.inclusion_path(lambda level, at: levels[level][at], index=place, size=len(shares))
    return {
        "offer": offer.decode("ascii"),
        "division": division.decode("ascii"),
        "grant": to_base64url(share.grant),
        "index": place,
        "before": share.before,
        "points": share.points,
        "amount": share.amount,
        "path": [to_base64url(one) for one in path],
    }
