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
from typing import Literal

from vault.accounts.store import Accounts
from vault.blobs import rules
from vault.blobs.objects import Objects
from vault.blobs.rules import Part, charged
from vault.blobs.store import Blob, Blobs
from vault.db import Connection, Transaction, writing
from vault.errors import Conflict, NotFound
from vault.grants.store import Grants

ABANDONED_SECONDS = 3600
"""An object announced so long ago and never kept belongs to an upload that died."""
SWEPT = 500
"""Objects deleted at a time."""
BATCHES_MAX = 20
PIECE_BYTES = 1 << 20
"""Read from the store, and sent on, at a time."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one account: bytes that all its parts are charged."""

    account_bytes: int


def part_of(number: int, content: bytes) -> Part:
    """A part that came, to be kept under a name that nobody chose.

    Names are spread over folders: some stores are slow in large ones.
    """
    name = secrets.token_hex(16)
    return Part(number, len(content), sha256(content).digest(), f"{name[:2]}/{name}")


def announce(
    transaction: Transaction, account: bytes, blob: bytes, part: Part, limits: Limits, now: int
) -> bool:
    """Make room for a part; False if it is in its place already, and nothing is to be written.

    Raises:
        Conflict: the blob is finished or another's, or the account is full.
    """
    blobs = _held(transaction, account)
    blobs.begin(account, blob, now)
    before = next(iter(blobs.parts(blob, part.number, 1)), None)
    if part.is_same(before):
        return False
    more = charged(part.size) - (charged(before.size) if before else 0)
    if blobs.room(account) + more > limits.account_bytes:
        raise Conflict(
            f"an account has at most {limits.account_bytes} bytes of blobs, small parts counted as more"
        )
    blobs.announce(account, part, now)
    return True


Left = Literal["all", "finish", "nothing"]
"""What is left to do for a blob of one part, whose answer may have been lost."""


def announce_whole(
    transaction: Transaction, account: bytes, blob: bytes, part: Part, limits: Limits, now: int
) -> Left:
    """Make room for a blob of one part.

    Raises:
        Conflict: the blob has other parts or other bytes, or is another's, or the account is full.
    """
    blobs = _held(transaction, account)
    there = blobs.finished_parts(account, blob)
    if there:
        if len(there) > 1 or not part.is_same(there[0]):
            raise Conflict("this blob is finished")
        return "nothing"
    made = announce(transaction, account, blob, part, limits, now)
    if blobs.last(blob) > part.number:
        raise Conflict("this blob has other parts: it is not whole with this one")
    return "all" if made else "finish"


def keep(transaction: Transaction, account: bytes, blob: bytes, part: Part) -> None:
    """Keep a part whose object is written.

    Raises:
        NotFound: the blob was deleted meanwhile, or the account has ended.
        Conflict: the blob was finished meanwhile, or writing took so long that the object is gone again.
    """
    blobs = _held(transaction, account)
    if blobs.find(account, blob).finished:
        raise Conflict("this blob is finished")
    blobs.keep_part(account, blob, part)


def keep_whole(
    transaction: Transaction,
    account: bytes,
    blob: bytes,
    part: Part,
    field: tuple[bytes, bytes] | None,
    now: int,
    *,
    written: bool,
) -> Blob:
    """Keep it if its object is ``written``, and finish the blob with it, unless another request just did.

    Raises:
        NotFound, Conflict: as ``keep`` and ``finish`` do, or because other bytes took its place meanwhile.
    """
    blobs = _held(transaction, account)
    there = next(iter(blobs.finished_parts(account, blob)), None)
    if written and part.is_same(there):
        _let_go(blobs, blob, part)
    elif written:
        keep(transaction, account, blob, part)
    done = finish(transaction, account, blob, 1, field, now)
    if not part.is_same(next(iter(blobs.parts(blob, 0, 1)), None)):
        raise Conflict("other bytes took the place of these meanwhile")
    return done


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
    found = blobs.find(account, blob)
    size = rules.verify_whole(blobs.extent(blob), count)
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
    blobs.erase_one(account, blob)


def let_go(transaction: Transaction, account: bytes, blob: bytes, part: Part) -> None:
    """Free the room of a part that was not kept, and let the worker delete its object; if it was, nothing.

    Whoever lost the database's answer does not know: so it is looked at, after all that went before.

    Raises:
        NotFound: the account has ended; what was announced goes with time.
    """
    _let_go(_held(transaction, account), blob, part)


def _let_go(blobs: Blobs, blob: bytes, part: Part) -> None:
    if part.object not in {one.object for one in blobs.parts(blob, part.number, 1)}:
        blobs.let_go(part.object)


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
    """Delete objects that nothing speaks of; how many. The next call goes on, if there are very many.

    Raises:
        Unavailable: the store does not answer.
    """
    swept = 0
    for _ in range(BATCHES_MAX):
        with writing(connection) as transaction:
            names = Blobs(transaction).give_up(now - ABANDONED_SECONDS, SWEPT)
        if names:
            objects.delete(names)
            with writing(connection) as transaction:
                Blobs(transaction).forget(names)
        swept += len(names)
        if len(names) < SWEPT:
            break
    return swept
