"""One step of bargaining: an owner says what she would agree to, and the partner takes it or leaves it."""

from datetime import datetime

from anchor.encoding import to_base64url
from anchor.records.consent import Ask
from anchor.records.offers import Counter, Offer
from anchor.records.signed import Signed
from vault.accounts.store import Accounts
from vault.asks.store import Asks
from vault.counters.store import OPEN, REFUSED, Counters, Made
from vault.db import Transaction
from vault.errors import Conflict, Forbidden, NotFound
from vault.grants.rules import verify_counter_terms
from vault.offers.store import Offers
from vault.pairings.store import Pairings
from vault.webhooks.rules import ASK_COUNTERED
from vault.webhooks.store import Outbox


def make(transaction: Transaction, account: bytes, counter: Signed[Counter], now: datetime) -> None:
    """Keep a counter-offer; the same one again changes nothing.

    Raises:
        NotFound: if there is no such ask or offer that can be answered.
        Forbidden: if another key signed it than the one the partner knows the owner by.
        Conflict: if she made one to it before, or if it wants more than was asked for.
    """
    counters, record = Counters(transaction), counter.record
    if Pairings(transaction).behind(counter.kid) != (account, record.partner):
        raise Forbidden("a counter-offer is signed with the key that the partner knows the owner by")
    Accounts(transaction).hold(account)
    if counters.get(counter.hash) is not None:
        return
    asked = _asked(transaction, account, counter, int(now.timestamp()))
    verify_counter_terms(record, asked)
    if counters.made_to(account, record.ask):
        raise Conflict("there is one step of bargaining, and it was made")
    counters.add(counter, account)
    names = {"ask": to_base64url(record.ask), "counter": to_base64url(counter.hash)}
    Outbox(transaction).announce(record.partner, ASK_COUNTERED, names, int(now.timestamp()))


def _asked(transaction: Transaction, account: bytes, counter: Signed[Counter], now: int) -> Ask | Offer:
    record = counter.record
    asks, name = Asks(transaction), record.ask
    if (put := asks.get(name)) and (put.account, put.partner, put.state_at(now)) == (
        account,
        record.partner,
        OPEN,
    ):
        return asks.read(put)
    offer = Offers(transaction).get(name)
    if offer is None or (offer.partner, offer.state_at(now)) != (record.partner, OPEN):
        raise NotFound("no such ask or offer can be answered")
    return offer.record


def refuse(transaction: Transaction, partner: str, name: bytes) -> None:
    """Let the partner say no; saying it twice is no fault.

    Raises:
        NotFound: if nobody made such a counter-offer to this partner.
        Conflict: if it was accepted.
    """
    made = of_partner(transaction, partner, name)
    if not Counters(transaction).answer(name, REFUSED) and made.state != REFUSED:
        raise Conflict("this counter-offer was accepted")


def of_partner(transaction: Transaction, partner: str, name: bytes) -> Made:
    """A counter-offer made to this partner.

    Raises:
        NotFound: if there is none.
    """
    made = Counters(transaction).get(name)
    if made is None or made.partner != partner:
        raise NotFound("no such counter-offer")
    return made
