"""The guardians' locker over HTTP: ask for the vault's half, be told that somebody asks, say no."""

from typing import Any

from fastapi import APIRouter

from anchor.encoding import to_base64url
from anchor.records.opening import Veto
from anchor.records.shape import write_time
from anchor.records.signed import by, verify
from vault import shown, wire
from vault.accounts.store import Accounts
from vault.errors import Forbidden, Unauthorised
from vault.http import Owner, Running
from vault.openings import answers, flow
from vault.openings.rules import State
from vault.openings.store import Openings

router = APIRouter(prefix="/v1", tags=["openings"])


class NewOpening(wire.Body):
    """An opening, signed by the key of the guardians' secret."""

    opening: wire.Signed


class NewVeto(wire.Body):
    """A device's no."""

    veto: wire.Signed


@router.post("/openings", status_code=201, response_model=answers.Opening)
async def ask_opening(body: NewOpening, service: Running) -> dict[str, Any]:
    """Ask for the half of a guardians' locker: it comes when the waiting period is over."""
    now, origin = service.clock(), service.settings.origin
    guarded, asked = await service.write(lambda t: flow.ask(t, body.opening, origin, now))
    state = asked.state(now)
    return {
        "opening": to_base64url(asked.hash),
        "state": state.value,
        "opens": write_time(asked.opens),
        "half": to_base64url(guarded.half) if state is State.OPEN else None,
        "veto": asked.veto.decode("ascii") if asked.veto else None,
    }


@router.get("/openings", response_model=shown.Whole[answers.Notice])
async def list_openings(session: Owner, service: Running) -> dict[str, Any]:
    """Who asks to open the account, for every device of its owner: look whenever it is opened."""
    now = service.clock()
    found = await service.read(lambda t: Openings(t).of(session.account))
    return {
        "data": [
            {
                "opening": asked.raw.decode("ascii"),
                "hash": to_base64url(asked.hash),
                "locker": to_base64url(locker),
                "state": asked.state(now).value,
                "opens": write_time(asked.opens),
                "veto": asked.veto.decode("ascii") if asked.veto else None,
            }
            for locker, asked in found
        ]
    }


@router.post("/vetoes", status_code=201, response_model=shown.RecordName)
async def veto_opening(body: NewVeto, session: Owner, service: Running) -> dict[str, str]:
    """Say no to an opening that waits, with any other locker."""
    found = await service.read(lambda t: Accounts(t).locker(session.kid))
    if found is None:
        raise Unauthorised("this device was removed")
    signed = verify(body.veto, Veto, by(found[1].sign_key))
    if signed.record.account != session.account:
        raise Forbidden("this veto is of another account")
    now = service.clock()
    return {"hash": to_base64url(await service.write(lambda t: flow.veto(t, session, signed, now)))}
