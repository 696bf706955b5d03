"""Ids that only their owner can compute."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st
from planetvault.importers import RowError, SkipReason
from planetvault.importers.identity import OWNER_SECRET_BYTES, Identity

SECRET = bytes(range(32))
PLAIN = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)


def test_an_id_is_the_first_128_bits_of_an_hmac_over_provider_format_and_native_key() -> None:
    said = hmac.new(SECRET, b"spotify\0extended\0" + "2026\0曲\0001".encode(), hashlib.sha256).hexdigest()
    assert Identity(SECRET, "spotify").record_id("extended", "2026", "曲", "1") == f"spotify:{said[:32]}"


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32), PLAIN)
def test_two_owners_have_no_id_in_common(one: bytes, other: bytes, key: str) -> None:
    same = Identity(one, "jd").record_id("bill", key) == Identity(other, "jd").record_id("bill", key)
    assert same == (one == other)


@given(st.lists(PLAIN, min_size=1, max_size=4), st.lists(PLAIN, min_size=1, max_size=4))
def test_different_keys_have_different_ids(one: list[str], other: list[str]) -> None:
    identity = Identity(SECRET, "xapi")
    assert (identity.record_id("s", *one) == identity.record_id("s", *other)) == (one == other)


@pytest.mark.parametrize("part", ["a\0b", "\ud800"])
def test_a_key_that_is_not_text_is_refused(part: str) -> None:
    with pytest.raises(RowError) as refused:
        Identity(SECRET, "xapi").record_id("statement", part)
    assert refused.value.reason is SkipReason.NOT_TEXT


def test_rows_of_one_order_share_a_basket_which_is_no_id_and_not_the_number() -> None:
    identity = Identity(SECRET, "amazon")
    basket = identity.basket("111-1")
    assert basket == identity.basket("111-1") != identity.basket("111-2")
    assert basket not in identity.record_id("retail", "111-1")
    assert "111" not in repr(identity)


def test_an_order_without_a_number_has_no_basket() -> None:
    with pytest.raises(RowError):
        Identity(SECRET, "amazon").basket("")


@pytest.mark.parametrize("size", [0, OWNER_SECRET_BYTES - 1, OWNER_SECRET_BYTES + 1])
def test_a_secret_of_another_length_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Identity(bytes(size), "spotify")


def test_the_secret_shows_in_no_repr() -> None:
    assert SECRET.hex() not in repr(Identity(SECRET, "spotify"))
    assert str(SECRET) not in repr(Identity(SECRET, "spotify"))
