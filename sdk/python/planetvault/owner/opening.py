"""Asking the vault for the half that it keeps closed for guardians (docs/spec/guardians.md).

In memory: ``opening`` is the request as it was signed, so that asking again asks for the same one.
"""

from datetime import datetime

from anchor.records.opening import Opening
from anchor.records.signed import sign
from planetvault.answers import Fields
from planetvault.errors import BrokenAnswer, StillWaiting, VaultRefused, Vetoed
from planetvault.http import send
from planetvault.memory import Memory
from planetvault.owner.openers import Guardians
from planetvault.sealing.lockers import asking_key
from planetvault.steps import Keep, Steps

OPENING = "opening"


def ask_half(memory: Memory, vault: str, account: bytes, guardians: Guardians, now: datetime) -> Steps[bytes]:
    """The vault's half, 32 bytes, once the waiting period is over.

    Raises:
        StillWaiting: until then.
        Vetoed: if a device said no. The next call begins anew.
    """
    remembered = memory.get(OPENING)
    if remembered is not None:
        answer = yield from _asked_before(remembered)
        if answer is not None:
            return (yield from _half(answer))
    opening = Opening(vault=vault, account=account, time=now)
    raw = sign(opening, asking_key(guardians.secret)).raw
    yield Keep({OPENING: raw})
    return (yield from _half((yield from _post(raw))))


def _asked_before(raw: bytes) -> Steps[Fields | None]:
    """How far a remembered opening is; None if the vault does not know it, or it has lapsed."""
    try:
        answer = yield from _post(raw)
    except VaultRefused as error:
        if error.code != "signature":
            raise
        return None
    return None if answer.text("state") == "lapsed" else answer


def _post(raw: bytes) -> Steps[Fields]:
    return (yield from send("POST", "/v1/openings", {"opening": raw.decode("ascii")}))


def _half(answer: Fields) -> Steps[bytes]:
    match answer.text("state"):
        case "open":
            yield Keep({OPENING: None})
            return answer.hash("half")
        case "waiting":
            opens = answer.time("opens")
            raise StillWaiting(f"opens on {opens:%Y-%m-%d at %H:%M} UTC, if no device says no", opens)
        case "vetoed":
            yield Keep({OPENING: None})
            raise Vetoed("a device of this account said no", answer.record("veto"))
    raise BrokenAnswer("the answer does not say how far the opening is")
