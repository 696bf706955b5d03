"""A grant's life: it begins with money set aside, and ends with a receipt that closes its chain."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from anchor.encoding import to_base64url
from anchor.records.consent import Ask, Grant, Revocation
from anchor.records.offers import Offer
from anchor.records.signed import Signed, by, sign, verify
from anchor.records.usage import OwnerLink, Receipt, owner_link_of
from vault.accounts.store import Accounts
from vault.asks.store import GRANTED, Asks
from vault.db import Transaction
from vault.errors import Conflict, Forbidden, NotFound
from vault.grants import rules
from vault.grants.standing import EXPIRED, REVOKED, STANDING, SUPERSEDED, Envelope, Standing
from vault.grants.store import Grants
from vault.issuer import Issuer
from vault.offers.store import OPEN, Offers, Published
from vault.pairings.store import Pairings
from vault.partners.store import Partners
from vault.payments import ledger
from vault.payments.store import Ledger
from vault.receipts.store import Receipts, Written
from vault.webhooks import rules as told
from vault.webhooks.store import Outbox

LAPSES_MAX = 500
LATE = timedelta(minutes=5)
"""A grant is shut this long after its end: the clocks of two processes may differ."""


@dataclass(frozen=True, slots=True)
class NewGrant:
    """A grant as the owner's device hands it over: the shares of its key, and what it opens."""

    grant: Signed[Grant]
    keys: tuple[bytes, ...]
    envelopes: tuple[Envelope, ...]


def give(transaction: Transaction, account: bytes, new: NewGrant, issuer: Issuer, now: datetime) -> None:
    """Let a grant stand: within the ask, with the partner's money set aside.

    Raises:
        VaultError: and then nothing is kept. InsufficientFunds if the partner can't pay.
    """
    grants, grant = Grants(transaction), new.grant.record
    if grants.exists(new.grant.hash):
        return
    if Pairings(transaction).behind(new.grant.kid) != (account, grant.partner):
        raise Forbidden("a grant is signed with the key that the partner knows the owner by")
    if grants.version_exists(grant):
        raise Conflict("a grant of this id and version exists")
    house = rules.HouseTerms(issuer.origin, issuer.currency, issuer.fee)
    rules.verify_terms(grant, Partners(transaction).newest(grant.partner).record, house, now)
    before = _version_before(grants, account, grant)
    Accounts(transaction).hold(account)
    rules.verify_next_version(grant, before)
    answered = _answered(transaction, account, new.grant, before, now)
    rules.verify_within_ask(grant, answered)
    if before is not None:
        _end(transaction, before, SUPERSEDED, new.grant.hash, now)
    grants.add(new.grant, account, new.keys, rules.reserved(grant))
    _reserve(transaction, new.grant, _payer(new.grant, answered, before), now)
    add_envelopes(transaction, account, new.grant.hash, new.envelopes)
    _announce(transaction, new.grant, now)


def _announce(transaction: Transaction, grant: Signed[Grant], now: datetime) -> None:
    record = grant.record
    kind = told.ASK_GRANTED if record.ask and record.prev is None else told.GRANT_GIVEN
    data = {"grant": to_base64url(grant.hash), "ask": _named(record.ask), "prev": _named(record.prev)}
    Outbox(transaction).announce(record.partner, kind, data, int(now.timestamp()))


def _named(hash_: bytes | None) -> str | None:
    return None if hash_ is None else to_base64url(hash_)


def _answered(
    transaction: Transaction, account: bytes, grant: Signed[Grant], before: Standing | None, now: datetime
) -> Ask | Offer | None:
    """What the partner proposed: an open ask or offer, or the one that the version before answered."""
    if grant.record.ask is None:
        return None
    offer = Offers(transaction).get(grant.record.ask)
    if offer is not None and offer.partner == grant.record.partner:
        return _answered_offer(transaction, account, offer, before, now)
    return _answered_ask(transaction, account, grant, before, now)


def _answered_offer(
    transaction: Transaction, account: bytes, offer: Published, before: Standing | None, now: datetime
) -> Offer:
    if before and before.grant.record.ask == offer.hash:
        return offer.record
    if offer.state_at(int(now.timestamp())) != OPEN:
        raise Conflict("this offer has ended")
    if Offers(transaction).was_answered(account, offer.hash):
        raise Conflict("an owner answers an offer once, and changes her answer by versions")
    return offer.record


def _answered_ask(
    transaction: Transaction, account: bytes, grant: Signed[Grant], before: Standing | None, now: datetime
) -> Ask:
    if grant.record.ask is None:
        raise NotFound("no such ask")
    asks = Asks(transaction)
    put = asks.get(grant.record.ask)
    if put is None or (put.account, put.partner) != (account, grant.record.partner):
        raise NotFound("no such ask")
    ask = asks.read(put)
    if ask.owner != grant.kid:
        raise Forbidden("this ask was put to another key of the owner")
    if before and before.grant.record.ask == put.hash:
        return ask
    if put.state_at(int(now.timestamp())) != "open" or not asks.close(put.hash, GRANTED):
        raise Conflict("this ask was answered already, or has expired")
    return ask


def _version_before(grants: Grants, account: bytes, grant: Grant) -> Standing | None:
    if grant.prev is None:
        return None
    before = grants.lock([grant.prev]).get(grant.prev)
    if before is None or before.account != account or before.state != STANDING:
        raise Conflict("the version this grant follows does not stand")
    return before


def _payer(grant: Signed[Grant], answered: Ask | Offer | None, before: Standing | None) -> str:
    """Whose money is set aside: the campaign's; for a later version the funds', where it came back to."""
    is_first = before is None or before.grant.record.ask != grant.record.ask
    if isinstance(answered, Offer) and is_first and grant.record.ask:
        return ledger.campaign(grant.record.ask)
    return ledger.funding(grant.record.partner)


def _reserve(transaction: Transaction, grant: Signed[Grant], payer: str, now: datetime) -> None:
    amount, partner = rules.reserved(grant.record), grant.record.partner
    if amount:
        transfer = ledger.Transfer("reserve", grant.hash, payer, ledger.escrow(grant.hash), amount)
        Ledger(transaction).move([transfer], int(now.timestamp()))
        if payer != ledger.funding(partner):
            return
        left, outbox = Ledger(transaction).balance(ledger.funding(partner)), Outbox(transaction)
        if outbox.fell_low(partner, left + amount, left):
            outbox.announce(partner, told.BALANCE_LOW, {"funding": left}, int(now.timestamp()))


def lapse(transaction: Transaction, now: datetime, most: int = LAPSES_MAX) -> int:
    """Shut grants whose time is over, at most so many; how many there were.

    Their chains are not closed: the owner may still revoke, to have what was opened erased.
    """
    grants = Grants(transaction)
    over = grants.ended(int((now - LATE).timestamp()), most)
    for standing in grants.lock(over).values():
        if standing.state == STANDING:
            _end(transaction, standing, EXPIRED, standing.grant.hash, now)
            data = {"grant": to_base64url(standing.grant.hash)}
            partner = standing.grant.record.partner
            Outbox(transaction).announce(partner, told.GRANT_EXPIRED, data, int(now.timestamp()))
    return len(over)


def _end(transaction: Transaction, standing: Standing, state: str, cause: bytes, now: datetime) -> None:
    """Shut a grant: no key or envelope is left to hand out, and the rest of its money goes back."""
    grant, left = standing.grant, standing.escrow
    standing.state, standing.escrow = state, 0
    grants = Grants(transaction)
    grants.move([standing])
    grants.shut(grant.hash)
    if left:
        kind = "lapse" if state == EXPIRED else "return"
        transfer = ledger.Transfer(
            kind, cause, ledger.escrow(grant.hash), ledger.funding(grant.record.partner), left
        )
        Ledger(transaction).move([transfer], int(now.timestamp()))


def revoke(
    transaction: Transaction, account: bytes, raw: bytes, grant_hash: bytes, issuer: Issuer, now: datetime
) -> bytes:
    """Take a grant back: from here on nothing is opened, and the chain's last receipt says so.

    Raises:
        NotFound: if the owner gave no such grant.
        Conflict: if it does not stand any more, by another revocation or a newer version.
        SignatureError: if the grant's own key did not sign.
    """
    grants = Grants(transaction)
    standing = grants.lock([grant_hash]).get(grant_hash)
    if standing is None or standing.account != account:
        raise NotFound("no such grant")
    revocation = verify(raw, Revocation, by(standing.grant.record.owner_key))
    if (given := Receipts(transaction).closing(grant_hash)) and grants.revoked_by(
        grant_hash
    ) == revocation.hash:
        return given
    if standing.state not in (STANDING, EXPIRED):
        raise Conflict("this grant does not stand any more")
    grants.keep_revocation(revocation, int(now.timestamp()))
    receipt = _close(transaction, standing, revocation, issuer, now)
    _end(transaction, standing, REVOKED, revocation.hash, now)
    data = {"grant": to_base64url(grant_hash), "receipt": to_base64url(receipt.hash)}
    partner = standing.grant.record.partner
    Outbox(transaction).announce(partner, told.GRANT_REVOKED, data, int(now.timestamp()))
    return receipt.raw


def _close(
    transaction: Transaction,
    standing: Standing,
    revocation: Signed[Revocation],
    issuer: Issuer,
    now: datetime,
) -> Signed[Receipt]:
    receipts = Receipts(transaction)
    owner = receipts.lock_owners([standing.account])[standing.account]
    link = OwnerLink(owner.receipts + 1, owner.head, secrets.token_bytes(32))
    grant = standing.grant
    receipt = sign(
        Receipt(
            vault=issuer.origin,
            grant=grant.hash,
            use=None,
            revocation=revocation.hash,
            partner=grant.record.partner,
            purpose=None,
            opened=(),
            price=0,
            fee=0,
            currency=grant.record.currency,
            seq=standing.seq + 1,
            prev=standing.head,
            owner_link=owner_link_of(link),
            time=now,
        ),
        issuer.key,
    )
    standing.seq, standing.head = receipt.record.seq, receipt.hash
    owner.receipts, owner.head = link.seq, receipt.hash
    receipts.append([Written(receipt, standing.account, link, None)], [owner])
    return receipt


def add_envelopes(
    transaction: Transaction, account: bytes, grant: bytes, envelopes: Sequence[Envelope]
) -> None:
    """Let a standing grant open more items, of the owner's own and in their newest version.

    Raises:
        NotFound: if the owner gave no such grant, or it does not stand.
        Conflict: if an item is not hers, or was written anew since.
    """
    grants = Grants(transaction)
    grants.lock([grant])
    Receipts(transaction).lock_owners([account])
    if not grants.stands(grant, account):
        raise NotFound("no such grant stands")
    grants.keep_envelopes([(grant, envelope) for envelope in grants.measured(account, envelopes)])
