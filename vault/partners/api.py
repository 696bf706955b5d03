"""The partner directory over HTTP: entries are added by their own signatures, and read by everybody."""

from typing import Annotated, Any

from fastapi import APIRouter, Path

from anchor.keys import kid_of
from anchor.records.parties import Partner, verify_next_entry, verify_partner
from anchor.records.signed import Signed, unverified
from vault import wire
from vault.db import Transaction
from vault.errors import Forbidden, NotFound
from vault.http import Running
from vault.partners import answers
from vault.partners.proofs import DomainProof, DomainProofs
from vault.partners.signature import Signer
from vault.partners.store import Partners
from vault.payments import ledger
from vault.payments.store import Ledger

router = APIRouter(prefix="/v1", tags=["partners"])


class NewEntry(wire.Body):
    """A directory entry, signed by the partner."""

    entry: wire.Signed


@router.post("/partners", status_code=201, response_model=answers.PartnerEntries)
async def add_partner_entry(body: NewEntry, service: Running) -> dict[str, Any]:
    """Add a partner, or change its keys. An entry sent again is the entry."""
    now = int(service.clock().timestamp())

    def add(transaction: Transaction) -> list[bytes]:
        partners = Partners(transaction)
        entries = _entries(partners, body.entry)
        if entries and entries[-1].raw == body.entry:
            return [entry.raw for entry in entries]
        entry = verify_next_entry(body.entry, entries)
        partners.add(entry, kid_of(entry.record.sign_key))
        DomainProofs(transaction).ask_again(entry.record.partner, now)
        return [*(one.raw for one in entries), entry.raw]

    return {"entries": wire.texts(await service.write(add))}


def _entries(partners: Partners, raw: bytes) -> list[Signed[Partner]]:
    """The history that the entry says it continues."""
    try:
        return list(verify_partner(partners.entries(unverified(raw, Partner).partner)))
    except NotFound:
        return []


@router.get("/partners/{domain}", response_model=answers.Partner)
async def show_partner(domain: Annotated[wire.Domain, Path()], service: Running) -> dict[str, Any]:
    """A partner's entries, oldest first, and whether its domain shows that they are its own."""

    def show(transaction: Transaction) -> dict[str, Any]:
        entries = wire.texts(Partners(transaction).entries(domain))
        return {"entries": entries, "proof": _proof(DomainProofs(transaction).of(domain))}

    return await service.read(show)


def _proof(found: DomainProof) -> dict[str, Any]:
    return {
        "state": found.state,
        "seen": None if found.seen is None else wire.moment(found.seen),
        "checked": None if found.checked is None else wire.moment(found.checked),
        "error": found.error,
        "way": found.way,
    }


@router.post("/partners/{domain}/proofs", status_code=202, response_model=answers.DomainProof)
async def prove_domain(
    domain: Annotated[wire.Domain, Path()], signer: Signer, service: Running
) -> dict[str, Any]:
    """Have the domain's file looked at, within seconds; the answer is what was known before."""
    if signer.domain != domain:
        raise Forbidden("a partner proves its own domain")
    now = int(service.clock().timestamp())

    def ask(transaction: Transaction) -> DomainProof:
        proofs = DomainProofs(transaction)
        proofs.ask(domain, now)
        return proofs.of(domain)

    return _proof(await service.write(ask))


@router.get("/balance", response_model=answers.Balance)
async def show_balance(signer: Signer, service: Running) -> dict[str, Any]:
    """What a partner has left to reserve, and what its grants hold."""

    def show(transaction: Transaction) -> dict[str, Any]:
        return {
            "funding": Ledger(transaction).balance(ledger.funding(signer.domain)),
            "escrow": Ledger(transaction).escrow_of(signer.domain),
            "currency": service.settings.currency,
        }

    return await service.read(show)
