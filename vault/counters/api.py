"""Counter-offers over HTTP: made by owners, listed for both sides, refused by partners. An ask accepts."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from anchor.encoding import to_base64url
from anchor.records.offers import verify_counter
from anchor.records.shape import binary
from vault import shown, wire
from vault.counters import answers, flow
from vault.counters.store import Counters, Made
from vault.errors import Malformed
from vault.http import LIST_MAX, Owner, Running, cursor, listing
from vault.partners.signature import Party, Signer

router = APIRouter(prefix="/v1", tags=["counters"])

After = Annotated[str | None, Query(max_length=32)]
Limit = Annotated[int, Query(ge=1, le=LIST_MAX)]


class NewCounter(wire.Body):
    """What the owner would agree to instead."""

    counter: wire.Signed


@router.post("/counters", status_code=201, response_model=shown.RecordName)
async def make_counter(body: NewCounter, session: Owner, service: Running) -> dict[str, str]:
    """Answer an ask or an offer with other terms. There is one step."""
    counter, now = verify_counter(body.counter), service.clock()
    if counter.record.vault != service.settings.origin or counter.record.expires <= now:
        raise Malformed("a counter-offer names this vault, and expires in the future")
    await service.write(lambda t: flow.make(t, session.account, counter, now))
    return {"hash": to_base64url(counter.hash)}


@router.get("/counters", response_model=shown.Listing[answers.Counter])
async def list_counters(
    asker: Party, service: Running, after: After = None, limit: Limit = 50
) -> dict[str, Any]:
    """The counter-offers an owner made, or those made to a partner, oldest first."""
    account, domain = asker
    start, now = cursor(after), int(service.clock().timestamp())
    rows = await service.read(
        lambda t: Counters(t).between(account=account, partner=domain, after=start, limit=limit + 1)
    )
    return listing([(row.id, _shown(row, now)) for row in rows], limit)


def _shown(made: Made, now: int) -> dict[str, Any]:
    return {
        "counter": made.raw.decode("ascii"),
        "hash": to_base64url(made.hash),
        "state": made.state_at(now),
        "ask": wire.maybe(made.accepted_by),
    }


@router.post("/counters/{counter}/refusal", status_code=204)
async def refuse_counter(
    counter: Annotated[str, Path(max_length=43)], signer: Signer, service: Running
) -> None:
    """Say no to a counter-offer, as the partner it was made to."""
    name = binary(32).read(counter)
    await service.write(lambda t: flow.refuse(t, signer.domain, name))
