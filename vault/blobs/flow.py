"""A blob comes in parts, is finished, is read in ranges, and goes.

::

    part      announce the object ── write it, durably ── keep the part in its place
    finish    all parts are here ── nothing more comes
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


def new_part(number: int, content: bytes) -> Part:
    """A part that is about to be written, under a name of its own.

    Raises:
        Malformed, TooLarge: it is none.
    """
    rules.verify_part(number, len(content))
    # Names are spread over folders, since some stores and file systems are slow in large ones.
    name = secrets.token_hex(16)
    return Part(number, len(content), sha256(content).digest(), f"{name[:2]}/{name}")


def announce(
    transaction: Transaction, account: bytes, blob: bytes, part: Part, limits: Limits, now: int
) -> bool:
    """Make room for a part; False if the same is here already.

    Raises:
        Conflict: the blob is finished or another's, or the account is full.
    """
    blobs = _held(transaction, account)
    blobs.begin(account, blob, now)
    if any(one.hash == part.hash for one in blobs.parts(blob, part.number, 1)):
        return False
    if blobs.used(account) + part.size > limits.account_bytes:
        raise Conflict(f"an account has at most {limits.account_bytes} bytes of blobs")
    blobs.announce(part.object, now)
    return True


def keep(transaction: Transaction, account: bytes, blob: bytes, part: Part) -> None:
    """Keep a part whose object is written.

    Raises:
        NotFound: the blob was deleted meanwhile, or the account has ended.
        Conflict: the blob was finished meanwhile.
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
            names = Blobs(transaction).leavings(now - ABANDONED_SECONDS, SWEPT)
        objects.delete(names)
        with writing(connection) as transaction:
            Blobs(transaction).forget(names)
        swept += len(names)
        if len(names) < SWEPT:
            return swept
