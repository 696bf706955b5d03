"""An offer's life: money is set aside when it is published, and what is left goes back when it ends."""

from datetime import datetime, timedelta

from anchor.errors import ProofError
from anchor.records.offers import Offer, Withdrawal
from anchor.records.signed import Signed
from vault.db import Transaction
from vault.errors import Conflict, NotFound
from vault.offers.store import ENDED, WITHDRAWN, Offers, Published
from vault.payments import ledger
from vault.payments.store import Ledger

OPEN_MAX = 100
"""Offers of one partner at a time: every device of every owner fetches them all."""
CLOSED_MAX = 100
"""Offers whose money moves in one transaction."""
LATE = timedelta(minutes=5)
"""An offer is closed this long after its end: the clocks of two processes may differ."""


def publish(transaction: Transaction, offer: Signed[Offer], now: datetime) -> None:
    """Let an offer be answered, with its money set aside; the same one again changes nothing.

    Raises:
        InsufficientFunds: if the partner can't set campaign and pool aside.
        Conflict: if too many of its offers are open.
    """
    offers = Offers(transaction)
    if offers.get(offer.hash) is not None:
        return
    if offers.open_of(offer.record.partner) >= OPEN_MAX:
        raise Conflict(f"{OPEN_MAX} offers of yours are open already")
    offers.add(offer)
    funding = ledger.funding(offer.record.partner)
    books = (
        ledger.Transfer("campaign", offer.hash, funding, ledger.campaign(offer.hash), offer.record.campaign),
        ledger.Transfer("pool", offer.hash, funding, ledger.pool(offer.hash), offer.record.pool),
    )
    Ledger(transaction).move([one for one in books if one.amount], int(now.timestamp()))


def withdraw(
    transaction: Transaction, offer: Published, withdrawal: Signed[Withdrawal], now: datetime
) -> None:
    """Take an offer back: nobody can answer it any more. The same withdrawal again changes nothing.

    Raises:
        NotFound: if there is no such offer of this partner.
        Conflict: if it ended already, or promised a pool.
    """
    offers = Offers(transaction)
    if offers.withdrawn_by(offer.hash) == withdrawal.hash:
        return
    if offer.record.pool:
        raise Conflict("an offer that promises a pool stands to its end")
    if not offers.close(offer.hash, WITHDRAWN):
        raise Conflict("this offer has ended already")
    offers.keep_withdrawal(withdrawal)
    _give_back(transaction, offer, withdrawal.hash, now)


def verify_of(withdrawal: Signed[Withdrawal], offer: Published | None, partner: str) -> Published:
    """Return the offer, if it is this partner's and the one that the withdrawal names.

    Raises:
        NotFound: if there is none.
        ProofError: if it is another one.
    """
    if offer is None or offer.partner != partner:
        raise NotFound("no such offer")
    if withdrawal.record.offer != offer.hash:
        raise ProofError("the withdrawal is of another offer")
    return offer


def close_ended(transaction: Transaction, now: datetime, most: int = CLOSED_MAX) -> int:
    """Close offers whose time is over, at most so many; how many there were."""
    offers = Offers(transaction)
    over = offers.over_at(int((now - LATE).timestamp()), most)
    for offer in over:
        if offers.close(offer.hash, ENDED):
            _give_back(transaction, offer, offer.hash, now)
    return len(over)


def _give_back(transaction: Transaction, offer: Published, cause: bytes, now: datetime) -> None:
    campaign = ledger.campaign(offer.hash)
    books = Ledger(transaction)
    left = books.balance(campaign)
    if left:
        back = ledger.Transfer("campaign-end", cause, campaign, ledger.funding(offer.partner), left)
        books.move([back], int(now.timestamp()))
