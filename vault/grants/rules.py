"""May this grant stand? What the partner asked for is the most an owner can give. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from anchor.keys import kid_of
from anchor.records.consent import Ask, Grant, payments_max
from anchor.records.offers import Counter, Offer
from anchor.records.parties import Partner
from vault.errors import Conflict, Malformed
from vault.grants.standing import Standing

DURATION_MAX = timedelta(days=3 * 366)
"""A grant that outlives this must be given again."""
BEGIN_MAX = timedelta(days=366)
"""The partner's money is set aside from now on: not for a grant that begins in years."""


@dataclass(frozen=True, slots=True)
class HouseTerms:
    """What every grant of a vault has in common; ``fee`` in basis points."""

    origin: str
    currency: str
    fee: int


def verify_terms(grant: Grant, partner: Partner, house: HouseTerms, now: datetime) -> Grant:
    """Return a grant that this vault can keep: on its own terms, for the partner's newest keys.

    Raises:
        Malformed: for terms that can't be kept here.
        Conflict: if the partner's keys are others by now.
    """
    if (grant.vault, grant.currency, grant.fee) != (house.origin, house.currency, house.fee):
        raise Malformed("a grant names this vault, its currency and its fee")
    if grant.expires <= now or grant.expires - grant.not_before > DURATION_MAX:
        raise Malformed(f"a grant ends in the future, and lasts at most {DURATION_MAX.days} days")
    if grant.not_before > now + BEGIN_MAX:
        raise Malformed(f"a grant begins within {BEGIN_MAX.days} days")
    keys = (kid_of(partner.sign_key), sha256(partner.sealing_key).digest())
    if (grant.partner_key, grant.sealing_key) != keys:
        raise Conflict("the grant pins keys that are not the partner's newest")
    return grant


def verify_within_ask(grant: Grant, ask: Ask | Offer | None) -> Grant:
    """Return a grant that gives no more, and costs no more, than the partner's own ask or offer.

    Without an ask the partner never agreed to pay, so the grant must be free.

    Raises:
        Conflict: naming the terms that go beyond the ask.
    """
    if ask is None:
        wider = {"price": grant.price > 0}
    else:
        wider = {
            **_wider(grant, ask),
            "price": grant.price > ask.price or grant.paid_by_period != ask.paid_by_period,
            "budget": grant.budget > ask.budget,
            "periods": not _is_as_rare(grant, ask),
            "duration": grant.expires - grant.not_before > timedelta(days=ask.duration_days),
        }
    beyond = [term for term, is_wider in wider.items() if is_wider]
    if beyond:
        raise Conflict(f"the grant goes beyond the ask: {', '.join(beyond)}")
    return grant


def _wider(given: Grant | Counter, ask: Ask | Offer) -> dict[str, bool]:
    """What both a yes and a counter-offer must not widen."""
    return {
        "clusters": not set(given.clusters) <= set(ask.clusters),
        "purposes": not set(given.purposes) <= set(ask.purposes),
        "number of uses": given.max_uses > ask.max_uses,
        "look-back": given.look_back_days > ask.look_back_days,
        "future items": given.future_items and not ask.future_items,
        "retention": given.retention_days > ask.retention_days,
    }


def _is_as_rare(grant: Grant, ask: Ask | Offer) -> bool:
    """Whether there are not more uses in a period, and no other periods, than asked for."""
    if ask.period_days == 0:
        return True
    if grant.period_days != ask.period_days:
        return False
    return not ask.period_uses or 0 < grant.period_uses <= ask.period_uses


def verify_counter_terms(counter: Counter, ask: Ask | Offer) -> Counter:
    """Return a counter-offer that wants no more data, uses or time than the partner asked for.

    Raises:
        Conflict: naming the terms that are wider.
    """
    wider = _wider(counter, ask) | {
        "duration": counter.duration_days > ask.duration_days,
        "currency": counter.currency != ask.currency,
    }
    if beyond := [term for term, is_wider in wider.items() if is_wider]:
        raise Conflict(f"the counter-offer goes beyond what was asked: {', '.join(beyond)}")
    return counter


def verify_next_version(grant: Grant, before: Standing | None) -> Grant:
    """Return a grant that is the first of its id, or follows the version named.

    A later version that answers the same ask gives at most what is left of it: the partner
    agreed to one number of uses, one budget and one time, and not to them once for each version.

    Raises:
        Conflict: if it does neither.
    """
    if before is None:
        if grant.version != 1:
            raise Conflict("the version this grant follows does not stand")
        return grant
    old = before.grant.record
    if (grant.prev, grant.version, grant.id, grant.partner, grant.owner_key) != (
        before.grant.hash,
        old.version + 1,
        old.id,
        old.partner,
        old.owner_key,
    ):
        raise Conflict("this is not the next version of that grant")
    if grant.ask is not None and grant.ask == old.ask:
        _verify_within_rest(grant, before)
    return grant


def _verify_within_rest(grant: Grant, before: Standing) -> Grant:
    old = before.grant.record
    wider = {
        "budget": reserved(grant) > before.escrow,
        "number of uses": grant.max_uses > old.max_uses - before.uses,
        "end": grant.expires > old.expires,
    }
    beyond = [term for term, is_wider in wider.items() if is_wider]
    if beyond:
        raise Conflict(f"the grant goes beyond what is left of the ask: {', '.join(beyond)}")
    return grant


def reserved(grant: Grant) -> int:
    """What a grant sets aside of the partner's money: never more than its uses can cost."""
    return min(grant.budget, grant.price * payments_max(grant))
