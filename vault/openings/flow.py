"""Asking for a half, and saying no to it."""

from datetime import datetime

from anchor.errors import SignatureError
from anchor.records.opening import Opening, Veto
from anchor.records.signed import Signed, named_kid
from vault.db import Transaction
from vault.errors import Conflict, Forbidden, NotFound
from vault.logins.store import Session
from vault.openings.rules import Asked, Guarded, State, asked, verify_opening
from vault.openings.store import Openings


def ask(transaction: Transaction, raw: bytes, origin: str, now: datetime) -> tuple[Guarded, Asked]:
    """Begin the waiting period of a locker; if one has begun, it goes on as it is.

    Raises:
        FormatError, SignatureError: if this is no opening by the asking key of a locker.
    """
    openings = Openings(transaction)
    guarded = openings.lock(named_kid(raw, Opening))
    if guarded is None:
        raise SignatureError("no locker of this vault is asked by this key")
    before = openings.asked(guarded.locker)
    if before is not None and before.raw == raw:
        return guarded, before
    signed = verify_opening(raw, guarded, before, origin=origin, now=now)
    if before is not None and before.stands(now):
        return guarded, before
    begun = asked(signed, guarded.waiting, now)
    openings.keep(guarded.locker, begun)
    return guarded, begun


def veto(transaction: Transaction, session: Session, signed: Signed[Veto], now: datetime) -> bytes:
    """End an opening that waits; its hash comes back. Again, it changes nothing.

    Raises:
        NotFound: if no opening of this account has this hash.
        Forbidden: if the locker that shall open says no to itself.
        Conflict: if the waiting period is over.
    """
    openings, wanted = Openings(transaction), signed.record.opening
    found = [pair for pair in openings.lock_of(session.account) if pair[1].hash == wanted]
    if not found:
        raise NotFound("no opening of this account has this hash")
    guarded, opening = found[0]
    if session.kid == guarded.locker:
        raise Forbidden("a locker does not veto its own opening")
    match opening.state(now):
        case State.VETOED:
            return wanted
        case State.WAITING:
            openings.veto(guarded.locker, signed.raw)
            return wanted
        case _:
            raise Conflict("the waiting period is over: remove the locker")
