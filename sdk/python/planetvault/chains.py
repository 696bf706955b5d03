"""Chains of receipts, as a client follows them. Pure.

A receipt has a place, ``seq`` and ``prev``, in its grant's chain, and a hidden one
in its owner's. Whoever remembers the head of a chain can tell the next receipt
from a gap, a fork and a rewriting; that is all these rules do.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from anchor.errors import AnchorError
from anchor.records.consent import Grant, period_at
from anchor.records.signed import Signed
from anchor.records.usage import OwnerLink, Receipt, verify_owner_link
from planetvault.errors import (
    ItemRolledBack,
    LinkBroken,
    ReceiptAfterClosing,
    ReceiptAgainstTerms,
    ReceiptForked,
    ReceiptGap,
)

_SEQ_BYTES = 8


@dataclass(frozen=True, slots=True)
class Head:
    """The newest place in a chain: how many receipts there are, the last one's hash, and if it closes."""

    seq: int = 0
    hash: bytes | None = None
    closed: bool = False

    def __bytes__(self) -> bytes:
        return self.seq.to_bytes(_SEQ_BYTES) + bytes([self.closed]) + (self.hash or b"")

    @classmethod
    def read(cls, octets: bytes | None) -> "Head":
        """Read what ``bytes`` wrote; None is a chain that has not begun."""
        if octets is None:
            return cls()
        seq, closed, found = octets[:_SEQ_BYTES], octets[_SEQ_BYTES], octets[_SEQ_BYTES + 1 :]
        return cls(int.from_bytes(seq), found or None, bool(closed))


def next_in_grant(head: Head, receipt: Signed[Receipt]) -> Head:
    """The head of a grant's chain after ``receipt``, if that is the next one.

    Raises:
        ReceiptAfterClosing: if the chain is closed.
        ReceiptGap: if receipts are missing before it.
        ReceiptForked: if it takes a place that is taken, or follows another receipt.
    """
    place = receipt.record
    if head.closed:
        raise ReceiptAfterClosing("a receipt follows the one that closed its chain", receipt.raw)
    if place.seq > head.seq + 1:
        missing = place.seq - head.seq - 1
        raise ReceiptGap(f"{missing} receipts are missing before number {place.seq}", receipt.raw)
    if place.seq <= head.seq or place.prev != head.hash:
        raise ReceiptForked(f"receipt number {place.seq} does not follow the one before", receipt.raw)
    return Head(place.seq, receipt.hash, closed=place.revocation is not None)


def next_versions(seen: Mapping[bytes, int], receipt: Signed[Receipt]) -> dict[bytes, int]:
    """The newest version opened of each item in a grant's chain, ``receipt`` included.

    Raises:
        ItemRolledBack: if it opens an older version than a receipt before it did.
    """
    opened = {one.item: one.version for one in receipt.record.opened}
    if any(version < seen.get(item, 0) for item, version in opened.items()):
        raise ItemRolledBack("a receipt opens an older version of an item than one before it", receipt.raw)
    return {**seen, **opened}


@dataclass(frozen=True, slots=True)
class Period:
    """The newest period of a grant that had a use, counted from 0, and how many it had."""

    number: int = 0
    uses: int = 0

    def __bytes__(self) -> bytes:
        return self.number.to_bytes(_SEQ_BYTES) + self.uses.to_bytes(_SEQ_BYTES)

    @classmethod
    def read(cls, octets: bytes | None) -> "Period":
        """Read what ``bytes`` wrote; None is a grant that was never used."""
        found = octets or bytes(2 * _SEQ_BYTES)
        return cls(int.from_bytes(found[:_SEQ_BYTES]), int.from_bytes(found[_SEQ_BYTES:]))


def next_in_period(seen: Period, receipt: Signed[Receipt], grant: Grant) -> Period:
    """The period after ``receipt``, if that is priced and spaced as the grant says.

    Raises:
        ReceiptAgainstTerms: for one use too many in its period, or for a price that is due
            twice in it, or not at all.
    """
    record = receipt.record
    if record.use is None:
        return seen
    number = period_at(grant, record.time)
    uses = seen.uses if number == seen.number else 0
    price = 0 if grant.paid_by_period and uses else grant.price
    if number < seen.number or record.price != price:
        raise ReceiptAgainstTerms("a receipt is not priced as its period is", receipt.raw)
    if grant.period_uses and uses >= grant.period_uses:
        raise ReceiptAgainstTerms("a receipt is one too many in its period", receipt.raw)
    return Period(number, uses + 1)


def next_of_owner(head: Head, link: OwnerLink, receipt: Signed[Receipt]) -> Head:
    """The head of the owner's chain after ``receipt``, whose place there is ``link``.

    Raises:
        LinkBroken: if the receipt did not commit to this place.
        ReceiptGap: if receipts are missing before it.
        ReceiptForked: if it takes a place that is taken, or follows another receipt.
    """
    try:
        verify_owner_link(link, receipt.record)
    except AnchorError as error:
        raise LinkBroken(str(error), receipt.raw) from error
    if link.seq > head.seq + 1:
        missing = link.seq - head.seq - 1
        raise ReceiptGap(f"{missing} receipts are missing before your receipt {link.seq}", receipt.raw)
    if link.seq <= head.seq or link.prev != head.hash:
        raise ReceiptForked(f"your receipt {link.seq} does not follow the one before", receipt.raw)
    return Head(link.seq, receipt.hash)
