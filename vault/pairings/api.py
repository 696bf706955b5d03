"""Pairings over HTTP."""

from typing import Any

from fastapi import APIRouter

from anchor.encoding import to_base64url
from anchor.keys import verify_public_key
from anchor.records.parties import Pairing
from anchor.records.signed import verify
from vault import shown, wire
from vault.accounts.store import Accounts
from vault.db import Transaction
from vault.errors import Forbidden
from vault.http import Owner, Running
from vault.pairings import answers
from vault.pairings.store import Pairings

router = APIRouter(prefix="/v1", tags=["accounts"])


class NewPairing(wire.Body):
    """The owner's key for one partner."""

    pairing: wire.Signed


@router.post("/pairings", status_code=201, response_model=shown.PairingName)
async def add_pairing(body: NewPairing, session: Owner, service: Running) -> dict[str, str]:
    """Register the key by which one partner knows this owner."""
    pairing = verify(body.pairing, Pairing, lambda _kid, record: verify_public_key(record.owner_key))
    if pairing.record.account != session.account:
        raise Forbidden("this pairing is of another account")

    def add(transaction: Transaction) -> None:
        Accounts(transaction).hold(session.account)
        Pairings(transaction).add(pairing.kid, pairing)

    await service.write(add)
    return {"kid": to_base64url(pairing.kid)}


@router.get("/pairings", response_model=shown.Whole[answers.Pairing])
async def list_pairings(session: Owner, service: Running) -> dict[str, Any]:
    """The owner's pairings, which her devices could also derive."""
    rows = await service.read(lambda t: Pairings(t).of_owner(session.account))
    return {
        "data": [
            {"partner": partner, "kid": to_base64url(kid), "pairing": raw.decode("ascii")}
            for partner, kid, raw in rows
        ]
    }
