"""What owners earned becomes payable with the checkpoint that holds its receipt: once, to the last micro."""

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anchor.records.consent import fee_of
from tests.vault.log.test_sequence import SECONDS, Crashed, Crashing
from tests.vault.log.town import LOG_KEY, LOG_ORIGIN, NOW, PRICE, RECORDS_KEY, Household, Town
from vault.db import NONE, Parameters, Row, reading, writing
from vault.errors import Conflict, InsufficientFunds
from vault.keyring import Keyring
from vault.log.sequence import publish, sequence
from vault.log.store import Checkpoints
from vault.payments import ledger
from vault.payments.ledger import Transfer
from vault.payments.release import Covering, release, released_size
from vault.payments.store import Ledger
from vault.worker import Worker


def share(household: Household) -> int:
    return PRICE - fee_of(household.grant.record)


def cover(town: Town) -> Covering:
    """Sequence everything and publish it."""
    with writing(town.connection) as transaction:
        sequence(transaction, LOG_KEY, SECONDS)
    publish(town.connection, LOG_ORIGIN, None)
    with reading(town.connection) as transaction:
        published = Checkpoints(transaction, LOG_ORIGIN).published()
    assert published is not None
    return Covering(published.size, published.root)


def earnings(town: Town, household: Household) -> tuple[int, int]:
    """Pending and payable, after holding the cached balances against the fold of all transfers."""
    accounts = [ledger.pending(household.account), ledger.payable(household.account)]
    balances = [town.balance(account) for account in accounts]
    assert balances == [town.folded(account) for account in accounts]
    return balances[0], balances[1]


def test_a_published_receipt_is_payable_and_a_queued_one_is_not(acme_town: Town) -> None:
    alice, bob, _ = acme_town.households
    acme_town.use(alice, 3)
    covering = cover(acme_town)
    acme_town.use(bob, 2)
    with writing(acme_town.connection) as transaction:
        assert release(transaction, covering, SECONDS) == 3 * share(alice)
    assert earnings(acme_town, alice) == (0, 3 * share(alice))
    assert earnings(acme_town, bob) == (2 * share(bob), 0)


def test_releasing_again_moves_nothing(acme_town: Town) -> None:
    acme_town.use(acme_town.households[0], 2)
    covering = cover(acme_town)
    with writing(acme_town.connection) as transaction:
        release(transaction, covering, SECONDS)
    before = acme_town.rows("SELECT COUNT(*) FROM transfers")
    with writing(acme_town.connection) as transaction:
        assert release(transaction, covering, SECONDS) == 0
        assert released_size(transaction) == covering.size
    assert acme_town.rows("SELECT COUNT(*) FROM transfers") == before


def test_one_owner_gets_one_transfer_a_pass(acme_town: Town) -> None:
    for household in acme_town.households:
        acme_town.use(household, 5)
    covering = cover(acme_town)
    with writing(acme_town.connection) as transaction:
        release(transaction, covering, SECONDS)
    released = acme_town.rows("SELECT debit, amount FROM transfers WHERE kind = 'release' ORDER BY id")
    assert len(released) == 3
    assert {amount for _, amount in released} == {5 * share(acme_town.households[0])}


def test_a_closing_receipt_releases_nothing(acme_town: Town) -> None:
    acme_town.revoke(acme_town.households[0])
    covering = cover(acme_town)
    with writing(acme_town.connection) as transaction:
        assert release(transaction, covering, SECONDS) == 0
        assert released_size(transaction) == 1


class Stale(Crashing):
    """A transaction that read how far money went before somebody else's release was committed."""

    def one(self, sql: str, parameters: Parameters = NONE) -> Row | None:
        return None if "releases" in sql else self._transaction.one(sql, parameters)


def test_two_releases_at_once_do_not_pay_twice(acme_town: Town) -> None:
    alice = acme_town.households[0]
    acme_town.use(alice)
    first = cover(acme_town)
    with writing(acme_town.connection) as transaction:
        release(transaction, first, SECONDS)
    acme_town.use(alice, 5)
    second = cover(acme_town)
    acme_town.use(alice, 5)
    before = earnings(acme_town, alice)
    with pytest.raises(Conflict), writing(acme_town.connection) as transaction:
        release(Stale(transaction, -1), second, SECONDS)
    assert earnings(acme_town, alice) == before


def test_money_that_is_not_there_is_not_released(acme_town: Town) -> None:
    alice = acme_town.households[0]
    acme_town.use(alice)
    covering = cover(acme_town)
    theft = Transfer("theft", bytes(32), ledger.pending(alice.account), ledger.OUTSIDE, 1)
    with writing(acme_town.connection) as transaction:
        Ledger(transaction).move([theft], SECONDS)
    with pytest.raises(InsufficientFunds), writing(acme_town.connection) as transaction:
        release(transaction, covering, SECONDS)
    assert earnings(acme_town, alice) == (share(alice) - 1, 0)


def test_a_crash_between_any_two_statements_moves_all_or_nothing(acme_town: Town) -> None:
    alice = acme_town.households[0]
    acme_town.use(alice, 2)
    covering = cover(acme_town)
    for at in itertools.count():
        try:
            with writing(acme_town.connection) as transaction:
                release(Crashing(transaction, at), covering, SECONDS)
        except Crashed:
            assert earnings(acme_town, alice) == (2 * share(alice), 0)
        else:
            break
    assert at >= 5
    assert earnings(acme_town, alice) == (0, 2 * share(alice))


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(uses=st.lists(st.tuples(st.integers(0, 2), st.integers(1, 4), st.booleans()), max_size=6))
def test_pending_and_payable_together_are_all_that_was_earned(
    acme_town: Town, uses: list[tuple[int, int, bool]]
) -> None:
    worker = Worker(acme_town.url, Keyring(RECORDS_KEY, LOG_KEY), clock=lambda: NOW)
    for owner, number, work in uses:
        acme_town.use(acme_town.households[owner], number)
        if work:
            worker.duties.sequence()
            worker.duties.release()
        for household in acme_town.households:
            pending, payable = earnings(acme_town, household)
            assert pending + payable == household.seq * share(household)
            assert payable == 0 or not work or pending == 0
    worker.close()
