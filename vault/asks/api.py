"""Asks over HTTP: a partner puts one to an owner, the owner reads and denies. Granting is in grants."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from anchor.encoding import to_base64url
from anchor.errors import SignatureError
from anchor.records.consent import Ask, verify_denial, verify_periods
from anchor.records.shape import binary
from anchor.records.signed import by, named_kid, verify
from vault import shown, wire
from vault.accounts.store import Accounts
from vault.asks import answers
from vault.asks.flow import accept
from vault.asks.store import DENIED, Asks
from vault.db import Transaction
from vault.errors import Conflict, DomainUnproved, Forbidden, Malformed, NotFound
from vault.grants.store import Grants
from vault.http import LIST_MAX, Owner, Running, cursor, listing
from vault.pairings.store import Pairings
from vault.partners.proof import PROVED
from vault.partners.proofs import DomainProofs
from vault.partners.signature import Party, Signer
from vault.partners.store import Partners
from vault.webhooks.rules import ASK_DENIED
from vault.webhooks.store import Outbox

router = APIRouter(prefix="/v1", tags=["asks"])

OPEN_MAX = 16
"""Asks of one partner that wait for one owner: nobody reads more than that."""

After = Annotated[str | None, Query(max_length=32)]
Limit = Annotated[int, Query(ge=1, le=LIST_MAX)]


class NewAsk(wire.Body):
    """An ask, signed by the partner."""

    ask: wire.Signed


class NewDenial(wire.Body):
    """The owner's no."""

    denial: wire.Signed


@router.post("/asks", status_code=201, response_model=shown.RecordName)
async def put_ask(body: NewAsk, service: Running) -> dict[str, str]:
    """Put an ask to an owner. It is signed, so it needs no other credential."""
    now = service.clock()
    key = await service.partner_key(named_kid(body.ask, Ask))
    if key is None:
        raise SignatureError("the directory knows no partner with this key")
    ask = verify(body.ask, Ask, by(key.public))
    if (ask.record.vault, ask.record.partner, ask.record.currency) != (
        service.settings.origin,
        key.domain,
        service.settings.currency,
    ):
        raise Malformed("an ask names this vault, its currency, and the partner that signs it")
    verify_periods(ask.record)
    if ask.record.expires <= now:
        raise Malformed("this ask has expired")

    def put(transaction: Transaction) -> None:
        if (paired := Pairings(transaction).behind(ask.record.owner)) is None or paired[1] != key.domain:
            raise NotFound("this partner knows no such owner")
        Accounts(transaction).hold(paired[0])
        asks = Asks(transaction)
        if Partners(transaction).key(ask.kid) != key:
            raise SignatureError("this key was rotated away")
        proved = DomainProofs(transaction).of(key.domain).state == PROVED
        if service.settings.domain_proof == "required" and not proved:
            raise DomainUnproved("prove your domain first: docs/spec/domain-proof.md")
        waiting = asks.open_between(paired[0], key.domain, int(now.timestamp()))
        if waiting >= OPEN_MAX and asks.get(ask.hash) is None:
            raise Conflict(f"{OPEN_MAX} asks of yours wait for this owner already")
        accept(transaction, ask, paired[0], now)
        asks.add(ask, paired[0])

    await service.write(put)
    return {"hash": to_base64url(ask.hash)}


@router.get("/asks", response_model=shown.Listing[answers.Ask])
async def list_asks(asker: Party, service: Running, after: After = None, limit: Limit = 50) -> dict[str, Any]:
    """Asks put to the owner, or by the partner, oldest first, each with the directory entries of who asks."""
    account, domain = asker
    now = int(service.clock().timestamp())

    def show(transaction: Transaction) -> dict[str, Any]:
        rows = Asks(transaction).between(
            account=account, partner=domain, after=cursor(after), limit=limit + 1
        )
        partners = {
            domain: wire.texts(Partners(transaction).entries(domain)) for domain in {a.partner for a in rows}
        }
        return listing(
            [
                (
                    put.id,
                    {
                        "ask": put.raw.decode("ascii"),
                        "hash": to_base64url(put.hash),
                        "state": put.state_at(now),
                        "partner": partners[put.partner],
                    },
                )
                for put in rows
            ],
            limit,
        )

    return await service.read(show)


@router.get("/asks/{ask_hash}", response_model=answers.AskAnswer)
async def show_ask(
    ask_hash: Annotated[str, Path(max_length=43)], signer: Signer, service: Running
) -> dict[str, Any]:
    """What became of an ask, for the partner that put it. A denial has no reason."""
    name, now = binary(32).read(ask_hash), int(service.clock().timestamp())

    def show(transaction: Transaction) -> dict[str, Any]:
        put = Asks(transaction).get(name)
        if put is None or put.partner != signer.domain:
            raise NotFound("no such ask")
        return {"state": put.state_at(now), "grant": wire.maybe(Grants(transaction).answering(name))}

    return await service.read(show)


@router.post("/denials", status_code=201, response_model=answers.DeniedAsk)
async def deny_ask(body: NewDenial, session: Owner, service: Running) -> dict[str, str]:
    """Say no. The partner learns that it was denied, not why."""
    denial, now = verify_denial(body.denial), int(service.clock().timestamp())

    def close(transaction: Transaction) -> None:
        asks = Asks(transaction)
        put = asks.get(denial.record.ask)
        if put is None or put.account != session.account:
            raise NotFound("no such ask")
        if Pairings(transaction).behind(denial.kid) != (session.account, put.partner):
            raise Forbidden("a denial is signed with the key that the partner knows the owner by")
        if asks.close(put.hash, DENIED, denial.raw):
            data = {"ask": to_base64url(put.hash)}
            Outbox(transaction).announce(put.partner, ASK_DENIED, data, now)
        elif put.state != DENIED:
            raise Conflict("this ask was answered already")

    await service.write(close)
    return {"ask": to_base64url(denial.record.ask)}
