"""Shares of a secret: the published vectors, and what any t of n must do and fewer must not."""

import json
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from planetvault.sealing.errors import InputError
from planetvault.sealing.share_words import read_share, word_list
from planetvault.sealing.shares import combine, split

VECTORS = Path(__file__).parents[4] / "shared" / "vectors" / "crypto" / "slip39-vectors.json"
SECRET = bytes(range(16))


@pytest.mark.skipif(not VECTORS.exists(), reason="the published vectors are not here")
def test_all_published_vectors_come_out_as_published() -> None:
    vectors = json.loads(VECTORS.read_text())
    for what, shares, secret, *_ in vectors:
        if secret:
            assert combine(shares, b"TREZOR").hex() == secret, what
        else:
            with pytest.raises(InputError):
                combine(shares, b"TREZOR")
    assert len(vectors) == 45


def test_the_list_has_1024_words_that_four_letters_tell_apart() -> None:
    words = word_list()
    assert len(words) == len({word[:4] for word in words}) == 1024
    assert list(words) == sorted(words)


@given(
    st.integers(2, 6).flatmap(lambda n: st.tuples(st.integers(2, n), st.just(n))),
    st.binary(min_size=16, max_size=16),
)
def test_any_threshold_of_shares_bring_the_secret_back(numbers: tuple[int, int], secret: bytes) -> None:
    threshold, shares = numbers
    texts = split(secret, threshold=threshold, shares=shares)
    assert {len(text.split()) for text in texts} == {20}
    assert combine(texts[-threshold:]) == secret
    with pytest.raises(InputError):
        combine(texts[: threshold - 1])


def test_every_two_of_three_bring_it_back_in_any_order_case_and_spacing() -> None:
    texts = split(SECRET, threshold=2, shares=3)
    for pair in combinations(texts, 2):
        assert combine([pair[1].upper().replace(" ", "\n  "), pair[0]]) == SECRET


def test_shares_of_two_secrets_bring_back_neither() -> None:
    one, other = (split(SECRET, threshold=2, shares=3) for _ in range(2))
    with pytest.raises(InputError):
        combine([one[0], other[1]])


def test_one_share_twice_is_one_share() -> None:
    texts = split(SECRET, threshold=2, shares=3)
    with pytest.raises(InputError):
        combine([texts[0], texts[0]])


def test_a_mistyped_word_is_found() -> None:
    words = split(SECRET, threshold=2, shares=2)[0].split()
    for place in range(len(words)):
        others = [*words[:place], "academic" if words[place] != "academic" else "acid", *words[place + 1 :]]
        with pytest.raises(InputError):
            read_share(" ".join(others))


@pytest.mark.parametrize(("threshold", "shares"), [(1, 1), (1, 3), (3, 2), (2, 17), (0, 0)])
def test_a_split_that_protects_nothing_is_refused(threshold: int, shares: int) -> None:
    with pytest.raises(InputError):
        split(SECRET, threshold=threshold, shares=shares)


@given(st.text(max_size=300))
def test_any_text_is_a_share_or_refused(text: str) -> None:
    with pytest.raises(InputError):
        read_share(text)
