"""A dispute holds back what a receipt brought; a decision moves it on. The receipt stays as it is."""

from dataclasses import dataclass
from datetime import datetime

from anchor.encoding import to_base64url
from anchor.errors import SignatureError
from anchor.records.disputes import Decision, Dispute
from anchor.records.signed import Signed, by, named_kid, sign, unverified, verify
from vault.db import Transaction
from vault.disputes import rules
from vault.disputes.store import Disputable, Disputes
from vault.errors import Conflict, Malformed, NotFound
from vault.issuer import Issuer
from vault.partners.store import Partners
from vault.payments import ledger
from vault.payments.release import hold_releases
from vault.payments.store import Ledger
from vault.webhooks.rules import DISPUTE_DECIDED, DISPUTE_OPENED
from vault.webhooks.store import Outbox


@dataclass(frozen=True, slots=True)
class Terms:
    """What the operator decided: micros of the owner's share and of the fee that go back, and why."""

    dispute: bytes
    share: int
    fee: int
    reason: str


def put(transaction: Transaction, raw: bytes, issuer: Issuer, now: datetime) -> bytes:
    """Take a dispute, and hold back what its receipt brought; its hash. The same one again changes nothing.

    Raises:
        NotFound: if there is no such receipt for a use.
        SignatureError: if neither side of its grant signed.
        Conflict: if the receipt is disputed already, or what it brought is payable.
    """
    disputes = Disputes(transaction)
    released = hold_releases(transaction)
    about = disputes.disputable(unverified(raw, Dispute).receipt)
    if about is None:
        raise NotFound("no such receipt")
    dispute, side = _verify(transaction, raw, about)
    if dispute.record.vault != issuer.origin:
        raise Malformed("a dispute names this vault")
    before = disputes.about(dispute.record.receipt)
    if before is not None and before != dispute.hash:
        raise Conflict("this receipt is disputed already")
    if before is None:
        rules.verify_open(about.position, released)
        disputes.add(dispute, about, side)
        told = {"dispute": to_base64url(dispute.hash), "receipt": to_base64url(dispute.record.receipt)}
        Outbox(transaction).announce(about.grant.partner, DISPUTE_OPENED, told, int(now.timestamp()))
    return dispute.hash


def _verify(transaction: Transaction, raw: bytes, about: Disputable) -> tuple[Signed[Dispute], str]:
    kid = named_kid(raw, Dispute)
    key = Partners(transaction).key(kid)
    side = rules.side_of(kid, about.grant, key.domain if key else None)
    if side == rules.PARTNER and key is not None:
        return verify(raw, Dispute, by(key.public)), side
    if side == rules.OWNER:
        return verify(raw, Dispute, by(about.grant.owner_key)), side
    raise SignatureError("a dispute is signed by one side of the grant")


def decide(transaction: Transaction, terms: Terms, issuer: Issuer, now: datetime) -> bytes:
    """End a dispute: what goes back to the partner goes now, the rest becomes payable.

    Raises:
        NotFound: if there is no such dispute.
        Malformed: if more would go back than the receipt brought.
        Conflict: if it was decided otherwise before.
    """
    disputes = Disputes(transaction)
    put = disputes.lock(terms.dispute)
    if put is None:
        raise NotFound("no such dispute")
    left = rules.verify_amounts(share=terms.share, fee=terms.fee, of_share=put.share, of_fee=put.fee)
    if put.decision is not None:
        before = unverified(put.decision, Decision)
        if (before.share, before.fee, before.reason) != (terms.share, terms.fee, terms.reason):
            raise Conflict("this dispute was decided otherwise")
        return put.decision
    decision = sign(
        Decision(
            vault=issuer.origin,
            dispute=put.hash,
            receipt=put.receipt,
            share=terms.share,
            fee=terms.fee,
            currency=issuer.currency,
            reason=terms.reason,
            time=now,
        ),
        issuer.key,
    )
    moved = ledger.of_decision(
        decision=decision.hash,
        account=put.account,
        partner=put.partner,
        share=terms.share,
        fee=terms.fee,
        left=left,
    )
    Ledger(transaction).move(moved, int(now.timestamp()))
    disputes.decide(decision)
    told = {"dispute": to_base64url(put.hash), "receipt": to_base64url(put.receipt)}
    Outbox(transaction).announce(put.partner, DISPUTE_DECIDED, told, int(now.timestamp()))
    return decision.raw
