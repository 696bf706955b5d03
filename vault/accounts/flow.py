"""The end of an account: everything sealed is deleted, and the vault signs that it was."""

from datetime import datetime

from anchor.records.erasure import Erasure
from anchor.records.signed import sign
from vault.accounts.store import Accounts
from vault.arrivals.store import Arrivals
from vault.asks.store import Asks
from vault.blobs.store import Blobs
from vault.counters.store import Counters
from vault.db import Transaction
from vault.deletions.store import Deletions
from vault.disputes.store import Disputes
from vault.errors import Conflict
from vault.grants.standing import STANDING
from vault.grants.store import Grants
from vault.issuer import Issuer
from vault.items.store import Items
from vault.payments import ledger
from vault.payments.store import Ledger
from vault.payouts.persons import KeptPersons
from vault.payouts.store import Appeals, Claims
from vault.receipts.store import Receipts
from vault.rewards.store import Rewards

GRANTS = 500
"""Looked through at a time."""


def erase(transaction: Transaction, account: bytes, forfeit: int, issuer: Issuer, now: datetime) -> bytes:
    """End an account, and answer the signed record of it.

    ``forfeit`` is what the owner leaves behind, in micros: all that is on her balance.

    Raises:
        Conflict: while a grant stands, or if her balance is another one.
    """
    accounts, receipts = Accounts(transaction), Receipts(transaction)
    accounts.lock_chain(account)
    if _any_stands(Grants(transaction), account):
        raise Conflict("a grant stands: take it back first")
    if Ledger(transaction).balance(ledger.leaving(account)) or Disputes(transaction).any_open(account):
        raise Conflict("money is on its way, or disputed: wait until it is known what becomes of it")
    if _balance(Ledger(transaction), account) != forfeit:
        raise Conflict("there is money on this account: take it out, or name all of it as forfeit")
    manifests, journal = accounts.journal(account)
    chain = receipts.lock_owners([account])[account]
    erasure = sign(
        Erasure(
            vault=issuer.origin,
            account=account,
            chain=accounts.head(account),
            manifests=manifests,
            journal=journal,
            receipts=chain.receipts,
            head=chain.head,
            time=now,
        ),
        issuer.key,
    )
    receipts.erase_statements(account)
    for kept in _KEPT:
        kept(transaction).erase(account)
    accounts.erase(account, int(now.timestamp()))
    accounts.keep_erasure(erasure)
    return erasure.raw


_KEPT = (Items, Blobs, Asks, Counters, Deletions, Claims, Appeals, Rewards, Arrivals, KeptPersons)
"""What else is hers, each with what it deletes at the end of her account (docs/spec/erasure.md)."""


def _any_stands(grants: Grants, account: bytes) -> bool:
    after, more = 0, True
    while more:
        rows = grants.given(account=account, partner=None, after=after, limit=GRANTS)
        if any(row[3] == STANDING for row in rows):
            return True
        after, more = (rows[-1][0], len(rows) == GRANTS) if rows else (after, False)
    return False


def _balance(money: Ledger, account: bytes) -> int:
    return money.balance(ledger.pending(account)) + money.balance(ledger.payable(account))
