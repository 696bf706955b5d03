"""An owner's link opens to one place, and a receipt's hash of fields to one set of them."""

from hashlib import sha256

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from anchor.errors import FormatError, ProofError
from anchor.records.shape import read, write
from anchor.records.usage import OwnerLink, Receipt, owner_link_of, sealed_hash, verify_owner_link
from tests.records.examples import FIRST_LINK, examples

_octets = st.binary(min_size=32, max_size=32)
_links = st.builds(OwnerLink, st.just(1), st.none(), _octets) | st.builds(
    OwnerLink, st.integers(2, 2**53 - 1), _octets, _octets
)


def receipt() -> Receipt:
    record: Receipt = examples()["receipt"].signed.record
    return record


def test_the_owner_opens_the_place_of_her_receipt() -> None:
    assert verify_owner_link(FIRST_LINK, receipt()) == FIRST_LINK


@given(link=_links)
def test_another_place_is_refused(link: OwnerLink) -> None:
    assume(link != FIRST_LINK)
    with pytest.raises(ProofError):
        verify_owner_link(link, receipt())


@given(link=_links)
def test_a_link_is_the_hash_of_its_parts(link: OwnerLink) -> None:
    place = link.seq.to_bytes(8, "big") + (link.prev or bytes(32)) + link.blind
    assert owner_link_of(link) == sha256(b"planetvault/owner-link/v1\x00" + place).digest()
    assert read(write(link), OwnerLink) == link


@given(one=_links, other=_links)
def test_two_places_never_share_a_commitment(one: OwnerLink, other: OwnerLink) -> None:
    assert (owner_link_of(one) == owner_link_of(other)) == (one == other)


@given(seq=st.integers(2, 2**53 - 1), prev=_octets, blind=_octets, shift=st.integers(1, 31))
def test_bytes_cannot_move_between_the_parts_of_a_link(
    seq: int, prev: bytes, blind: bytes, shift: int
) -> None:
    moved = OwnerLink(seq, prev[:-shift], prev[-shift:] + blind)
    with pytest.raises(FormatError):
        owner_link_of(moved)


@pytest.mark.parametrize(
    "link",
    [
        OwnerLink(0, None, bytes(32)),
        OwnerLink(-1, bytes(32), bytes(32)),
        OwnerLink(2**64, bytes(32), bytes(32)),
        OwnerLink(1, bytes(32), bytes(32)),
        OwnerLink(2, None, bytes(32)),
        OwnerLink(2, b"", bytes(64)),
    ],
    ids=["zero", "negative", "too large", "first after one", "later after none", "empty"],
)
def test_a_place_that_cannot_be_is_a_format_error(link: OwnerLink) -> None:
    with pytest.raises(FormatError):
        owner_link_of(link)


_fields = st.dictionaries(st.binary(min_size=16, max_size=16), _octets, max_size=6)


@given(fields=_fields)
def test_the_order_in_which_fields_are_held_says_nothing(fields: dict[bytes, bytes]) -> None:
    backwards = dict(reversed(fields.items()))
    assert sealed_hash(fields) == sealed_hash(backwards)


@given(one=_fields, other=_fields)
def test_two_sets_of_fields_never_share_a_hash(one: dict[bytes, bytes], other: dict[bytes, bytes]) -> None:
    assert (sealed_hash(one) == sealed_hash(other)) == (one == other)


def test_a_hash_of_fields_is_over_ids_and_hashes_in_order() -> None:
    fields = {b"b" * 16: b"2" * 32, b"a" * 16: b"1" * 32}
    assert sealed_hash(fields) == sha256(b"a" * 16 + b"1" * 32 + b"b" * 16 + b"2" * 32).digest()
