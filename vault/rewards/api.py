"""Rewards over HTTP: partners offer and fulfil, owners look and redeem."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from anchor.encoding import to_base64url
from vault import shown, wire
from vault.db import Row
from vault.http import LIST_MAX, Owner, Running, cursor, listing
from vault.partners.signature import Party
from vault.payouts.brakes import house_of
from vault.rewards import flow
from vault.rewards.store import Rewards

router = APIRouter(prefix="/v1", tags=["rewards"])

After = Annotated[str | None, Query(max_length=32)]
Limit = Annotated[int, Query(ge=1, le=LIST_MAX)]


class NewReward(wire.Body):
    """A reward, signed by its partner."""

    reward: wire.Signed


class NewRedemption(wire.Body):
    """A redemption, signed with the key that the partner knows the owner by."""

    redemption: wire.Signed


class NewFulfilment(wire.Body):
    """A fulfilment, signed by the partner, and the sealed code it names, if it names one."""

    fulfilment: wire.Signed
    sealed: wire.Small | None = None


class ShownReward(shown.Shown):
    """A reward that can be redeemed, and how often still."""

    hash: shown.Hash
    reward: shown.Signed
    stock: shown.Count


class ShownRedemption(shown.Shown):
    """A redemption, its reward, and what the partner gave."""

    hash: shown.Hash
    redemption: shown.Signed
    reward: shown.Signed
    state: Annotated[str, Field(description="leaving, fulfilled or unfulfilled", examples=["leaving"])]
    until: shown.Time
    fulfilment: shown.Signed | None
    sealed: shown.Sealed | None


@router.post("/rewards", status_code=201, response_model=shown.RecordName)
async def offer_reward(body: NewReward, service: Running) -> dict[str, str]:
    """Offer a reward. It is signed, so it needs no other credential."""
    name = await service.write(lambda t: flow.offer(t, body.reward, service.issuer, service.clock()))
    return {"hash": to_base64url(name)}


@router.get("/rewards", response_model=shown.Listing[ShownReward])
async def list_rewards(service: Running, after: After = None, limit: Limit = 50) -> dict[str, Any]:
    """The catalogue: what can be redeemed now, oldest first. Everybody may read it."""
    now, start = int(service.clock().timestamp()), cursor(after)
    rows = await service.read(lambda t: Rewards(t).catalogue(now, start, limit + 1))
    return listing([(row[0], _reward(*row[1:])) for row in rows], limit)


def _reward(name: bytes, raw: bytes, stock: int) -> dict[str, Any]:
    return {"hash": to_base64url(name), "reward": raw.decode("ascii"), "stock": stock}


@router.post("/redemptions", status_code=201, response_model=shown.RecordName)
async def redeem_reward(body: NewRedemption, session: Owner, service: Running) -> dict[str, str]:
    """Redeem a reward from what is payable."""
    house, now = house_of(service.settings), service.clock()
    name = await service.write(lambda t: flow.redeem(t, session.account, body.redemption, house, now))
    return {"hash": to_base64url(name)}


@router.get("/redemptions", response_model=shown.Listing[ShownRedemption])
async def list_redemptions(
    asker: Party, service: Running, after: After = None, limit: Limit = 50
) -> dict[str, Any]:
    """What the owner redeemed, or what was redeemed from the partner, oldest first."""
    start, (account, partner) = cursor(after), asker
    rows = await service.read(
        lambda t: Rewards(t).of_party(account=account, partner=partner, after=start, limit=limit + 1)
    )
    return listing([(row[0], _redemption(row)) for row in rows], limit)


def _redemption(row: Row) -> dict[str, Any]:
    _, name, raw, reward, state, until, fulfilment, sealed = row
    return {
        "hash": to_base64url(name),
        "redemption": raw.decode("ascii"),
        "reward": reward.decode("ascii"),
        "state": state,
        "until": wire.moment(until),
        "fulfilment": fulfilment.decode("ascii") if fulfilment else None,
        "sealed": wire.maybe(sealed),
    }


@router.post("/fulfilments", status_code=201, response_model=shown.RecordName)
async def fulfil_redemption(body: NewFulfilment, service: Running) -> dict[str, str]:
    """Hand over what was redeemed, once. The record is signed, so it needs no other credential."""
    name = await service.write(
        lambda t: flow.fulfil(t, body.fulfilment, body.sealed, service.issuer, service.clock())
    )
    return {"hash": to_base64url(name)}
