"""What an owner would allow: a partner's ask, narrowed, and never widened. Pure.

The most a grant can earn is the owner's part of one price, times how often it can fall due:
for each use, or once for each period that has one.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, TypedDict

from anchor.records.consent import Ask
from anchor.records.offers import Offer
from planetvault.errors import TooWide

BASIS_POINTS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The terms of a grant to be. Money is in micros of ``currency``, ``fee`` in basis points."""

    partner: str
    name: str
    reason: str
    clusters: tuple[str, ...]
    purposes: tuple[str, ...]
    price: int
    fee: int
    budget: int
    currency: str
    max_uses: int
    period_days: int
    period_uses: int
    paid_by_period: bool
    look_back_days: int
    future_items: bool
    duration_days: int
    retention_days: int

    @property
    def share(self) -> int:
        """The owner's part of one price. The fee is rounded down, so that she never loses by rounding."""
        return self.price - self.price * self.fee // BASIS_POINTS

    @property
    def periods(self) -> int:
        """How many periods begin in all; one, if there are none."""
        return -(-self.duration_days // self.period_days) if self.period_days else 1

    @property
    def payments(self) -> int:
        """How often the count, the periods and the budget let the price fall due."""
        most = min(self.max_uses, self.periods) if self.paid_by_period else self._uses
        return min(most, self.budget // self.price) if self.price else most

    @property
    def payable_uses(self) -> int:
        """How many uses the count, the periods and the budget allow."""
        if not self.paid_by_period:
            return self.payments
        return min(self._uses, self.payments * self.period_uses) if self.period_uses else self._uses

    @property
    def most_earned(self) -> int:
        """The most all uses together can bring her."""
        return self.share * self.payments

    @property
    def _uses(self) -> int:
        return min(self.max_uses, self.periods * self.period_uses) if self.period_uses else self.max_uses


def terms_of(ask: Ask | Offer, *, name: str, fee: int) -> Terms:
    """All that a partner asks for, or offers. ``name`` is the partner's own, from its directory entry."""
    return Terms(
        partner=ask.partner,
        name=name,
        reason=ask.reason,
        clusters=ask.clusters,
        purposes=ask.purposes,
        price=ask.price,
        fee=fee,
        budget=ask.budget,
        currency=ask.currency,
        max_uses=ask.max_uses,
        period_days=ask.period_days,
        period_uses=ask.period_uses,
        paid_by_period=ask.paid_by_period,
        look_back_days=ask.look_back_days,
        future_items=ask.future_items,
        duration_days=ask.duration_days,
        retention_days=ask.retention_days,
    )


class Narrower(TypedDict, total=False):
    """What an owner allows of an ask; what is not named is as asked."""

    clusters: Iterable[str]
    purposes: Iterable[str]
    budget: int
    max_uses: int
    look_back_days: int
    future_items: bool
    duration_days: int
    retention_days: int


class Changed(TypedDict):
    """The terms that a counter-offer may change."""

    clusters: tuple[str, ...]
    purposes: tuple[str, ...]
    price: int
    budget: int
    max_uses: int
    period_days: int
    period_uses: int
    paid_by_period: bool
    look_back_days: int
    future_items: bool
    duration_days: int
    retention_days: int


class Instead(Narrower, total=False):
    """What an owner would have instead; what is not named is as asked."""

    price: int
    period_days: int
    period_uses: int
    paid_by_period: bool


FREE = {"price", "budget", "period_days", "period_uses", "paid_by_period"}
"""What a counter-offer may also raise."""


def countered(asked: Ask | Offer, changes: Instead) -> Changed:
    """The terms of an ask or offer, with what the owner would have instead.

    Raises:
        TooWide: naming what goes beyond what was asked for.
    """
    named = {name: _value(value) for name, value in changes.items()}
    unknown = named.keys() - Changed.__annotations__.keys()
    wider = [n for n in named.keys() - unknown - FREE if not _within(named[n], getattr(asked, n))]
    if unknown or wider:
        raise TooWide(f"beyond what was asked: {', '.join(sorted([*unknown, *wider]))}")
    terms = {name: named.get(name, getattr(asked, name)) for name in Changed.__annotations__}
    if "budget" not in named and named.keys() & {"price", "max_uses"}:
        terms["budget"] = terms["price"] * terms["max_uses"]
    changed: Changed = terms  # type: ignore[assignment]  # its fields are the very names above
    return changed


def narrow(asked: Terms, narrower: Narrower) -> Terms:
    """The terms with what the owner narrowed.

    Raises:
        TooWide: naming what goes beyond the ask, or that nothing would be left.
    """
    named = {name: _value(value) for name, value in narrower.items()}
    unknown = named.keys() - Narrower.__annotations__.keys()
    wider = [name for name in named.keys() - unknown if not _within(named[name], getattr(asked, name))]
    if unknown or wider:
        raise TooWide(f"beyond what was asked: {', '.join(sorted([*unknown, *wider]))}")
    terms = replace(asked, **named)
    if not terms.clusters or not terms.purposes or terms.payable_uses < 1 or terms.duration_days < 1:
        raise TooWide("these terms would allow nothing: deny the ask instead")
    return terms


def _value(value: object) -> Any:
    if isinstance(value, Iterable) and not isinstance(value, str):
        return tuple(sorted(set(value)))
    return value


def _within(narrowed: Any, asked: Any) -> bool:
    """Whether a part, a smaller number or a no stands in for the whole, the number or the yes."""
    if type(narrowed) is not type(asked):
        return False
    if isinstance(narrowed, tuple):
        return set(narrowed) <= set(asked)
    return bool(0 <= narrowed <= asked)
