"""Keccak-256 against published values and against the library that signs our transactions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anchor.chain.keccak import keccak256


@pytest.mark.parametrize(
    ("data", "digest"),
    [
        (b"", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"),
        (b"abc", "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"),
    ],
)
def test_the_published_values_come_out(data: bytes, digest: str) -> None:
    assert keccak256(data).hex() == digest


@given(data=st.binary(max_size=300))
def test_any_bytes_hash_as_in_the_other_implementation(data: bytes) -> None:
    crypto = pytest.importorskip("eth_utils.crypto", reason="the extra [evm] is not installed")
    assert keccak256(data) == crypto.keccak(data)


@pytest.mark.parametrize("length", [134, 135, 136, 137, 271, 272, 273])
def test_lengths_around_a_block_hash_as_in_the_other_implementation(length: int) -> None:
    crypto = pytest.importorskip("eth_utils.crypto", reason="the extra [evm] is not installed")
    assert keccak256(b"a" * length) == crypto.keccak(b"a" * length)
