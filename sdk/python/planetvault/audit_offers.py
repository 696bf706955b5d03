"""The money that offers set aside, and the pots they shared, worked out a second time from signed records.

campaign/<offer>    what the offer set aside, minus what first answers reserved; nothing once it has ended
pool/<offer>        the pot, until it is shared by points (docs/spec/pool.md)
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from anchor.encoding import to_base64url
from anchor.records.consent import Grant
from anchor.records.offers import Offer, Withdrawal
from anchor.records.parties import verify_partner
from anchor.records.signed import Signed, unverified, verify
from anchor.records.usage import Receipt
from planetvault.audit_outflow import BooksDisagree

Move = Callable[[str, bytes, str, str, int], None]
"""Kind, source, debit, credit, micros."""
Credit = Callable[[Grant], str]
"""Whose account a grant's share of a pot goes to."""


@dataclass(frozen=True, slots=True)
class Promised:
    """Offers and withdrawals as they were signed, and the directory entries of their partners.

    ``closed_at`` is up to which end offers were closed and their pots shared; None is not at all.
    ``shares`` are (offer, grant, micros) where an owner's own bundle says so and the rest is unknown.
    """

    offers: Iterable[bytes] = ()
    withdrawals: Iterable[bytes] = ()
    partners: Mapping[str, Iterable[bytes]] = field(default_factory=dict)
    closed_at: datetime | None = None
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
) -> None:
    """Count what offers set aside, gave back and shared; what grants reserved is counted already.

    Raises:
        BooksDisagree: if a record goes against another one.
        AnchorError: if one is not signed by whom it should be.
    """
    offers, used = read_offers(promised), list(receipts)
    for name, offer in offers.items():
        funding = f"funding/{offer.record.partner}"
        move("campaign", name, funding, f"campaign/{to_base64url(name)}", offer.record.campaign)
        move("pool", name, funding, f"pool/{to_base64url(name)}", offer.record.pool)
    for name, source in _ends(offers, promised).items():
        campaign = f"campaign/{to_base64url(name)}"
        back = f"funding/{offers[name].record.partner}"
        move("campaign-end", source, campaign, back, balances.get(campaign, 0))
    for name, offer in offers.items():
        if promised.closed_at is not None and offer.record.expires <= promised.closed_at:
            _share(move, name, offer.record, grants, used, credit)
    for name, grant, amount in promised.shares:
        _pay(move, name, grant, credit(grants[grant].record), amount)


def _ends(offers: Mapping[bytes, Signed[Offer]], promised: Promised) -> dict[bytes, bytes]:
    """Which offers have ended, and the name of what ended each: itself by time, or its withdrawal."""
    ends: dict[bytes, bytes] = {}
    if promised.closed_at is not None:
        ends = {name: name for name, one in offers.items() if one.record.expires <= promised.closed_at}
    for raw in promised.withdrawals:
        about = unverified(raw, Withdrawal).offer
        if about not in offers or offers[about].record.pool:
            raise BooksDisagree("a withdrawal is of no offer that is here, or of one with a pool")
        signer = _signer(offers[about].record.partner, promised)
        ends[about] = verify(raw, Withdrawal, signer).hash
    return ends


def _share(
    move: Move,
    name: bytes,
    offer: Offer,
    grants: Mapping[bytes, Signed[Grant]],
    receipts: Sequence[Receipt],
    credit: Credit,
) -> None:
    """Every grant's points, in the order of the grants; the pot in proportion, rounded down as it adds up."""
    counting = [one.grant for one in receipts if one.use is not None and one.time < offer.expires]
    answers = sorted(hash_ for hash_, grant in grants.items() if grant.record.ask == name)
    points = [(grant, counting.count(grant)) for grant in answers]
    total = sum(number for _, number in points)
    if not total:
        move("pool-end", name, f"pool/{to_base64url(name)}", f"funding/{offer.partner}", offer.pool)
    given = so_far = 0
    for grant, number in points:
        so_far += number
        upto = offer.pool * so_far // total if total else 0
        _pay(move, name, grant, credit(grants[grant].record), upto - given)
        given = upto


def _pay(move: Move, offer: bytes, grant: bytes, into: str, amount: int) -> None:
    source = sha256(b"planetvault/pool-share/v1\0" + offer + grant).digest()
    move("pool-share", source, f"pool/{to_base64url(offer)}", into, amount)
