"""From payable to paid: a claim takes money out of an owner's balance, a payout says what became of it."""

from dataclasses import dataclass
from datetime import datetime

from anchor.errors import SignatureError
from anchor.records.payouts import Claim, Payout
from anchor.records.signed import sign, verify
from vault.accounts.store import Accounts
from vault.db import Transaction
from vault.errors import Conflict, Malformed, NotFound
from vault.issuer import Issuer
from vault.payments import ledger
from vault.payments.store import Ledger
from vault.payouts import rules
from vault.payouts.brakes import let_go
from vault.payouts.rules import House
from vault.payouts.store import Appeals, Claims


@dataclass(frozen=True, slots=True)
class Report:
    """What the operator says became of a claim."""

    claim: bytes
    outcome: str
    reference: str


def take(
    transaction: Transaction,
    account: bytes,
    raw: bytes,
    house: House,
    issuer: Issuer,
    now: datetime,
    *,
    evm: bool,
) -> bytes:
    """Take a claim; its hash. The same one again changes nothing.

    Raises:
        Malformed: if this vault can't pay it. PayoutHeld: while a brake holds.
        SignatureError: if no locker of the account signed. InsufficientFunds: if that much is not payable.
    """
    claims = Claims(transaction)

    def locker_of(kid: bytes, claim: Claim) -> bytes:
        found = Accounts(transaction).locker(kid)
        if found is None or not found[0] == claim.account == account:
            raise SignatureError("a claim is signed by a locker of its account")
        return found[1].sign_key

    claim = verify(raw, Claim, locker_of)
    if claims.exists(claim.hash):
        return claim.hash
    rules.verify_claim(claim.record, vault=issuer.origin, currency=issuer.currency, evm=evm, now=now)
    let_go(transaction, account, claim.record.amount, house, now)
    claims.add(claim)
    moved = ledger.of_claim(claim=claim.hash, account=account, amount=claim.record.amount)
    Ledger(transaction).move([moved], int(now.timestamp()))
    return claim.hash


def report(transaction: Transaction, said: Report, issuer: Issuer, now: datetime) -> bytes:
    """Sign what became of a claim, and move its money; the payout. The same again changes nothing.

    Raises:
        NotFound: if there is no such claim.
        Malformed: if this can't follow what is known.
    """
    claims = Claims(transaction)
    claim = claims.lock(said.claim)
    if claim is None:
        raise NotFound("no such claim")
    if before := claims.payout(said.claim, said.outcome):
        return before
    rules.verify_next(claim.state, said.outcome, distributed=claim.distribution is not None)
    payout = sign(
        Payout(
            vault=issuer.origin,
            claim=said.claim,
            outcome=said.outcome,
            amount=claim.amount,
            currency=issuer.currency,
            reference=said.reference,
            time=now,
        ),
        issuer.key,
    )
    moved = ledger.of_payout(
        payout=payout.hash, account=claim.account, outcome=said.outcome, amount=claim.amount
    )
    Ledger(transaction).move([moved], int(now.timestamp()))
    claims.move(payout)
    return payout.raw


APPEALS_MAX = 8
"""Appeals of one owner that wait: more would not be read sooner."""


def appeal(transaction: Transaction, account: bytes, brake: str, words: str, now: datetime) -> int:
    """Keep an owner's appeal against a brake; its number.

    Raises:
        Malformed: if there is no such brake. Conflict: if too many wait.
    """
    appeals = Appeals(transaction)
    if brake not in rules.BRAKES:
        raise Malformed(f"a brake is one of {', '.join(rules.BRAKES)}")
    Accounts(transaction).lock_chain(account)
    if appeals.waiting(account) >= APPEALS_MAX:
        raise Conflict(f"{APPEALS_MAX} appeals of yours wait for an answer already")
    return appeals.add(account, brake, words, int(now.timestamp()))
