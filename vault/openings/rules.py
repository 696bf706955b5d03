"""When a guardians' locker opens, and when not (docs/spec/guardians.md). Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from anchor.errors import SignatureError
from anchor.keys import verify_public_key
from anchor.records.opening import Opening
from anchor.records.signed import Signed, by, unverified, verify
from vault.errors import Malformed

WAITING_MIN = timedelta(hours=1)
"""Less is no time in which somebody notices."""
WAITING_MAX = timedelta(days=90)
OPEN_FOR = timedelta(days=30)
"""How long the half is handed out once it may be: nobody finds an open locker years later."""
SIGNED_WITHIN = timedelta(minutes=5)
KIND = "guardians"
_NO_OPENING = "this is no opening for a locker of this vault, or it was signed too long ago"


@dataclass(frozen=True, slots=True)
class Guarded:
    """What the vault keeps for a guardians' locker."""

    locker: bytes
    account: bytes
    asking_key: bytes
    half: bytes
    waiting: timedelta


class State(StrEnum):
    """How an opening stands."""

    WAITING = "waiting"
    OPEN = "open"
    VETOED = "vetoed"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class Asked:
    """The newest opening of a locker."""

    hash: bytes
    raw: bytes
    opens: datetime
    veto: bytes | None

    def stands(self, now: datetime) -> bool:
        """Whether it answers whoever asks: nobody shortens or prolongs the wait by asking again."""
        return self.state(now) in {State.WAITING, State.OPEN}

    def state(self, now: datetime) -> State:
        """How it stands at this time."""
        if self.veto is not None:
            return State.VETOED
        if now < self.opens:
            return State.WAITING
        return State.OPEN if now < self.opens + OPEN_FOR else State.LAPSED


def verify_guarded(kind: str, action: str, guarded: Guarded | None) -> Guarded | None:
    """What comes with an entry that adds a locker of this kind.

    Raises:
        Malformed: if a half is missing or comes with another locker, or the time is out of range.
        FormatError: if the asking key is unusable.
    """
    if (guarded is not None) != ((kind, action) == (KIND, "add")):
        raise Malformed("a half comes with the locker of guardians, and with nothing else")
    if guarded is not None:
        verify_public_key(guarded.asking_key)
        if not WAITING_MIN <= guarded.waiting <= WAITING_MAX:
            raise Malformed("guardians wait an hour or longer, and at most 90 days")
    return guarded


def verify_opening(
    raw: bytes, guarded: Guarded, before: Asked | None, *, origin: str, now: datetime
) -> Signed[Opening]:
    """A new opening of this locker, signed just now, and after the one before.

    Raises:
        FormatError, SignatureError: if it is not one.
    """
    signed = verify(raw, Opening, by(guarded.asking_key))
    opening = signed.record
    if (opening.vault, opening.account) != (origin, guarded.account):
        raise SignatureError(_NO_OPENING)
    if abs(now - opening.time) > SIGNED_WITHIN:
        raise SignatureError(_NO_OPENING)
    if before is not None and opening.time <= unverified(before.raw, Opening).time:
        raise SignatureError(_NO_OPENING)
    return signed


def asked(signed: Signed[Opening], waiting: timedelta, now: datetime) -> Asked:
    """A new opening: the waiting period begins."""
    return Asked(signed.hash, signed.raw, now + waiting, None)
