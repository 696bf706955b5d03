"""The payout contract's side of payouts over HTTP (docs/spec/payout-contract.md)."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import Field

from anchor.encoding import to_base64url
from anchor.records.shape import binary
from vault import shown, wire
from vault.db import Row, Transaction
from vault.errors import NotFound
from vault.http import LIST_MAX, Operator, Owner, Running, cursor, listing
from vault.payouts import distribution, flow
from vault.settings import Settings

router = APIRouter(prefix="/v1", tags=["payouts"])

Hex = Annotated[str, Field(description="0x and hexadecimal digits", examples=["0x" + "00" * 20])]
Name = Annotated[str, Path(max_length=43)]
After = Annotated[str | None, Query(max_length=32)]
Limit = Annotated[int, Query(ge=1, le=LIST_MAX)]
WORD = 32


class NewPublication(wire.Body):
    """The transaction that told the contract."""

    reference: wire.Label


class Distributed(shown.Shown):
    """A root, what is owed under it in all, and to how many addresses."""

    root: Hex
    name: shown.Hash
    total: shown.Micros
    addresses: shown.Count
    contract: Hex
    chain_id: shown.Count


class ListedDistribution(shown.Shown):
    """A distribution, and how many claims that are new in it wait to be published."""

    root: Hex
    name: shown.Hash
    total: shown.Micros
    time: shown.Time
    waiting: shown.Count
    contract: Hex
    chain_id: shown.Count


class Published(shown.Shown):
    """How many claims were settled."""

    settled: shown.Count


class Share(shown.Shown):
    """What ``withdraw`` takes, and where."""

    contract: Hex
    chain_id: shown.Count
    account: Hex
    cumulative: shown.Micros
    proof: list[Hex]
    root: Hex


@router.post("/distributions", status_code=201, dependencies=[Operator], response_model=Distributed)
async def make_distribution(service: Running) -> dict[str, Any]:
    """Put every claim by the contract under one root. The operator tells the contract."""
    settings, now = service.settings, int(service.clock().timestamp())
    if not settings.payout_contract:
        raise NotFound("this vault has no payout contract")
    debts = await service.read(distribution.owed)
    made = await asyncio.to_thread(distribution.tree_of, debts)
    await service.write(lambda t: distribution.keep(t, debts, made, now))
    return {**_named(made.root, made.total, settings), "addresses": len(debts.by_address)}


@router.get("/distributions", dependencies=[Operator], response_model=shown.Listing[ListedDistribution])
async def list_distributions(service: Running, after: After = None, limit: Limit = 50) -> dict[str, Any]:
    """Every distribution that was made, oldest first."""
    start = cursor(after)
    rows = await service.read(lambda t: distribution.made_after(t, start, limit + 1))
    return listing([(row[0], _listed(row, service.settings)) for row in rows], limit)


def _listed(row: Row, settings: Settings) -> dict[str, Any]:
    _, root, total, time, waiting = row
    return {
        **_named(root, total, settings),
        "time": wire.moment(time),
        "waiting": waiting,
    }


def _named(root: bytes, total: int, settings: Settings) -> dict[str, Any]:
    return {
        "root": "0x" + root.hex(),
        "name": to_base64url(root),
        "total": total,
        "contract": settings.payout_contract,
        "chain_id": settings.payout_chain_id,
    }


@router.post(
    "/distributions/{root}/published", status_code=201, dependencies=[Operator], response_model=Published
)
async def publish_distribution(root: Name, body: NewPublication, service: Running) -> dict[str, int]:
    """Say that the contract was told: the claims in this distribution are settled."""
    name, now, issuer = binary(32).read(root), service.clock(), service.issuer

    def settle(transaction: Transaction) -> int:
        claims = distribution.unsettled(transaction, name)
        for claim in claims:
            flow.report(transaction, flow.Report(claim, "settled", body.reference), issuer, now)
        return len(claims)

    return {"settled": await service.write(settle)}


@router.get("/claims/{claim}/proof", response_model=Share)
async def show_share(claim: Name, session: Owner, service: Running) -> dict[str, Any]:
    """What the owner brings to the contract to withdraw what she claimed by it."""
    name, settings = binary(32).read(claim), service.settings
    row = await service.read(lambda t: distribution.share_of(t, name, session.account))
    address, cumulative, proof, root = row
    return {
        "contract": settings.payout_contract,
        "chain_id": settings.payout_chain_id,
        "account": address,
        "cumulative": cumulative,
        "proof": ["0x" + proof[at : at + WORD].hex() for at in range(0, len(proof), WORD)],
        "root": "0x" + root.hex(),
    }
