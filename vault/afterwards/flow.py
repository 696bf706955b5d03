"""After the use: she demands that it is erased, the partner attests that it was, and reports what it did."""

from datetime import datetime, timedelta

from anchor.encoding import to_base64url
from anchor.errors import ProofError
from anchor.records.afterwards import Attestation, Demand, Report, verify_demand
from anchor.records.signed import Signed, unverified
from vault.afterwards.store import Afterwards, Demanded
from vault.db import Transaction
from vault.errors import Conflict, Malformed, NotFound
from vault.grants.standing import STANDING, Standing
from vault.grants.store import Grants
from vault.receipts.store import Receipts
from vault.webhooks.rules import ERASURE_DEMANDED
from vault.webhooks.store import Outbox

SOONEST, LATEST = timedelta(days=1), timedelta(days=366)
"""How far away a deadline is: time enough to erase something, and not for ever."""
REPORTS_MAX = 16
"""Reports about one receipt."""


def demand(transaction: Transaction, account: bytes, raw: bytes, now: datetime) -> bytes:
    """Keep an owner's demand; the same one again changes nothing.

    Raises:
        NotFound: if she gave no such grant.
        Conflict: if it stands, was never used, or another demand was made for it.
        Malformed: for a deadline that is too near or too far.
    """
    name = unverified(raw, Demand).grant
    standing = Grants(transaction).lock([name]).get(name)
    if standing is None or standing.account != account:
        raise NotFound("no such grant")
    signed = verify_demand(raw, standing.grant)
    afterwards = Afterwards(transaction)
    if (before := afterwards.of_grant(name)) is not None:
        if before.hash != signed.hash:
            raise Conflict("this was demanded already")
        return signed.hash
    _verify_due(signed.record, standing, now)
    partner = standing.grant.record.partner
    afterwards.add_demand(signed, account, partner)
    names = {"grant": to_base64url(name), "demand": to_base64url(signed.hash)}
    Outbox(transaction).announce(partner, ERASURE_DEMANDED, names, int(now.timestamp()))
    return signed.hash


def _verify_due(record: Demand, standing: Standing, now: datetime) -> None:
    if standing.state == STANDING and now < standing.grant.record.expires:
        raise Conflict("this grant stands: take it back first")
    if record.uses != standing.uses:
        raise Conflict("a demand names all the uses there were, and at least one")
    if not now + SOONEST <= record.deadline <= now + LATEST:
        raise Malformed(f"a deadline is {SOONEST.days} to {LATEST.days} days away")


def attest(transaction: Transaction, attestation: Signed[Attestation], partner: str, now: datetime) -> None:
    """Keep a partner's word that it erased; saying the same again changes nothing.

    Raises:
        NotFound: if nothing was demanded of this partner by that name.
        ProofError: if it names fewer uses than were demanded.
        Conflict: if another attestation was given.
    """
    found = Afterwards(transaction).demand(attestation.record.demand)
    demanded = verify_to(found, partner)
    if attestation.record.uses < unverified(demanded.raw, Demand).uses:
        raise ProofError("fewer uses are erased than was demanded")
    if not Afterwards(transaction).attest(attestation, int(now.timestamp())) and (
        demanded.attestation != attestation.raw
    ):
        raise Conflict("this was attested already")


def verify_to(demanded: Demanded | None, partner: str) -> Demanded:
    """Return a demand that was made to this partner.

    Raises:
        NotFound: if there is none.
    """
    if demanded is None or demanded.partner != partner:
        raise NotFound("no such demand")
    return demanded


def report(transaction: Transaction, signed: Signed[Report]) -> None:
    """Keep what a partner says it did with what a use opened.

    Raises:
        NotFound: if there is no such receipt of this partner.
        ProofError: if the grant does not allow the purpose it names.
        Conflict: if there are many reports about it already.
    """
    record = signed.record
    parties = Receipts(transaction).parties(record.receipt)
    if parties is None or parties[1] != record.partner:
        raise NotFound("no such receipt of this partner")
    grant = Receipts(transaction).grant_of(record.receipt)
    standing = Grants(transaction).lock([grant])[grant]
    if record.purpose not in standing.grant.record.purposes:
        raise ProofError("the grant does not allow this purpose")
    afterwards = Afterwards(transaction)
    if afterwards.reports_beside(signed) >= REPORTS_MAX:
        raise Conflict(f"there are {REPORTS_MAX} reports about this receipt")
    afterwards.add_report(signed, parties[0])
