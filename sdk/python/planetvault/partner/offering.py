"""What a partner proposes to everybody, and what owners propose back.

In memory: ``offer/<hash>`` is every offer this partner published.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from secrets import token_bytes

from anchor.encoding import to_base64url
from anchor.records.consent import Ask, verify_periods
from anchor.records.offers import Counter, Offer, Withdrawal, verify_counter
from anchor.records.signed import Signed, sign
from planetvault.answers import Fields
from planetvault.errors import GrantChanged
from planetvault.http import listed, send
from planetvault.partner.asked import ask_name, offer_name
from planetvault.partner.consents import ASK_LIFE, PartnerConsents
from planetvault.receipts import breaking
from planetvault.steps import Keep, Steps

OFFER_LIFE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class ReceivedCounter:
    """What an owner would agree to instead: ``open``, ``accepted``, ``refused`` or ``expired``."""

    signed: Signed[Counter]
    state: str

    @property
    def hash(self) -> bytes:
        """The name of the counter-offer in records and URLs."""
        return self.signed.hash

    @property
    def terms(self) -> Counter:
        """What she would agree to."""
        return self.signed.record


class PartnerOffers(PartnerConsents):
    """Offers and counter-offers."""

    def offer(
        self,
        *,
        clusters: Iterable[str],
        purposes: Iterable[str],
        reason: str,
        price: int,
        max_uses: int,
        campaign: int,
        pool: int = 0,
        budget: int | None = None,
        period_days: int = 0,
        period_uses: int = 0,
        paid_by_period: bool = False,
        look_back_days: int = 365,
        future_items: bool = False,
        duration_days: int = 90,
        retention_days: int = 90,
        lasts: timedelta = OFFER_LIFE,
    ) -> Steps[Signed[Offer]]:
        """Publish an offer to everybody. The terms are those of ``ask``, for each owner who says yes.

        ``campaign`` is the most that all grants together may set aside, and ``pool`` what is shared at
        the end among those whose data was used, both in micros and set aside at once.

        Raises:
            FormatError: for terms that no offer can have.
            InsufficientFunds: if campaign and pool are more than there is.
        """
        yield from self.settle_keys()
        now = self.clock()
        offer = Offer(
            vault=self.trust.vault,
            id=token_bytes(16),
            partner=self.itself.partner,
            clusters=tuple(sorted(set(clusters))),
            purposes=tuple(sorted(set(purposes))),
            reason=reason,
            price=price,
            budget=price * max_uses if budget is None else budget,
            campaign=campaign,
            pool=pool,
            currency=(yield from self.currency()),
            max_uses=max_uses,
            period_days=period_days,
            period_uses=period_uses,
            paid_by_period=paid_by_period,
            look_back_days=look_back_days,
            future_items=future_items,
            duration_days=duration_days,
            retention_days=retention_days,
            expires=now + lasts,
            time=now,
        )
        signed = sign(verify_periods(offer), self.signing)
        yield Keep({offer_name(signed.hash): signed.raw})
        yield from send("POST", "/v1/offers", {"offer": signed.text})
        return signed

    def withdraw(self, offer: Signed[Offer] | bytes) -> Steps[None]:
        """Take an offer back, named by itself or its hash: nobody can answer it any more."""
        yield from self.settle_keys()
        name = offer if isinstance(offer, bytes) else offer.hash
        withdrawal = sign(Withdrawal(offer=name, time=self.clock()), self.signing)
        yield from send("POST", "/v1/withdrawals", {"withdrawal": withdrawal.text})

    def counters(self) -> Steps[list[ReceivedCounter]]:
        """What owners would agree to instead of this partner's asks and offers, oldest first.

        Raises:
            GrantChanged: if one is not signed by the key it carries, or is for somebody else.
        """
        yield from self.settle_keys()
        rows = yield from listed("/v1/counters", who=self.credential)
        return [self._counter(row) for row in rows]

    def _counter(self, row: Fields) -> ReceivedCounter:
        raw = row.record("counter")
        with breaking(GrantChanged, raw):
            signed = verify_counter(raw)
        ours = (self.trust.vault, self.itself.partner)
        if (signed.record.vault, signed.record.partner) != ours or signed.hash != row.hash("hash"):
            raise GrantChanged("this counter-offer is for another vault or partner", raw)
        return ReceivedCounter(signed, row.text("state"))

    def accept_counter(
        self, counter: ReceivedCounter, *, reason: str, lasts: timedelta = ASK_LIFE
    ) -> Steps[Signed[Ask]]:
        """Take up a counter-offer: an ask with its very terms, for her to grant.

        Raises:
            Conflict: if it was answered already, or has expired.
        """
        yield from self.settle_keys()
        now, terms = self.clock(), counter.terms
        ask = Ask(
            vault=self.trust.vault,
            id=token_bytes(16),
            partner=self.itself.partner,
            owner=counter.signed.kid,
            counter=counter.hash,
            clusters=terms.clusters,
            purposes=terms.purposes,
            reason=reason,
            price=terms.price,
            budget=terms.budget,
            currency=terms.currency,
            max_uses=terms.max_uses,
            period_days=terms.period_days,
            period_uses=terms.period_uses,
            paid_by_period=terms.paid_by_period,
            look_back_days=terms.look_back_days,
            future_items=terms.future_items,
            duration_days=terms.duration_days,
            retention_days=terms.retention_days,
            expires=now + lasts,
            time=now,
        )
        signed = sign(ask, self.signing)
        yield Keep({ask_name(signed.hash): signed.raw})
        yield from send("POST", "/v1/asks", {"ask": signed.text}, who=self.credential)
        return signed

    def refuse_counter(self, counter: ReceivedCounter) -> Steps[None]:
        """Say no to a counter-offer, without a reason."""
        yield from self.settle_keys()
        target = f"/v1/counters/{to_base64url(counter.hash)}/refusal"
        yield from send("POST", target, {}, who=self.credential)
