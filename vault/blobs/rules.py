"""How large a blob may be, which parts it is made of, and by which uses it is open. Pure: no I/O.

Every part but the last has exactly ``PART_BYTES``, so that the place of a byte needs no
table, and parts may come in any order and again.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from anchor.records.usage import Use
from vault.errors import Conflict, Forbidden, Malformed, OwnerPaused, RangeUnsatisfiable, TooLarge
from vault.grants.standing import STANDING

PART_BYTES = 8 << 20
PARTS_MAX = 8192
"""64 GiB in one blob."""
CHARGED_MIN = 256 << 10
"""Bytes that a part takes of its account's room at least: small ones cost the vault more than their bytes."""
UNFINISHED_MAX = 32
"""Blobs of one account that are still on their way."""
OPEN_FOR = timedelta(hours=24)
"""How long after a use its partner may fetch the blobs of what it opened."""
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


@dataclass(frozen=True, slots=True)
class Part:
    """One part as it is kept: ``object`` is its name in the store, ``hash`` the SHA-256 of its bytes."""

    number: int
    size: int
    hash: bytes
    object: str

    def is_same(self, other: "Part | None") -> bool:
        """Whether another in its place has the same bytes."""
        return other is not None and (self.number, self.hash) == (other.number, other.hash)


@dataclass(frozen=True, slots=True)
class Extent:
    """Of the parts that came: how many, the number of the last (-1 for none), and bytes.

    ``before`` is the bytes of all but the last, ``size`` of all.
    """

    parts: int
    last: int
    before: int
    size: int


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes ``start`` to ``end`` of one object."""

    object: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Opening:
    """A use that was answered, and where its grant and its owner stand now."""

    account: bytes
    partner: str
    grant: bytes
    expires: datetime
    use: Use
    time: datetime
    state: str
    paused: bool


def charged(size: int) -> int:
    """What a part of this size takes of its account's room."""
    return max(size, CHARGED_MIN)


def verify_open(opening: Opening, now: datetime) -> Opening:
    """Return a use by which blobs may be fetched now.

    Raises:
        OwnerPaused, Forbidden: it is too long ago, or a use could not happen now.
    """
    if opening.paused:
        raise OwnerPaused("the owner has paused all uses")
    if opening.state != STANDING or now >= opening.expires:
        raise Forbidden("the grant of this use does not stand any more")
    if now > opening.time + OPEN_FOR:
        raise Forbidden("a use opens its blobs for 24 hours: use the item again")
    return opening


def verify_part(number: int, size: int) -> int:
    """Return the size of a part that may be one.

    Raises:
        Malformed, TooLarge: it is none.
    """
    if number >= PARTS_MAX:
        raise TooLarge(f"a blob has at most {PARTS_MAX} parts")
    if not size:
        raise Malformed("a part has at least one byte")
    if size > PART_BYTES:
        raise TooLarge(f"a part has at most {PART_BYTES} bytes")
    return size


def verify_whole(extent: Extent, count: int) -> int:
    """Return the size of a blob that has all its ``count`` parts.

    Raises:
        Conflict: a part is missing, or one in the middle is short.
    """
    if (extent.parts, extent.last) != (count, count - 1):
        raise Conflict(f"not all of the {count} parts are here")
    if extent.before != (count - 1) * PART_BYTES:  # no part is longer
        raise Conflict(f"only the last part is shorter than {PART_BYTES} bytes")
    return extent.size


def read_range(header: str | None, size: int) -> tuple[int, int] | None:
    """The bytes a Range header asks for, first and behind the last; None for all (RFC 9110 §14.2).

    A header of another form, or with several ranges, is ignored, as the RFC lets a server do.

    Raises:
        RangeUnsatisfiable: nothing of it is there.
    """
    found = _RANGE.fullmatch(header.strip()) if header else None
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1) if last else size
    if start >= size or start >= end:
        raise RangeUnsatisfiable(f"this blob has {size} bytes")
    return start, end


def span(start: int, end: int) -> tuple[int, int]:
    """The first of the parts that hold the bytes from ``start`` to ``end``, and how many there are."""
    first = start // PART_BYTES
    return first, -(-end // PART_BYTES) - first


def pieces(parts: list[Part], start: int, end: int) -> list[Piece]:
    """Where the bytes from ``start`` to ``end`` lie, in order. The ``parts`` of their span are enough."""
    found = []
    first, count = span(start, end)
    for part in parts:
        if not first <= part.number < first + count:
            continue
        at = part.number * PART_BYTES
        found.append(Piece(part.object, max(0, start - at), min(part.size, end - at)))
    return found
