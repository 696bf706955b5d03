"""A lease is held by one owner at a time, and every change of owner is noticed."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.vault.log.town import Town
from vault.db import writing
from vault.log import leases
from vault.log.leases import Lease, LeaseHeld, LeaseLost, verify_lease


def take(town: Town, owner: str, now: int, seconds: int = 10) -> Lease:
    with writing(town.connection) as transaction:
        return leases.take(transaction, "duty", owner, now=now, until=now + seconds)


def test_the_holder_keeps_it_and_others_wait_for_its_end(acme_town: Town) -> None:
    first = take(acme_town, "one", now=100)
    assert take(acme_town, "one", now=105) == first
    with pytest.raises(LeaseHeld):
        take(acme_town, "two", now=114)
    assert take(acme_town, "two", now=115).fence == first.fence + 1


def test_an_old_holding_is_noticed_even_by_its_own_owner_name(acme_town: Town) -> None:
    first = take(acme_town, "one", now=100)
    take(acme_town, "two", now=200)
    again = take(acme_town, "one", now=300)
    with writing(acme_town.connection) as transaction:
        assert verify_lease(transaction, again) == again
        with pytest.raises(LeaseLost):
            verify_lease(transaction, first)


def test_what_is_given_back_is_free_at_once(acme_town: Town) -> None:
    take(acme_town, "one", now=100)
    with writing(acme_town.connection) as transaction:
        leases.give_back(transaction, "two")
    with pytest.raises(LeaseHeld):
        take(acme_town, "two", now=101)
    with writing(acme_town.connection) as transaction:
        leases.give_back(transaction, "one")
    assert take(acme_town, "two", now=101).owner == "two"


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["one", "two", "three"]), st.integers(0, 15)), max_size=12))
def test_the_fence_counts_the_changes_of_owner(acme_town: Town, tries: list[tuple[str, int]]) -> None:
    with writing(acme_town.connection) as transaction:
        transaction.run("DELETE FROM leases")
    now, owner, fence, until = 0, None, 0, -1
    for who, later in tries:
        now += later
        if owner in {None, who} or now >= until:
            fence += who != owner
            owner, until = who, now + 10
            assert take(acme_town, who, now).fence == fence
        else:
            with pytest.raises(LeaseHeld):
                take(acme_town, who, now)
