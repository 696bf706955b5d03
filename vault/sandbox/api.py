"""The routes of test mode (docs/spec/http.md). In a live vault they are not there."""

import secrets
from hashlib import sha256
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from anchor.encoding import to_base64url
from anchor.records.shape import INTEGER_MAX
from vault import shown, wire
from vault.db import Transaction
from vault.errors import Conflict, NotFound
from vault.http import Operator, Running
from vault.pairings.store import Pairings
from vault.partners.signature import Signer
from vault.payments import ledger
from vault.payments.store import Ledger
from vault.sandbox import answers
from vault.sandbox.clock import PushedClock
from vault.sandbox.store import Sandbox
from vault.service import Service

DAY = 86_400
PUSH_MAX = 400 * DAY
"""Seconds in one push."""
AHEAD_MAX = 20 * 365 * DAY
AMOUNT_MAX = 10**12
"""Micros in one top-up: a million units."""


async def in_test_mode(service: Running) -> None:
    """Let through in test mode.

    Raises:
        NotFound: in a live vault.
    """
    if service.settings.mode != "test":
        raise NotFound("this vault is not in test mode")


router = APIRouter(prefix="/v1/test", tags=["test mode"], dependencies=[Depends(in_test_mode)])

Behaviour = Annotated[str, Field(pattern="^[a-z]{1,20}$", examples=["grants"])]


class NewTestOwner(wire.Body):
    """A test owner, by the key that one partner knows her by, and what she does when asked."""

    kid: wire.Hash
    behaviour: Behaviour


class TestTopUp(wire.Body):
    """Money for nothing."""

    amount: int = Field(ge=1, le=AMOUNT_MAX, description="micros", examples=[50_000_000])


class Push(wire.Body):
    """How far the clock goes forward."""

    seconds: int = Field(ge=0, le=PUSH_MAX, examples=[DAY])


@router.get("/clock", response_model=answers.TestClock)
async def show_test_clock(service: Running) -> dict[str, Any]:
    """The time of this vault, and how many seconds it is ahead of the world's."""
    return await _told_time(service)


@router.post("/clock", status_code=201, response_model=answers.TestClock)
async def push_test_clock(body: Push, _: Signer, service: Running) -> dict[str, Any]:
    """Push the clock forward, for everybody in this vault. It never goes back."""

    def push(transaction: Transaction) -> None:
        if Sandbox(transaction).push(body.seconds) > AHEAD_MAX:
            raise Conflict("this clock is twenty years ahead: begin a new test vault")

    await service.write(push)
    if isinstance(service.clock, PushedClock):
        service.clock.look()
    return await _told_time(service)


async def _told_time(service: Service) -> dict[str, Any]:
    ahead = await service.read(lambda t: Sandbox(t).ahead())
    return {"time": wire.moment(int(service.clock().timestamp())), "ahead": ahead}


@router.post("/topups", status_code=201, response_model=shown.Funding)
async def book_test_top_up(body: TestTopUp, signer: Signer, service: Running) -> dict[str, int]:
    """Give a partner money that is worth nothing."""
    source = sha256(b"planetvault/test-topup/v1\0" + secrets.token_bytes(32)).digest()
    now, account = int(service.clock().timestamp()), ledger.funding(signer.domain)

    def book(transaction: Transaction) -> int:
        money = Ledger(transaction)
        if money.balance(account) + body.amount > INTEGER_MAX:
            raise Conflict("a balance has at most 2^53 - 1 micros")
        money.keep_top_up(source, signer.domain, body.amount, "test money", now)
        money.move([ledger.Transfer("top-up", source, ledger.OUTSIDE, account, body.amount)], now)
        return money.balance(account)

    return {"funding": await service.write(book)}


@router.get("/owners", response_model=shown.Whole[answers.TestOwner])
async def list_test_owners(signer: Signer, service: Running) -> dict[str, Any]:
    """The test owners a partner may ask; they come a moment after it registered."""
    rows = await service.read(lambda t: Sandbox(t).owners(signer.domain))
    return {"data": [{"kid": to_base64url(kid), "behaviour": behaviour} for kid, behaviour in rows]}


@router.post("/owners", status_code=201, dependencies=[Operator], response_model=shown.PairingName)
async def introduce_test_owner(body: NewTestOwner, service: Running) -> dict[str, str]:
    """Let a partner know a test owner, who has paired with it."""

    def introduce(transaction: Transaction) -> None:
        paired = Pairings(transaction).behind(body.kid)
        if paired is None:
            raise NotFound("no owner shows this key to a partner")
        Sandbox(transaction).introduce(body.kid, paired[1], body.behaviour)

    await service.write(introduce)
    return {"kid": to_base64url(body.kid)}


@router.get("/partners", dependencies=[Operator], response_model=shown.Whole[answers.PartnerName])
async def list_partners_without(
    service: Running, behaviour: Annotated[str, Query(pattern="^[a-z]{1,20}$")]
) -> dict[str, Any]:
    """Some partners that know no test owner of this kind yet."""
    domains = await service.read(lambda t: Sandbox(t).without(behaviour))
    return {"data": [{"partner": domain} for domain in domains]}
