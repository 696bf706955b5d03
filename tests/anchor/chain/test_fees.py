"""Fees rise by a quarter and stop at the cap; a chain without fees is left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anchor.chain.fees import Fees, bumped, capped

wei = st.integers(min_value=0, max_value=10**15)
offers = st.builds(Fees, wei, wei)


def test_both_fees_rise_by_a_quarter() -> None:
    assert bumped(Fees(1000, 100), 10**9) == Fees(1250, 125)


def test_a_chain_without_fees_is_never_asked_to_replace() -> None:
    assert bumped(Fees.none(), 10**9) is None


@pytest.mark.parametrize("cap", [100, 109])
def test_a_raise_that_nodes_would_not_take_is_not_made(cap: int) -> None:
    assert bumped(Fees(100, 1), cap) is None


def test_a_capped_raise_that_nodes_take_is_made() -> None:
    assert bumped(Fees(100, 1), 110) == Fees(110, 2)


@given(fees=offers, cap=wei)
def test_a_raise_is_at_least_a_tenth_on_both_fees_and_within_the_cap(fees: Fees, cap: int) -> None:
    raised = bumped(fees, cap)
    if raised is not None:
        assert 10 * raised.max_fee_wei >= 11 * fees.max_fee_wei
        assert 10 * raised.tip_wei >= 11 * fees.tip_wei
        assert max(raised.max_fee_wei, raised.tip_wei) <= cap


@given(fees=st.builds(Fees, st.integers(1, 10**9), wei), cap=wei)
def test_raising_comes_to_an_end(fees: Fees, cap: int) -> None:
    offer: Fees | None = capped(fees, cap)
    rounds = 0
    while offer is not None:
        offer, rounds = bumped(offer, cap), rounds + 1
        assert rounds < 200
