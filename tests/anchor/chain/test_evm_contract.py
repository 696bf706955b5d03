"""Calls and answers, against eth-abi as the second implementation; values that don't fit are refused."""

import json
from collections.abc import Callable

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from anchor.chain import evm_contract as contract
from anchor.chain.port import Head
from anchor.contracts.compile import ARTIFACT
from anchor.errors import ChainError, FormatError

hashes = st.binary(min_size=32, max_size=32).filter(any)
addresses = st.binary(min_size=20, max_size=20)
sizes = st.integers(1, 2**63 - 1)


def expected(signature: str, *values: object) -> bytes:
    types = signature[signature.index("(") + 1 : -1].split(",")
    return bytes(keccak(text=signature)[:4] + encode(types, values))


@given(log_id=hashes, size=sizes, root=hashes, address=addresses)
def test_calls_are_those_of_the_other_implementation(
    log_id: bytes, size: int, root: bytes, address: bytes
) -> None:
    assert contract.anchor_data(log_id, size, root) == expected(
        "anchor(bytes32,uint64,bytes32)", log_id, size, root
    )
    assert contract.appoint_data(log_id, address) == expected("appoint(bytes32,address)", log_id, address)
    assert contract.head_data(log_id) == expected("head(bytes32)", log_id)
    assert contract.root_at_data(log_id, size) == expected("root_at(bytes32,uint64)", log_id, size)
    assert contract.writer_of_data(log_id) == expected("writer_of(bytes32)", log_id)
    assert contract.creation_data(address) == contract.artifact().creation + encode(["address"], [address])


def test_every_call_names_a_function_of_the_abi() -> None:
    abi = json.loads(ARTIFACT.read_text())["abi"]
    named = {
        f"{part['name']}({','.join(given['type'] for given in part['inputs'])})"
        for part in abi
        if part["type"] == "function"
    }
    assert named == {
        "anchor(bytes32,uint64,bytes32)",
        "appoint(bytes32,address)",
        "head(bytes32)",
        "root_at(bytes32,uint64)",
        "writer_of(bytes32)",
        "admin()",
    }


@given(size=sizes, root=hashes, address=addresses.filter(any))
def test_answers_are_read_as_the_other_implementation_writes_them(
    size: int, root: bytes, address: bytes
) -> None:
    assert contract.read_head(encode(["uint64", "bytes32"], [size, root])) == Head(size, root)
    assert contract.read_root(encode(["bytes32"], [root])) == root
    assert contract.read_writer(encode(["address"], [address])) == address


def test_zero_means_that_there_is_none() -> None:
    assert contract.read_root(bytes(32)) is None
    assert contract.read_writer(bytes(32)) is None


LOG, ROOT = b"\x11" * 32, b"\x22" * 32


@pytest.mark.parametrize(
    "call",
    [
        lambda: contract.anchor_data(LOG[:31], 1, ROOT),
        lambda: contract.anchor_data(LOG + b"\0", 1, ROOT),
        lambda: contract.anchor_data(LOG, 1, ROOT[:31]),
        lambda: contract.anchor_data(LOG, 1, bytes(32)),
        lambda: contract.anchor_data(LOG, 0, ROOT),
        lambda: contract.anchor_data(LOG, -1, ROOT),
        lambda: contract.anchor_data(LOG, 2**63, ROOT),
        lambda: contract.root_at_data(LOG, 2**300),
        lambda: contract.head_data(b""),
        lambda: contract.appoint_data(LOG, b"\x01" * 21),
        lambda: contract.creation_data(b"\x01" * 32),
    ],
)
def test_a_value_that_does_not_fit_is_refused_before_it_is_signed(call: Callable[[], bytes]) -> None:
    with pytest.raises(FormatError):
        call()


@pytest.mark.parametrize("answer", [b"", b"\0" * 31, b"\0" * 96, b"\0" * 20])
def test_an_answer_of_another_shape_is_not_a_contract_of_ours(answer: bytes) -> None:
    for read in (contract.read_head, contract.read_root, contract.read_writer):
        with pytest.raises(ChainError, match="no anchor contract"):
            read(answer)
