"""Moving in over HTTP."""

from typing import Any

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from anchor.encoding import to_base64url
from vault import shown, wire
from vault.accounts.rules import LOCKERS_MAX, OLDER_ROOTS
from vault.accounts.store import Locker
from vault.accounts.wording import SECRETS_MAX, SecretName, parameters_of
from vault.arrivals import flow
from vault.arrivals.rules import Moving, verify_arrival, verify_lockers
from vault.http import Owner, Running

router = APIRouter(prefix="/v1", tags=["arrivals"])

CHAIN_MAX = 1024
MANIFESTS_MAX = 100
FIELDS_MAX = 256


class MovingLocker(wire.Body):
    """A locker that stands, as the other vault kept it."""

    kid: wire.Hash
    sealed_root: wire.Small
    root_mac: wire.Small
    parameters: dict[str, str | int] = Field(default_factory=dict, max_length=8)
    finder: wire.Hash | None = None


class NewArrival(wire.Body):
    """An account with everything that opens it."""

    arrival: wire.Signed
    chain: list[wire.Signed] = Field(min_length=1, max_length=CHAIN_MAX)
    lockers: list[MovingLocker] = Field(min_length=1, max_length=LOCKERS_MAX)
    secrets: dict[SecretName, wire.Sealed] = Field(default_factory=dict, max_length=SECRETS_MAX)


class PastManifest(wire.Body):
    """A manifest of the journal; with the newest of an item come its sealed key and fields."""

    manifest: wire.Signed
    key: wire.Small | None = None
    fields: dict[str, wire.Sealed] = Field(default_factory=dict, max_length=FIELDS_MAX)


class PastManifests(wire.Body):
    """Manifests in the order of the journal."""

    manifests: list[PastManifest] = Field(min_length=1, max_length=MANIFESTS_MAX)


@router.post("/arrivals", status_code=201, response_model=shown.AccountName)
async def move_in(body: NewArrival, service: Running, request: Request) -> dict[str, str]:
    """Move in with an account from another vault. A locker that stands signs for it."""
    now, origin = service.clock(), service.settings.origin
    # Nobody proved yet to be anybody: a long chain is paid for by the signature, and nobody waits for it.
    request.state.charge.weight = len(body.chain)
    moving = await run_in_threadpool(verify_arrival, body.arrival, body.chain, origin=origin, now=now)
    verify_lockers(moving, [one.kid for one in body.lockers], roots=OLDER_ROOTS in body.secrets)
    lockers = [(_locker(moving, one), one.finder) for one in body.lockers]
    seconds = int(now.timestamp())
    await service.write(lambda t: flow.move_in(t, moving, lockers, body.secrets, seconds))
    return {"account": to_base64url(moving.arrival.record.account)}


def _locker(moving: Moving, one: MovingLocker) -> Locker:
    entry = moving.standing[one.kid]
    keys = entry.kind, entry.sign_key, entry.sealing_key
    return Locker(one.kid, *keys, one.sealed_root, one.root_mac, parameters_of(one.parameters))


@router.post("/journal", status_code=201, response_model=shown.Journal)
async def bring_journal(body: PastManifests, session: Owner, service: Running) -> dict[str, Any]:
    """Bring the next manifests of the journal that an arrival announced."""
    rows = [
        flow.Past(row.manifest, row.key, {wire.field_key(name): s for name, s in row.fields.items()})
        for row in body.manifests
    ]
    seq, head = await service.write(lambda t: flow.go_on(t, session, rows))
    return {"seq": seq, "head": wire.maybe(head)}
