"""Offers found, and rules kept: what is decided on the owner's own device.

Every device fetches every offer, and looks by itself which ones fit: the vault never learns what
she has, nor what her rules refuse. In memory: ``rules`` is the newest version of the rules seen.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Unpack

from anchor.encoding import to_base64url
from anchor.errors import AnchorError
from anchor.keys import kid_of
from anchor.records.consent import verify_periods
from anchor.records.offers import Counter, Offer, verify_counter
from anchor.records.parties import verify_partner
from anchor.records.signed import Signed, sign, verify
from planetvault.answers import Fields
from planetvault.clusters import UnknownCluster, columns_of
from planetvault.errors import GrantChanged, PartnerKeyChanged, RulesBroken
from planetvault.http import get, listed
from planetvault.owner.consents import OwnerConsents, ReceivedAsk
from planetvault.owner.given import period_start
from planetvault.owner.items import StoredItem
from planetvault.owner.rules import Rule, Rules, read_rules
from planetvault.owner.terms import Changed, Instead, Terms, countered, terms_of
from planetvault.pinned import PinnedPartner, remembered_partner
from planetvault.receipts import breaking
from planetvault.sealing.errors import OpenError
from planetvault.sealing.named_secret import open_named_secret, seal_named_secret
from planetvault.steps import Keep, Steps, Turn

RULES = "rules"
COUNTER_LIFE = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class FoundOffer:
    """An offer, signed by its partner, and how it meets this owner's data and rules.

    ``left`` is what is left of its campaign, in micros; ``items`` how many of her items it is about;
    ``broken`` the rules of hers that say no.
    """

    signed: Signed[Offer]
    partner: PinnedPartner = field(repr=False)
    terms: Terms
    left: int
    items: int
    broken: tuple[Rule, ...]

    @property
    def hash(self) -> bytes:
        """The name of the offer in records and URLs."""
        return self.signed.hash

    @property
    def asked(self) -> Offer:
        """What the partner offers."""
        return self.signed.record

    @property
    def fits(self) -> bool:
        """Whether she has such data, no rule says no, and there is money for one use."""
        return self.items > 0 and not self.broken and self.left >= self.asked.price


@dataclass(frozen=True, slots=True)
class MadeCounter:
    """A counter-offer of hers: ``open``, ``accepted`` by the ask named, ``refused`` or ``expired``."""

    signed: Signed[Counter]
    state: str
    ask: bytes | None


class OwnerOffers(OwnerConsents):
    """Offers, rules and counter-offers."""

    # -- rules -----------------------------------------------------------------------------

    def rules(self) -> Steps[Rules]:
        """What she never agrees to, and her floors, in the newest version.

        Raises:
            RulesBroken: if the vault shows older ones than this device has seen, or none of hers.
        """
        secrets = (yield from self.show_account()).sealed_by_name("secrets")
        seen = self._seen_rules()
        if RULES not in secrets:
            if seen.seq:
                raise RulesBroken("the vault does not show the rules that this device has seen")
            return seen
        try:
            octets = open_named_secret(self.unlocked.roots, RULES, secrets[RULES])
        except OpenError as error:
            raise RulesBroken("the vault shows rules that this account did not write") from error
        shown = read_rules(octets)
        if shown.seq < seen.seq or (shown.seq == seen.seq and shown != seen):
            raise RulesBroken("the vault shows older rules than this device has seen")
        yield Keep({RULES: octets})
        return shown

    def set_rules(self, rules: Iterable[Rule]) -> Steps[Rules]:
        """Put these rules in the place of all before; they are sealed, and hold on all her devices."""
        yield Turn(RULES)
        before = yield from self._newest_rules()
        return (yield from self._keep_rules(before.changed(rules=tuple(rules))))

    def pause(self, paused: bool = True) -> Steps[Rules]:
        """Answer no ask and no offer, and let the vault refuse every use; or, with False, go on.

        Grants stand and their time runs on; what was opened before stays with whom opened it.
        """
        yield Turn(RULES)
        yield from self.send("PUT", "/v1/account/pause", {"paused": paused})
        before = yield from self._newest_rules()
        return (yield from self._keep_rules(before.changed(paused=paused)))

    def _newest_rules(self) -> Steps[Rules]:
        """What a change is made to. She can always make one: what a device refuses is written over."""
        try:
            return (yield from self.rules())
        except RulesBroken:
            return self._seen_rules()

    def _keep_rules(self, rules: Rules) -> Steps[Rules]:
        octets = bytes(rules)
        sealed = seal_named_secret(self.unlocked.roots[0], RULES, octets)
        yield from self.send("PUT", f"/v1/account/secrets/{RULES}", {"sealed": to_base64url(sealed)})
        yield Keep({RULES: octets})
        return rules

    def _seen_rules(self) -> Rules:
        octets = self.memory.get(RULES)
        return Rules() if octets is None else read_rules(octets)

    # -- offers ----------------------------------------------------------------------------

    def offers(self, *, everything: bool = False) -> Steps[list[FoundOffer]]:
        """The offers that fit this owner, oldest first; with ``everything``, all that are open.

        Those she answered are left out. While she has paused, nothing fits.

        Raises:
            GrantChanged: if an offer is not signed by its partner.
            PartnerKeyChanged: if a partner shows other keys than those pinned.
        """
        rules = yield from self.rules()
        fee = (yield from get("/v1/vault")).integer("fee")
        items = yield from self.items()
        answered = {one.terms.ask for one in (yield from self.grants())}
        rows = yield from listed("/v1/offers")
        found = [self._found(row, rules, fee, items) for row in rows]
        return [
            one
            for one in found
            if one.hash not in answered and (everything or (one.fits and not rules.paused))
        ]

    def _found(self, row: Fields, rules: Rules, fee: int, items: list[StoredItem]) -> FoundOffer:
        raw, shown = row.record("offer"), row.records("partner")
        try:
            partner = PinnedPartner(verify_partner(shown))
        except AnchorError as error:
            raise PartnerKeyChanged(str(error), *shown) from error
        domain = partner.newest.partner
        pinned = remembered_partner(self.memory, domain)
        if pinned and [entry.raw for entry in pinned.entries] != shown[: len(pinned.entries)]:
            raise PartnerKeyChanged("the partner shows other keys than those pinned", raw, *shown)
        keys = {kid_of(entry.record.sign_key): entry.record.sign_key for entry in partner.entries}
        with breaking(GrantChanged, raw):
            signed = verify(raw, Offer, lambda kid, _: keys.get(kid, partner.newest.sign_key))
            offer = verify_periods(signed.record)
        if (offer.vault, offer.partner, signed.hash) != (self.trust.vault, domain, row.hash("hash")):
            raise GrantChanged("this offer is of another partner or another vault", raw)
        terms = terms_of(offer, name=partner.newest.name, fee=fee)
        matching = sum(is_about(terms, item, self.clock()) for item in items)
        return FoundOffer(signed, partner, terms, row.integer("left"), matching, rules.broken_by(terms))

    # -- counter-offers --------------------------------------------------------------------

    def counter(
        self, ask: ReceivedAsk | FoundOffer, *, lasts: timedelta = COUNTER_LIFE, **changed: Unpack[Instead]
    ) -> Steps[Signed[Counter]]:
        """Say what she would agree to instead: fewer clusters, less time, a higher price. There is one step.

        What is named changes the ask or offer: ``clusters``, ``purposes``, ``price``, ``budget``,
        ``max_uses``, ``period_days``, ``period_uses``, ``paid_by_period``, ``look_back_days``,
        ``future_items``, ``duration_days``, ``retention_days``. Without a budget it is what
        all uses would cost.

        Raises:
            TooWide: if it wants more data, uses or time than was asked for.
        """
        asked, partner = ask.asked, ask.asked.partner
        if isinstance(ask, FoundOffer):
            yield from self.connect(partner, kid=ask.partner.kid)
        terms: Changed = countered(asked, changed)
        key, now = self.signing_key_for(partner), self.clock()
        counter = Counter(
            vault=self.trust.vault,
            ask=ask.hash,
            owner_key=key.public,
            partner=partner,
            currency=asked.currency,
            expires=now + lasts,
            time=now,
            **terms,
        )
        signed = sign(counter, key)
        verify_counter(signed.raw)
        yield Keep({f"counter/{to_base64url(signed.hash)}": signed.raw})
        yield from self.send("POST", "/v1/counters", {"counter": signed.text})
        return signed

    def counters(self) -> Steps[list[MadeCounter]]:
        """The counter-offers she made, oldest first.

        Raises:
            GrantChanged: if the vault shows one that she did not sign.
        """
        rows = yield from self.listed("/v1/counters")
        return [self._made(row) for row in rows]

    def _made(self, row: Fields) -> MadeCounter:
        raw = row.record("counter")
        with breaking(GrantChanged, raw):
            signed = verify_counter(raw)
        if signed.kid != self.signing_key_for(signed.record.partner).kid:
            raise GrantChanged("the vault shows a counter-offer that this owner did not sign", raw)
        return MadeCounter(signed, row.text("state"), row.maybe_hash("ask"))

    def own_terms(self, ask: ReceivedAsk) -> Counter | None:
        """The counter-offer of hers that an ask accepts, as this device made it; None if it is no such ask.

        An ask that repeats it to the letter may be granted without asking her again.
        """
        name = ask.asked.counter
        raw = None if name is None else self.memory.get(f"counter/{to_base64url(name)}")
        if raw is None:
            return None
        counter = verify_counter(raw).record
        same = all(getattr(counter, term) == getattr(ask.asked, term) for term in Changed.__annotations__)
        return counter if same else None


def is_about(terms: Terms, item: StoredItem, now: datetime) -> bool:
    """Whether a grant on these terms, given now, would open this item.

    Terms with a cluster that this device can't put into words are about nothing.
    """
    try:
        kinds = columns_of(terms.clusters)
    except UnknownCluster:
        return False
    began = period_start(item.period)
    reached = now - timedelta(days=terms.look_back_days)
    return item.kind in kinds and began is not None and began >= reached
