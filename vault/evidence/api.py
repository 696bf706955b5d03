"""Evidence logs over HTTP: open one, admit members, put evidence on record, and hand out its proof.

Logs are public, in the layout of c2sp.org/tlog-tiles and as JSON for a page that shows them: hashes and
who wrote, never a label or a digest. A proof goes to the members of its log.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import PlainTextResponse
from pydantic import Field

from anchor.encoding import to_base64url
from anchor.merkle import EMPTY_ROOT
from anchor.records.shape import binary
from anchor.tiles import narrow, parse_tile_path, tile_width
from vault import shown, wire
from vault.db import Transaction
from vault.errors import Conflict, NotFound
from vault.evidence import answers, flow
from vault.evidence.store import Entry, EvidenceLog, EvidenceLogs, EvidenceTiles, Heads
from vault.http import LIST_MAX, Running, cursor, listing
from vault.keyring import log_origin
from vault.log.destination import current_chain
from vault.log.served import FOR_EVER, FOR_NOW, TilePath
from vault.log.store import AnchorRecords, Checkpoints
from vault.partners.signature import Signer
from vault.service import Service

router = APIRouter(tags=["evidence"])

LOGS_MAX = 16
"""Logs of one tenant."""
BATCH_MAX = 100
"""Pieces of evidence in one request: one transaction."""

Name = Annotated[str, Path(pattern="^[a-z0-9][a-z0-9-]{0,62}$")]
After = Annotated[str | None, Query(max_length=32)]
Limit = Annotated[int, Query(ge=1, le=LIST_MAX)]


class NewLog(wire.Body):
    """A log of the tenant's own, under a name nobody has."""

    name: str = Field(pattern="^[a-z0-9][a-z0-9-]{0,62}$", examples=["harbour"])


class NewMembership(wire.Body):
    """An admission or a removal, signed by the tenant."""

    membership: wire.Signed


class NewEvidence(wire.Body):
    """Records of evidence, each signed by the member that has it."""

    evidence: list[wire.Signed] = Field(min_length=1, max_length=BATCH_MAX)


@router.post("/v1/evidence/logs", status_code=201, response_model=answers.EvidenceLog)
async def open_log(body: NewLog, signer: Signer, service: Running) -> dict[str, Any]:
    """Open a log, whose tenant is the partner that asks, and its first member. Again, it is the log."""
    now = service.clock()

    def open_it(transaction: Transaction) -> dict[str, Any]:
        logs = EvidenceLogs(transaction)
        if logs.of_tenant(signer.domain) >= LOGS_MAX and not _held(logs, body.name, signer.domain):
            raise Conflict(f"a tenant has {LOGS_MAX} logs at most")
        fresh = logs.open(body.name, signer.domain, EMPTY_ROOT, int(now.timestamp()))
        log = logs.named(body.name)
        if log.tenant != signer.domain:
            raise Conflict("another tenant has a log of this name")
        if fresh:
            logs.admit(log, signer.domain, int(now.timestamp()))
        return _shown(service, log)

    return await service.write(open_it)


def _held(logs: EvidenceLogs, name: str, tenant: str) -> bool:
    try:
        return logs.named(name).tenant == tenant
    except NotFound:
        return False


@router.get("/v1/evidence/logs", response_model=shown.Listing[answers.EvidenceLog])
async def list_logs(service: Running, after: After = None, limit: Limit = 50) -> dict[str, Any]:
    """Every evidence log of this vault, in the order they were opened."""
    start = cursor(after)
    found = await service.read(lambda t: EvidenceLogs(t).all(start, limit + 1))
    return listing([(log.id, _shown(service, log)) for log in found], limit)


@router.get("/v1/evidence/logs/{name}", response_model=answers.EvidenceLogPage)
async def show_log(name: Name, service: Running) -> dict[str, Any]:
    """One log: its members, its newest checkpoint, and how far that came."""

    def show(transaction: Transaction) -> dict[str, Any]:
        logs = EvidenceLogs(transaction)
        log = logs.named(name)
        head = Heads(transaction).newest(log)
        placed = head.position if head else None
        return {
            **_shown(service, log),
            "members": logs.members(log),
            "checkpoint": head.note.decode() if head else None,
            "head": head.head.decode() if head else None,
            "state": _state(service, transaction, placed),
        }

    return await service.read(show)


@router.get("/v1/evidence/logs/{name}/entries", response_model=shown.Listing[answers.EvidenceEntry])
async def list_entries(
    name: Name, service: Running, after: After = None, limit: Limit = 50
) -> dict[str, Any]:
    """The entries of a log in their order: who wrote when, and the record's hash."""
    start = cursor(after)

    def show(transaction: Transaction) -> dict[str, Any]:
        logs = EvidenceLogs(transaction)
        rows = logs.entries(logs.named(name), start, limit + 1)
        return listing([(row.position + 1, _entry(row)) for row in rows], limit)

    return await service.read(show)


@router.post("/v1/evidence/members", status_code=201, response_model=answers.EvidenceEntry)
async def change_members(body: NewMembership, service: Running) -> dict[str, Any]:
    """Admit a partner to a log, or remove it. The record is its own credential, and an entry of the log."""
    vault, now = service.settings.origin, service.clock()
    entry = await service.write(lambda t: flow.change_members(t, vault, body.membership, now))
    return _entry(entry)


@router.post("/v1/evidence", status_code=201, response_model=shown.Whole[answers.EvidenceEntry])
async def put_on_record(body: NewEvidence, service: Running) -> dict[str, Any]:
    """Put evidence on record: all of it, or nothing. A record sent again keeps its place."""
    vault, now = service.settings.origin, service.clock()

    def put(transaction: Transaction) -> list[Entry]:
        return [flow.put_on_record(transaction, vault, raw, now) for raw in body.evidence]

    return {"data": [_entry(entry) for entry in await service.write(put)]}


@router.get(
    "/v1/evidence/{evidence}/proof",
    response_class=PlainTextResponse,
    responses=shown.as_it_is("text/plain", "c2sp.org/tlog-proof@v1"),
)
async def show_evidence_proof(
    evidence: Annotated[str, Path(max_length=43)], signer: Signer, service: Running, anchored: bool = False
) -> PlainTextResponse:
    """The proof file of a piece of evidence, for a member of its log to hand to anybody."""
    record = binary(32).read(evidence)

    def show(transaction: Transaction) -> bytes:
        logs = EvidenceLogs(transaction)
        entry = logs.entry(record)
        if entry is None or signer.domain not in logs.members(logs.by_id(entry.log)):
            raise NotFound("there is no such evidence")
        return bytes(_proofs(service, transaction).of(record, anchored=anchored))

    return PlainTextResponse(await service.read(show))


@router.get(
    "/evidence/{name}/checkpoint",
    response_class=Response,
    responses=shown.as_it_is("text/plain", "vault.example/evidence/harbour\n12\nAAAA…\n\n— vault…\n"),
)
async def show_evidence_checkpoint(name: Name, service: Running) -> Response:
    """The newest checkpoint of an evidence log, a C2SP signed note; 404 before the first."""
    head = await service.read(lambda t: Heads(t).newest(EvidenceLogs(t).named(name)))
    if head is None:
        raise NotFound("this log has no checkpoint yet")
    return Response(head.note, media_type="text/plain; charset=utf-8", headers=FOR_NOW)


@router.get(
    "/evidence/{name}/tile/{path:path}",
    response_class=Response,
    responses=shown.as_it_is("application/octet-stream", "the hashes of a tile, 32 bytes each"),
)
async def show_evidence_tile(name: Name, service: Running, path: TilePath) -> Response:
    """A tile of an evidence log, or a bundle of its entries."""
    tile, width = parse_tile_path(f"tile/{path}")

    def show(transaction: Transaction) -> bytes:
        log = EvidenceLogs(transaction).named(name)
        head = Heads(transaction).newest(log)
        if width > tile_width(tile, head.size if head else 0):
            raise NotFound("the published log does not reach that tile")
        return narrow(tile, EvidenceTiles(transaction, log).tile(tile), width)

    data = await service.read(show)
    return Response(data, media_type="application/octet-stream", headers=FOR_EVER)


def _shown(service: Service, log: EvidenceLog) -> dict[str, Any]:
    origin = flow.origin_of(service.settings.origin, log.name)
    key = flow.log_key(service.keys, origin).verifier.vkey
    return {"name": log.name, "log": origin, "key": key, "tenant": log.tenant, "size": log.size}


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "index": entry.position,
        "kind": entry.noun,
        "partner": entry.partner,
        "record": to_base64url(entry.hash),
        "time": wire.moment(entry.time),
    }


def _proofs(service: Service, transaction: Transaction) -> flow.EvidenceProofs:
    settings, anchors = service.settings, AnchorRecords(transaction, current_chain(transaction))
    origin, witnesses = log_origin(settings.origin), tuple(settings.witness_keys.split())
    return flow.EvidenceProofs(
        transaction, settings.origin, origin, anchors, witnesses, settings.witness_quorum
    )


def _state(service: Service, transaction: Transaction, position: int | None) -> str:
    origin = log_origin(service.settings.origin)
    if position is None or position >= Checkpoints(transaction, origin).published_size():
        return "recorded"
    anchored = AnchorRecords(transaction, current_chain(transaction)).newest_size()
    return "anchored" if position < anchored else "committed"
