"""After the use, over HTTP: demands, attestations, reports, and a partner's public record."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from anchor.encoding import to_base64url
from anchor.errors import FormatError
from anchor.records.afterwards import Attestation, Report
from anchor.records.shape import DOMAIN
from vault import shown, wire
from vault.afterwards import answers, flow
from vault.afterwards.store import Afterwards, Demanded
from vault.db import Transaction
from vault.errors import Malformed, NotFound
from vault.http import LIST_MAX, Owner, Running, cursor, listing
from vault.partners.credential import signed_by_partner, verify_newest
from vault.partners.signature import Party
from vault.partners.store import Partners

router = APIRouter(prefix="/v1", tags=["afterwards"])

After = Annotated[str | None, Query(max_length=32)]
Limit = Annotated[int, Query(ge=1, le=LIST_MAX)]


class NewDemand(wire.Body):
    """The owner wants erased what was opened under a grant that has ended."""

    demand: wire.Signed


class NewAttestation(wire.Body):
    """The partner erased it."""

    attestation: wire.Signed


class NewReport(wire.Body):
    """What the partner did with what a use opened."""

    report: wire.Signed


@router.post("/demands", status_code=201, response_model=shown.RecordName)
async def demand_erasure(body: NewDemand, session: Owner, service: Running) -> dict[str, str]:
    """Demand that what was opened under a grant is erased. One for each grant that has ended."""
    now = service.clock()
    name = await service.write(lambda t: flow.demand(t, session.account, body.demand, now))
    return {"hash": to_base64url(name)}


@router.get("/demands", response_model=shown.Listing[answers.Demand])
async def list_demands(
    asker: Party, service: Running, after: After = None, limit: Limit = 50
) -> dict[str, Any]:
    """The demands an owner made, or those made to a partner, oldest first."""
    account, domain = asker
    start, now = cursor(after), int(service.clock().timestamp())
    rows = await service.read(
        lambda t: Afterwards(t).between(account=account, partner=domain, after=start, limit=limit + 1)
    )
    return listing([(row.id, _shown(row, now)) for row in rows], limit)


def _shown(demanded: Demanded, now: int) -> dict[str, Any]:
    return {
        "demand": demanded.raw.decode("ascii"),
        "hash": to_base64url(demanded.hash),
        "grant": to_base64url(demanded.grant),
        "state": demanded.state_at(now),
        "attestation": demanded.attestation.decode("ascii") if demanded.attestation else None,
    }


@router.post("/attestations", status_code=201, response_model=shown.RecordName)
async def attest_erasure(body: NewAttestation, service: Running) -> dict[str, str]:
    """Attest that what a demand names was erased. It is signed, so it needs no other credential."""
    attestation, key = await signed_by_partner(body.attestation, Attestation, service)
    if attestation.record.partner != key.domain:
        raise Malformed("an attestation names the partner that signs it")
    now = service.clock()

    def keep(transaction: Transaction) -> None:
        verify_newest(transaction, attestation.kid, key)
        flow.attest(transaction, attestation, key.domain, now)

    await service.write(keep)
    return {"hash": to_base64url(attestation.hash)}


@router.post("/reports", status_code=201, response_model=shown.RecordName)
async def report_use(body: NewReport, service: Running) -> dict[str, str]:
    """Report what was done with what a use opened. It is signed, so it needs no other credential."""
    report, key = await signed_by_partner(body.report, Report, service)
    if report.record.partner != key.domain:
        raise Malformed("a report names the partner that signs it")

    def keep(transaction: Transaction) -> None:
        verify_newest(transaction, report.kid, key)
        flow.report(transaction, report)

    await service.write(keep)
    return {"hash": to_base64url(report.hash)}


@router.get("/reports", response_model=shown.Listing[answers.Report])
async def list_reports(
    session: Owner, service: Running, after: After = None, limit: Limit = 50
) -> dict[str, Any]:
    """What partners say they did with what they opened of this owner's, oldest first."""
    start = cursor(after)
    rows = await service.read(lambda t: Afterwards(t).reports_to(session.account, start, limit + 1))
    told = [(row[0], {"hash": to_base64url(row[1]), "report": row[2].decode("ascii")}) for row in rows]
    return listing(told, limit)


@router.get("/partners/{domain}/record", response_model=answers.PartnerRecord)
async def show_record(domain: Annotated[str, Path(max_length=253)], service: Running) -> dict[str, Any]:
    """How a partner has behaved here, in numbers, for everybody; at most ten seconds old."""
    try:
        name: str = DOMAIN.read(domain)
    except FormatError as error:
        raise NotFound("no such partner") from error
    now = int(service.clock().timestamp())

    def show(transaction: Transaction) -> dict[str, Any]:
        if not Partners(transaction).entries(name):
            raise NotFound("no such partner")
        return {"partner": name, **Afterwards(transaction).record_of(name, now)}

    return await service.partner_records.get(name, lambda: service.read(show))
