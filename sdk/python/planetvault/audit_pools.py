"""Pools worked out a second time: who had how many points, who got how much, and what the vault signed of it.

The formula is that of docs/spec/pool.md, computed from the receipts of every grant; an owner who has
only her own bundle checks her own share instead (``planetvault.owner.pools``).
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256

from anchor import merkle
from anchor.encoding import to_base64url
from anchor.records.consent import Grant
from anchor.records.offers import Offer
from anchor.records.pools import Division
from anchor.records.signed import Signed
from anchor.records.usage import Receipt
from planetvault.audit_outflow import BooksDisagree

Move = Callable[[str, bytes, str, str, int], None]
"""Kind, source, debit, credit, micros."""


def points_of(
    offers: Mapping[bytes, Signed[Offer]], grants: Mapping[bytes, Signed[Grant]], receipts: Iterable[Receipt]
) -> Mapping[bytes, Counter[bytes]]:
    """By offer, how many uses each grant that answered it had before its end."""
    points = defaultdict[bytes, Counter[bytes]](Counter)
    for one in receipts:
        offer = offers.get(grants[one.grant].record.ask or b"")
        if one.use is not None and offer is not None and one.time < offer.record.expires:
            points[offer.hash][one.grant] += 1
    return points


def share(
    move: Move, offer: Signed[Offer], points: Mapping[bytes, int], credit: Callable[[bytes], str]
) -> None:
    """The pot in proportion to the points, in the order of the grants, rounded down as it adds up."""
    total, pot, name = sum(points.values()), offer.record.pool, offer.hash
    if not total:
        move("pool-end", name, _pool(name), f"funding/{offer.record.partner}", pot)
    given = so_far = 0
    for grant in sorted(points):
        so_far += points[grant]
        upto = pot * so_far // total
        pay(move, name, grant, credit(grant), upto - given)
        given = upto


def pay(move: Move, offer: bytes, grant: bytes, into: str, amount: int) -> None:
    """What one grant got of one pool."""
    source = sha256(b"planetvault/pool-share/v1\0" + offer + grant).digest()
    move("pool-share", source, _pool(offer), into, amount)


def verify_division(division: Division, offer: Signed[Offer], points: Mapping[bytes, int]) -> Division:
    """Return a division of the vault, if it is what the formula makes of the receipts.

    Raises:
        BooksDisagree: naming what is not.
    """
    leaves, before = [], 0
    for grant in sorted(points):
        leaves.append(merkle.leaf_hash(before.to_bytes(8) + points[grant].to_bytes(8) + grant))
        before += points[grant]
    terms = offer.record
    # An offer without a pool is divided among nobody, whatever was used.
    told = (leaves, before) if terms.pool else ([], 0)
    right = {
        "pot": division.pot == terms.pool,
        "currency": division.currency == terms.currency,
        "points": division.points == told[1],
        "grants": division.grants == len(told[0]),
        "root": division.root == merkle.root(told[0]),
    }
    if wrong := [name for name, holds in right.items() if not holds]:
        raise BooksDisagree(f"the division of a pool has another {', '.join(wrong)} than the receipts say")
    return division


def _pool(offer: bytes) -> str:
    return f"pool/{to_base64url(offer)}"
