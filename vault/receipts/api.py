"""Receipts over HTTP: the owner's whole chain with its places opened, statements, and proof files."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import PlainTextResponse

from anchor.encoding import to_base64url
from anchor.exports.cose import to_cose
from anchor.exports.formats import included_of
from anchor.records.shape import binary
from anchor.records.signed import sign
from anchor.records.usage import Statement
from vault import shown, wire
from vault.accounts.store import Accounts
from vault.db import Transaction
from vault.errors import NotFound
from vault.http import LIST_MAX, Owner, Running, cursor, listing
from vault.keyring import log_origin
from vault.log.destination import current_chain
from vault.log.proofs import Place, Proofs
from vault.log.store import Checkpoints
from vault.partners.signature import Party
from vault.payments import ledger
from vault.payments.store import Ledger
from vault.receipts import answers
from vault.receipts.store import Listed, Receipts
from vault.service import Service
from vault.uses.store import Refusals

router = APIRouter(prefix="/v1", tags=["receipts"])

After = Annotated[str | None, Query(max_length=32)]
Limit = Annotated[int, Query(ge=1, le=LIST_MAX)]


@router.get("/receipts", response_model=shown.Listing[answers.Receipt])
async def list_receipts(
    session: Owner, service: Running, after: After = None, limit: Limit = 50
) -> dict[str, Any]:
    """The owner's receipts in the order of her chain."""
    start = cursor(after)

    def show(transaction: Transaction) -> dict[str, Any]:
        rows = Receipts(transaction).of_owner(session.account, start, limit + 1)
        places = _proofs(service, transaction).places([row.hash for row in rows])
        return listing([(row.number, _receipt(row, places[row.hash])) for row in rows], limit)

    return await service.read(show)


def _receipt(listed: Listed, place: Place) -> dict[str, Any]:
    return {
        "receipt": listed.raw.decode("ascii"),
        "use": listed.use_raw.decode("ascii") if listed.use_raw else None,
        "revocation": listed.revocation_raw.decode("ascii") if listed.revocation_raw else None,
        "grant": to_base64url(listed.grant),
        "link": {
            "seq": listed.link.seq,
            "prev": wire.maybe(listed.link.prev),
            "blind": to_base64url(listed.link.blind),
        },
        "entry": None if place.index is None else {"index": place.index},
        "state": place.state,
    }


def _proofs(service: Service, transaction: Transaction) -> Proofs:
    settings = service.settings
    return Proofs(
        transaction,
        log_origin(settings.origin),
        current_chain(transaction),
        settings.witness_keys.split(),
        settings.witness_quorum,
    )


@router.get(
    "/receipts/{receipt}/proof",
    response_class=PlainTextResponse,
    responses=shown.as_it_is("text/plain", "c2sp.org/tlog-proof@v1"),
)
async def show_proof(
    receipt: Annotated[str, Path(max_length=43)], asker: Party, service: Running, anchored: bool = False
) -> PlainTextResponse:
    """The proof file of a receipt, for its owner or its partner to hand to anybody."""
    name = binary(32).read(receipt)

    def show(transaction: Transaction) -> bytes:
        parties = Receipts(transaction).parties(name)
        if parties is None or (asker[0] != parties[0] and asker[1] != parties[1]):
            raise NotFound("no such receipt")
        return bytes(_proofs(service, transaction).of(name, anchored=anchored))

    return PlainTextResponse(await service.read(show))


@router.get(
    "/receipts/{receipt}/cose",
    response_class=Response,
    responses=shown.as_it_is("application/cose", "a COSE receipt of RFC 9942"),
)
async def show_cose_receipt(
    receipt: Annotated[str, Path(max_length=43)], asker: Party, service: Running, anchored: bool = False
) -> Response:
    """The same way into the log as a COSE receipt, which the log's key signs."""
    file = await show_proof(receipt, asker, service, anchored)
    included = included_of(bytes(file.body), await service.trust())
    return Response(to_cose(included, service.keys.log), media_type="application/cose")


@router.post("/statements", status_code=201, response_model=answers.Statement)
async def make_statement(session: Owner, service: Running) -> dict[str, str]:
    """A statement made now: her chain and her balances at the newest checkpoint."""
    now, issuer = service.clock(), service.issuer

    def make(transaction: Transaction) -> bytes:
        Accounts(transaction).hold(session.account)
        receipts, money = Receipts(transaction), Ledger(transaction)
        chain = receipts.lock_owners([session.account])[session.account]
        published = Checkpoints(transaction, log_origin(issuer.origin)).published()
        statement = sign(
            Statement(
                vault=issuer.origin,
                account=session.account,
                log_size=published.size if published else 0,
                receipts=chain.receipts,
                head=chain.head,
                pending=money.balance(ledger.pending(session.account)),
                payable=money.balance(ledger.payable(session.account)),
                leaving=money.balance(ledger.leaving(session.account)),
                paid=money.balance(ledger.paid(session.account)),
                currency=issuer.currency,
                time=now,
            ),
            issuer.key,
        )
        receipts.keep_statement(statement)
        return statement.raw

    return {"statement": (await service.write(make)).decode("ascii")}


@router.get("/refusals", response_model=shown.Listing[answers.Refused])
async def list_refusals(
    session: Owner, service: Running, after: After = None, limit: Limit = 50
) -> dict[str, Any]:
    """Uses that the owner's grants did not allow, counted by the hour, with the time of the newest."""
    start = cursor(after)
    rows = await service.read(lambda t: Refusals(t).of_owner(session.account, start, limit + 1))
    return listing([(row[0], _refusal(*row[1:])) for row in rows], limit)


def _refusal(partner: str, grant: bytes, code: str, count: int, time: int) -> dict[str, Any]:
    seen = {"code": code, "count": count, "time": wire.moment(time)}
    return {"partner": partner, "grant": to_base64url(grant), **seen}
