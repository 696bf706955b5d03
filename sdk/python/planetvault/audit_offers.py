"""The money that offers set aside, and the pots they shared, worked out a second time from signed records.

campaign/<offer>    what the offer set aside, minus what first answers reserved; nothing once it has ended
pool/<offer>        the pot, until it is shared: see audit_pools.py
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from anchor.encoding import to_base64url
from anchor.records.consent import Grant
from anchor.records.offers import Offer, Withdrawal
from anchor.records.parties import verify_partner
from anchor.records.pools import Division
from anchor.records.signed import Signed, unverified, verify
from anchor.records.trust import Trust
from anchor.records.usage import Receipt
from planetvault.audit_outflow import BooksDisagree
from planetvault.audit_pools import Move, pay, points_of, share, verify_division
from planetvault.receipts import vault_key

Credit = Callable[[Grant], str]
"""Whose account a grant's share of a pot goes to."""


@dataclass(frozen=True, slots=True)
class Promised:
    """Offers and withdrawals as they were signed, and the directory entries of their partners.

    ``closed_at`` is up to which end offers were closed and their pots shared; None is not at all.
    ``divisions`` are what the vault signed of pots that were shared.
    ``shares`` are (offer, grant, micros) where an owner's own bundle says so and the rest is unknown.
    """

    offers: Iterable[bytes] = ()
    withdrawals: Iterable[bytes] = ()
    partners: Mapping[str, Iterable[bytes]] = field(default_factory=dict)
    closed_at: datetime | None = None
    divisions: Iterable[bytes] = ()
    shares: Sequence[tuple[bytes, bytes, int]] = ()


def read_offers(promised: Promised) -> dict[bytes, Signed[Offer]]:
    """The offers by their names, each signed by its partner.

    Raises:
        AnchorError: if one is not.
    """
    read = (_read(raw, promised) for raw in promised.offers)
    return {offer.hash: offer for offer in read}


def _read(raw: bytes, promised: Promised) -> Signed[Offer]:
    return verify(raw, Offer, _signer(unverified(raw, Offer).partner, promised))


def _signer(partner: str, promised: Promised) -> Callable[[bytes, object], bytes]:
    entries = verify_partner(list(promised.partners.get(partner, ())))
    keys = {sha256(entry.record.sign_key).digest(): entry.record.sign_key for entry in entries}
    return lambda kid, _: keys.get(kid, entries[-1].record.sign_key)


def payer(grant: Grant, grants: Mapping[bytes, Signed[Grant]], offers: Mapping[bytes, Signed[Offer]]) -> str:
    """Whose money a grant set aside: a campaign's, if it is the first answer to an offer."""
    before = grants.get(grant.prev) if grant.prev else None
    if grant.ask and grant.ask in offers and (before is None or before.record.ask != grant.ask):
        return f"campaign/{to_base64url(grant.ask)}"
    return f"funding/{grant.partner}"


def promise(
    move: Move,
    balances: Mapping[str, int],
    grants: Mapping[bytes, Signed[Grant]],
    receipts: Iterable[Receipt],
    credit: Credit,
    promised: Promised,
    trust: Trust,
) -> None:
    """Count what offers set aside, gave back and shared; what grants reserved is counted already.

    Raises:
        BooksDisagree: if a record goes against another one.
        AnchorError: if one is not signed by whom it should be.
    """
    offers = read_offers(promised)
    for name, offer in offers.items():
        funding = f"funding/{offer.record.partner}"
        move("campaign", name, funding, f"campaign/{to_base64url(name)}", offer.record.campaign)
        move("pool", name, funding, f"pool/{to_base64url(name)}", offer.record.pool)
    for name, source in _ends(offers, promised).items():
        campaign = f"campaign/{to_base64url(name)}"
        back = f"funding/{offers[name].record.partner}"
        move("campaign-end", source, campaign, back, balances.get(campaign, 0))
    points = points_of(offers, grants, receipts)
    divisions = _divisions(promised, trust)
    for name, offer in offers.items():
        if _is_over(offer.record, promised):
            share(move, offer, points.get(name, {}), lambda grant: credit(grants[grant].record))
        if name in divisions:
            verify_division(divisions[name], offer, points.get(name, {}))
    for name, grant, amount in promised.shares:
        pay(move, name, grant, credit(grants[grant].record), amount)


def _is_over(offer: Offer, promised: Promised) -> bool:
    return promised.closed_at is not None and offer.expires <= promised.closed_at


def _divisions(promised: Promised, trust: Trust) -> dict[bytes, Division]:
    signed = (verify(raw, Division, vault_key(trust)) for raw in promised.divisions)
    return {one.record.offer: one.record for one in signed}


def _ends(offers: Mapping[bytes, Signed[Offer]], promised: Promised) -> dict[bytes, bytes]:
    """Which offers have ended, and the name of what ended each: itself by time, or its withdrawal."""
    ends = {name: name for name, one in offers.items() if _is_over(one.record, promised)}
    for raw in promised.withdrawals:
        about = unverified(raw, Withdrawal).offer
        if about not in offers or offers[about].record.pool:
            raise BooksDisagree("a withdrawal is of no offer that is here, or of one with a pool")
        signer = _signer(offers[about].record.partner, promised)
        ends[about] = verify(raw, Withdrawal, signer).hash
    return ends
