"""What an owner got of the pots that offers promised, worked out again from her own receipts.

The formula is docs/spec/pool.md: her part of a pot is between two roundings of the sums before
and with her points, so that all parts together are the pot, to the micro.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from anchor import merkle
from anchor.encoding import to_base64url
from anchor.errors import AnchorError, ProofError
from anchor.records.consent import Grant
from anchor.records.offers import Offer
from anchor.records.pools import Division
from anchor.records.signed import Signed, hash_of, unverified, verify
from anchor.records.trust import Trust
from anchor.records.usage import Receipt
from planetvault.answers import Fields
from planetvault.errors import PoolWrong
from planetvault.receipts import vault_key


@dataclass(frozen=True, slots=True)
class PoolShare:
    """One grant's part of a pot, checked. ``before`` are the points of the grants in earlier places."""

    offer_raw: bytes
    offer: Offer
    division: Signed[Division]
    grant: bytes
    index: int
    before: int
    points: int
    path: tuple[bytes, ...]

    @property
    def amount(self) -> int:
        """Her part of the pot, in micros."""
        pot, total = self.division.record.pot, self.division.record.points
        return pot * (self.before + self.points) // total - pot * self.before // total

    @property
    def told(self) -> dict[str, object]:
        """As a bundle keeps it."""
        return {
            "offer": self.offer_raw.decode("ascii"),
            "division": self.division.text,
            "grant": to_base64url(self.grant),
            "index": self.index,
            "before": self.before,
            "points": self.points,
            "path": [to_base64url(one) for one in self.path],
        }


def verify_share(
    row: Fields, grants: Mapping[bytes, Signed[Grant]], receipts: Iterable[Receipt], trust: Trust
) -> PoolShare:
    """Check a share by the five steps of docs/spec/pool.md; ``receipts`` are all of hers.

    Raises:
        PoolWrong: if it is not what the formula makes of her receipts.
    """
    raw, division = row.record("offer"), row.record("division")
    try:
        share = _read(row, raw, verify(division, Division, vault_key(trust)))
        _verify(share, grants, receipts)
    except AnchorError as error:
        raise PoolWrong(f"a share of a pool is not in order: {error}", raw, division) from error
    return share


def _read(row: Fields, raw: bytes, division: Signed[Division]) -> PoolShare:
    return PoolShare(
        raw,
        unverified(raw, Offer),
        division,
        row.hash("grant"),
        row.integer("index"),
        row.integer("before"),
        row.integer("points"),
        tuple(row.hashes("path")),
    )


def _verify(share: PoolShare, grants: Mapping[bytes, Signed[Grant]], receipts: Iterable[Receipt]) -> None:
    said, name = share.division.record, hash_of(Offer, share.offer_raw)
    grant = grants.get(share.grant)
    if grant is None or grant.record.ask != name or said.offer != name:
        raise ProofError("it is of another grant, offer or division")
    if (said.vault, said.pot, said.currency) != (share.offer.vault, share.offer.pool, share.offer.currency):
        raise ProofError("another pot was divided than was offered")
    if share.points != points_of(share.grant, share.offer, receipts) or share.points == 0:
        raise ProofError("it counts other uses than there are receipts")
    upto = share.before + share.points
    is_first, is_last = share.index == 0, share.index == said.grants - 1
    if upto > said.points or (is_first and share.before) or (is_last and upto != said.points):
        raise ProofError("its place is not one between the first point and the last")
    _verify_path(share, said)


def _verify_path(share: PoolShare, said: Division) -> None:
    entry = share.before.to_bytes(8) + share.points.to_bytes(8) + share.grant
    leaf, path = merkle.leaf_hash(entry), share.path
    merkle.verify_inclusion(leaf, index=share.index, size=said.grants, path=path, root=said.root)


def points_of(grant: bytes, offer: Offer, receipts: Iterable[Receipt]) -> int:
    """How many of these receipts count: uses under this grant, before the offer ended."""
    return sum(one.grant == grant and one.use is not None and one.time < offer.expires for one in receipts)


def earned_by(shares: Sequence[PoolShare]) -> int:
    """What these shares brought together, in micros; each grant once.

    Raises:
        PoolWrong: if one grant has two shares.
    """
    if len({share.grant for share in shares}) != len(shares):
        raise PoolWrong("one grant has two shares of a pool", *(share.offer_raw for share in shares))
    return sum(share.amount for share in shares)
