"""Before money leaves: what is known of its account, held against the rules."""

from datetime import UTC, datetime

from vault.accounts.store import Accounts
from vault.db import Transaction
from vault.errors import PayoutHeld
from vault.payouts import rules
from vault.payouts.persons import KeptPersons
from vault.payouts.rules import Brake, House
from vault.payouts.store import Appeals, Claims
from vault.settings import Settings


def house_of(settings: Settings) -> House:
    """The brakes of this vault."""
    return House(settings.payout_age_days, settings.payout_cap, settings.payout_persons)


def held(transaction: Transaction, account: bytes, amount: int, house: House, now: datetime) -> list[Brake]:
    """What holds this amount back, for this account."""
    claims, persons = Claims(transaction), KeptPersons(transaction)
    person = persons.person_of(account)
    payee = persons.payee(person) if person else None
    since = int((now - rules.CAP_WINDOW).timestamp())
    standing = rules.Standing(
        opened=datetime.fromtimestamp(claims.opened(account), UTC),
        left=claims.left_since(account, since),
        verified=person is not None,
        elsewhere=payee not in (None, account),
        lifted=Appeals(transaction).lifted(account),
    )
    return rules.brakes(amount, standing, house, now)


def let_go(transaction: Transaction, account: bytes, amount: int, house: House, now: datetime) -> None:
    """Return if this amount may leave; from then on its person's money leaves by this account.

    Raises:
        PayoutHeld: saying every brake that holds.
    """
    Accounts(transaction).lock_chain(account)
    if holding := held(transaction, account, amount, house, now):
        raise PayoutHeld("; ".join(brake.words for brake in holding))
    persons = KeptPersons(transaction)
    person = persons.person_of(account)
    if house.persons and person and persons.payee(person) is None:
        persons.appoint(person, account)
