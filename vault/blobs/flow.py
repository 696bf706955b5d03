"""A blob comes in parts, is finished, is read in ranges, and goes.

::

    part      announce an object ── write it, durably ── keep the part in its place
    finish    all parts are here ── nothing more comes
    whole     one part, and finished with it
    read      whose is it, or which use opened it ── the bytes of a range, piece by piece
    delete    forget it ── the worker deletes what is left

The vault sees sealed bytes and their length. It never holds more than one part in memory.
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from vault.accounts.store import Accounts
from vault.blobs import rules
from vault.blobs.objects import Objects
from vault.blobs.rules import Part
from vault.blobs.store import Blob, Blobs
from vault.db import Connection, Transaction, writing
from vault.errors import Conflict, NotFound
from vault.grants.store import Grants

ABANDONED_SECONDS = 3600
"""An object announced so long ago and never kept belongs to an upload that died."""
SWEPT = 500
PIECE_BYTES = 1 << 20
"""Read from the store, and sent on, at a time."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one account: bytes in all its blobs."""

    account_bytes: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a part goes: under which name its object is written, and which hash is there by now."""

    number: int
    object: str
    hash: bytes | None
    finished: bool = False


def new_object() -> str:
    """A name that nobody chose. Names are spread over folders: some stores are slow in large ones."""
    name = secrets.token_hex(16)
    return f"{name[:2]}/{name}"


def announce(
    transaction: Transaction, account: bytes, blob: bytes, number: int, size: int, limits: Limits, now: int
) -> Place:
    """Make room for a part of ``size`` bytes.

    Raises:
        Conflict: the blob is finished or another's, or the account is full.
    """
    blobs = _held(transaction, account)
    blobs.begin(account, blob, now)
    before = next(iter(blobs.parts(blob, number, 1)), None)
    if blobs.used(account) + size - (before.size if before else 0) > limits.account_bytes:
        raise Conflict(f"an account has at most {limits.account_bytes} bytes of blobs")
    place = Place(number, new_object(), before.hash if before else None)
    blobs.announce(place.object, now)
    return place


def announce_whole(
    transaction: Transaction, account: bytes, blob: bytes, size: int, limits: Limits, now: int
) -> Place:
    """The same for a blob of one part, which may be finished already: its answer may have been lost.

    Raises:
        Conflict: the blob is finished with more parts, or another's, or the account is full.
    """
    parts = _held(transaction, account).finished_parts(account, blob)
    if not parts:
        return announce(transaction, account, blob, 0, size, limits, now)
    if len(parts) > 1:
        raise Conflict("this blob is finished")
    return Place(0, parts[0].object, parts[0].hash, finished=True)


def write(objects: Objects, place: Place, content: bytes) -> Part:
    """Write a part, durably, unless it is in its place already.

    Raises:
        Conflict: the blob is finished, with other bytes.
        Unavailable: the store does not answer.
    """
    part = Part(place.number, len(content), sha256(content).digest(), place.object)
    if part.hash == place.hash:
        return part
    if place.finished:
        raise Conflict("this blob is finished")
    objects.put(part.object, content)
    return part


def keep(transaction: Transaction, account: bytes, blob: bytes, part: Part) -> None:
    """Keep a part whose object is written.

    Raises:
        NotFound: the blob was deleted meanwhile, or the account has ended.
        Conflict: the blob was finished meanwhile, or writing took so long that the object is gone again.
    """
    blobs = _held(transaction, account)
    if blobs.find(account, blob).finished:
        raise Conflict("this blob is finished")
    blobs.keep_part(blob, part)


def finish(
    transaction: Transaction,
    account: bytes,
    blob: bytes,
    count: int,
    field: tuple[bytes, bytes] | None,
    now: int,
) -> Blob:
    """Say that it has all its parts; saying it again changes nothing.

    Raises:
        NotFound, Conflict: a part is missing, or it was finished with another count or field.
    """
    blobs = _held(transaction, account)
    found, parts = blobs.find(account, blob), blobs.parts(blob)
    size = rules.verify_whole(parts, count)
    if found.finished:
        if found.field != field:
            raise Conflict("this blob is finished, and hangs on another field")
        return found
    blobs.finish(blob, size, count, field, now)
    return blobs.find(account, blob)


def delete(transaction: Transaction, account: bytes, blob: bytes) -> None:
    """Forget a blob of this account, finished or not.

    Raises:
        NotFound: there is none.
    """
    blobs = _held(transaction, account)
    blobs.find(account, blob)
    blobs.erase(account, blob)


def _held(transaction: Transaction, account: bytes) -> Blobs:
    """The blobs, of which nobody else changes those of this account until the transaction ends."""
    Accounts(transaction).hold(account)
    return Blobs(transaction)


def opened_by(
    transaction: Transaction, receipt: bytes, partner: str | None, blob: bytes, now: datetime
) -> Blob:
    """The blob that a use let its partner open.

    Raises:
        NotFound: no receipt of this partner is called so, or its use did not open this blob's field.
        OwnerPaused, Forbidden: the use is too long ago, or could not happen now.
    """
    opening = Blobs(transaction).opening(receipt)
    if opening is None or opening.partner != partner:
        raise NotFound("no such receipt")
    found = Blobs(transaction).find(None, blob)
    if found.field is None or not found.finished or found.account != opening.account:
        raise NotFound("no such blob")
    rules.verify_open(opening, now)
    item, name = found.field
    place = (opening.grant, item)
    envelope = Grants(transaction).envelopes([place]).get(place)
    if item not in opening.use.items or envelope is None or name not in envelope.fields:
        raise NotFound("no such blob")
    return found


def read(objects: Objects, parts: list[Part], start: int, end: int) -> Iterator[bytes]:
    """The bytes from ``start`` to ``end``, a piece at a time.

    Raises:
        Unavailable: the store does not answer.
    """
    for piece in rules.pieces(parts, start, end):
        for at in range(piece.start, piece.end, PIECE_BYTES):
            yield objects.read(piece.object, at, min(at + PIECE_BYTES, piece.end))


def sweep(connection: Connection, objects: Objects, now: int) -> int:
    """Delete objects that nothing speaks of; how many."""
    swept = 0
    while True:
        with writing(connection) as transaction:
            names = Blobs(transaction).give_up(now - ABANDONED_SECONDS, SWEPT)
        objects.delete(names)
        with writing(connection) as transaction:
            Blobs(transaction).forget(names)
        swept += len(names)
        if len(names) < SWEPT:
            return swept
