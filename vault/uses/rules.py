"""May this use happen? Pure: no clock, no row, no network."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from anchor.records.consent import fee_of, period_at
from anchor.records.signed import Signed
from anchor.records.usage import Use
from vault.errors import (
    BudgetExhausted,
    GrantExpired,
    GrantNotBegun,
    GrantRevoked,
    GrantSuperseded,
    ItemNotGranted,
    NotThisPartner,
    OtherVault,
    OutsideWindow,
    PurposeNotGranted,
    TooOften,
    UsesExhausted,
)
from vault.grants.standing import EXPIRED, REVOKED, SUPERSEDED, Standing

WINDOW = timedelta(minutes=5)
"""How far a partner's clock may be off, either way."""
ANSWER_BYTES_MAX = 32 << 20
"""Sealed fields and keys in the answer to one request. Any one item fits."""
MOMENT_BYTES_MAX = 64 << 20
"""The same for all requests that share a transaction. Where they open more, each gets one of its own."""
FETCH_AGAIN = timedelta(minutes=15)
"""How long an answer may be fetched again, for the reply that got lost."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """The use may happen, at this price; the vault keeps ``fee`` of it. Both in micros."""

    price: int
    fee: int


def decide(
    use: Signed[Use], standing: Standing, granted: Collection[bytes], vault: str, now: datetime
) -> Allowed:
    """Allow a use that was not answered before, or raise why not.

    ``granted`` are the items of the use that the grant has an envelope for.

    Raises:
        Refusal: by its subclass, the first reason that applies.
    """
    _is_for_us(use, standing, vault, now)
    _is_in_force(standing, now)
    price = price_of(standing, now)
    _is_within(use.record, standing, granted, price, now)
    return Allowed(price=price, fee=fee_of(standing.grant.record) if price else 0)


def price_of(standing: Standing, now: datetime) -> int:
    """What the next use costs, in micros: nothing, if its period is paid."""
    grant = standing.grant.record
    return 0 if grant.paid_by_period and uses_in_period(standing, now) else grant.price


def uses_in_period(standing: Standing, now: datetime) -> int:
    """How many uses the period of this moment had so far."""
    same = standing.period == period_at(standing.grant.record, now)
    return standing.period_uses if same else 0


def _is_for_us(use: Signed[Use], standing: Standing, vault: str, now: datetime) -> None:
    if use.record.vault != vault:
        raise OtherVault("this use was signed for another vault")
    if use.kid != standing.partner_kid:
        raise NotThisPartner("the grant was given to another partner, or this key was rotated away")
    if abs(now - use.record.time) > WINDOW:
        raise OutsideWindow(f"sign a use within {WINDOW.seconds // 60} minutes of sending it")


def _is_in_force(standing: Standing, now: datetime) -> None:
    grant = standing.grant.record
    if standing.state == REVOKED:
        raise GrantRevoked("the owner revoked this grant")
    if standing.state == SUPERSEDED:
        raise GrantSuperseded("a newer version of this grant stands in its place")
    if now < grant.not_before:
        raise GrantNotBegun("this grant is not in force yet")
    if now >= grant.expires or standing.state == EXPIRED:
        raise GrantExpired("this grant has expired")


def _is_within(use: Use, standing: Standing, granted: Collection[bytes], price: int, now: datetime) -> None:
    grant = standing.grant.record
    if use.purpose not in grant.purposes:
        raise PurposeNotGranted("the owner did not allow this purpose")
    if standing.uses >= grant.max_uses:
        raise UsesExhausted("the grant's number of uses is spent")
    if grant.period_uses and uses_in_period(standing, now) >= grant.period_uses:
        raise TooOften("the grant's uses in this period are spent")
    if standing.escrow < price:
        raise BudgetExhausted("the grant's budget is spent")
    if any(item not in granted for item in use.items):
        raise ItemNotGranted("an item is not, or not any more, open under this grant")


def may_fetch_again(standing: Standing, answered: int, now: datetime) -> bool:
    """Whether the keys and fields of a use answered at ``answered`` (seconds) may go out once more."""
    recent = now.timestamp() - answered <= FETCH_AGAIN.total_seconds()
    return recent and standing.state != REVOKED and now < standing.grant.record.expires
