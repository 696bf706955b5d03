"""The payout tree: every share proves, nothing else does."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anchor.chain.distribution import distribute, leaf_of, verify_share
from anchor.errors import FormatError, ProofError

ADDRESSES = st.binary(min_size=20, max_size=20)
OWED = st.dictionaries(ADDRESSES, st.integers(1, 2**80), min_size=1, max_size=12)


@settings(max_examples=25, deadline=None)
@given(OWED)
def test_every_share_proves_its_own_amount_and_no_other(owed: dict[bytes, int]) -> None:
    made = distribute(owed)
    assert made.total == sum(owed.values())
    for address, amount in owed.items():
        assert verify_share(address, amount, made.proofs[address], made.root) == amount
        with pytest.raises(ProofError):
            verify_share(address, amount + 1, made.proofs[address], made.root)


@settings(max_examples=25, deadline=None)
@given(OWED)
def test_the_order_in_which_shares_are_told_is_no_matter(owed: dict[bytes, int]) -> None:
    backwards = dict(reversed(owed.items()))
    assert distribute(owed) == distribute(backwards)


@pytest.mark.parametrize(("address", "amount"), [(bytes(19), 1), (bytes(20), 0), (bytes(20), 2**256)])
def test_what_is_no_share_has_no_leaf(address: bytes, amount: int) -> None:
    with pytest.raises(FormatError):
        leaf_of(address, amount)


def test_a_distribution_is_to_somebody() -> None:
    with pytest.raises(FormatError):
        distribute({})
