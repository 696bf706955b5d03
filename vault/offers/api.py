"""Offers over HTTP: published and withdrawn by their partner's signature, listed for everybody."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from anchor.encoding import to_base64url
from anchor.records.consent import verify_periods
from anchor.records.offers import Offer, Withdrawal
from anchor.records.shape import binary
from vault import shown, wire
from vault.db import Transaction
from vault.errors import Malformed, NotFound
from vault.http import LIST_MAX, Running, cursor, listing
from vault.offers import answers, flow
from vault.offers.store import Offers, Published
from vault.partners.credential import signed_by_partner, verify_newest
from vault.partners.store import Partners
from vault.payments import ledger
from vault.payments.store import Ledger

router = APIRouter(prefix="/v1", tags=["offers"])

After = Annotated[str | None, Query(max_length=32)]
Limit = Annotated[int, Query(ge=1, le=LIST_MAX)]
Name = Annotated[str, Path(max_length=43)]


class NewOffer(wire.Body):
    """An offer, signed by the partner."""

    offer: wire.Signed


class NewWithdrawal(wire.Body):
    """The partner takes an offer back."""

    withdrawal: wire.Signed


@router.post("/offers", status_code=201, response_model=shown.RecordName)
async def publish_offer(body: NewOffer, service: Running) -> dict[str, str]:
    """Publish an offer; campaign and pool are set aside. It is signed, so it needs no other credential."""
    offer, key = await signed_by_partner(body.offer, Offer, service)
    record, now = verify_periods(offer.record), service.clock()
    if (record.vault, record.partner, record.currency) != (
        service.settings.origin,
        key.domain,
        service.settings.currency,
    ):
        raise Malformed("an offer names this vault, its currency, and the partner that signs it")
    if record.expires <= now:
        raise Malformed("this offer has expired")

    def put(transaction: Transaction) -> None:
        verify_newest(transaction, offer.kid, key)
        flow.publish(transaction, offer, now)

    await service.write(put)
    return {"hash": to_base64url(offer.hash)}


@router.get("/offers", response_model=shown.Listing[answers.Offer])
async def list_offers(service: Running, after: After = None, limit: Limit = 50) -> dict[str, Any]:
    """All that can be answered now, oldest first. Whoever asks, the list is the same: devices choose."""
    now = int(service.clock().timestamp())

    def show(transaction: Transaction) -> dict[str, Any]:
        rows = Offers(transaction).open_at(now, cursor(after), limit + 1)
        return listing([(row.id, _shown(transaction, row, now)) for row in rows], limit)

    return await service.read(show)


@router.get("/offers/{offer}", response_model=answers.Offer)
async def show_offer(offer: Name, service: Running) -> dict[str, Any]:
    """One offer, also when it has ended."""
    name, now = binary(32).read(offer), int(service.clock().timestamp())

    def show(transaction: Transaction) -> dict[str, Any]:
        found = Offers(transaction).get(name)
        if found is None:
            raise NotFound("no such offer")
        return _shown(transaction, found, now)

    return await service.read(show)


def _shown(transaction: Transaction, offer: Published, now: int) -> dict[str, Any]:
    return {
        "offer": offer.raw.decode("ascii"),
        "hash": to_base64url(offer.hash),
        "state": offer.state_at(now),
        "left": Ledger(transaction).balance(ledger.campaign(offer.hash)),
        "partner": wire.texts(Partners(transaction).entries(offer.partner)),
    }


@router.post("/withdrawals", status_code=201, response_model=shown.RecordName)
async def withdraw_offer(body: NewWithdrawal, service: Running) -> dict[str, str]:
    """Take an offer back: what is left of its campaign goes back to the partner's funds."""
    withdrawal, key = await signed_by_partner(body.withdrawal, Withdrawal, service)
    now = service.clock()

    def put(transaction: Transaction) -> None:
        verify_newest(transaction, withdrawal.kid, key)
        found = Offers(transaction).get(withdrawal.record.offer)
        flow.withdraw(transaction, flow.verify_of(withdrawal, found, key.domain), withdrawal, now)

    await service.write(put)
    return {"hash": to_base64url(withdrawal.hash)}
