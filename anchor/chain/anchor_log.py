"""The contract as this floor speaks to it: its committed bytes, its calls and answers.

``docs/spec/anchor-contract.md`` has the page to read beside this file.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_utils.crypto import keccak

from anchor.chain.port import HASH_BYTES, SIZE_MAX, Head
from anchor.errors import ChainError, FormatError

ADDRESS_BYTES = 20
NO_HASH = bytes(HASH_BYTES)
NO_ADDRESS = bytes(ADDRESS_BYTES)


@dataclass(frozen=True)
class Artifact:
    """What the compiler made of ``AnchorLog.vy``."""

    creation: bytes
    runtime: bytes
    code_hash: bytes


@cache
def artifact() -> Artifact:
    """The committed ``AnchorLog.json``."""
    made = json.loads(files("anchor").joinpath("contracts/AnchorLog.json").read_text("utf-8"))
    creation, runtime, code_hash = (
        bytes.fromhex(made[name][2:]) for name in ("creation_bytecode", "runtime_bytecode", "code_hash")
    )
    return Artifact(creation, runtime, code_hash)


def creation_data(admin: bytes) -> bytes:
    """Creation code for a contract whose appointments are made by ``admin``."""
    return artifact().creation + encode(["address"], [admin])


def appoint_data(log_id: bytes, writer: bytes) -> bytes:
    """Calldata that gives a log its writer."""
    return _call("appoint(bytes32,address)", log_id, writer)


def anchor_data(log_id: bytes, size: int, root: bytes) -> bytes:
    """Calldata of one anchor.

    Raises:
        FormatError: for a log id or root that has not 32 bytes or a size out of range:
            the chain would refuse it after the gas is spent.
    """
    if len(log_id) != HASH_BYTES or len(root) != HASH_BYTES or root == NO_HASH:
        raise FormatError("a log id and a root have 32 bytes, and a root is not zero")
    if not 1 <= size <= SIZE_MAX:
        raise FormatError("an anchored size is between 1 and 2^63 - 1")
    return _call("anchor(bytes32,uint64,bytes32)", log_id, size, root)


def head_data(log_id: bytes) -> bytes:
    """Calldata that asks for the newest size and root."""
    return _call("head(bytes32)", log_id)


def root_at_data(log_id: bytes, size: int) -> bytes:
    """Calldata that asks for the root of one size."""
    return _call("root_at(bytes32,uint64)", log_id, size)


def writer_of_data(log_id: bytes) -> bytes:
    """Calldata that asks who writes for a log."""
    return _call("writer_of(bytes32)", log_id)


def read_head(answer: bytes) -> Head:
    """The head in an answer to ``head_data``; ChainError if there is none in it."""
    size, root = _decode(["uint64", "bytes32"], answer)
    return Head(size, root)


def read_root(answer: bytes) -> bytes | None:
    """The root in an answer to ``root_at_data``; None for a size that was never anchored."""
    (root,) = _decode(["bytes32"], answer)
    return None if root == NO_HASH else root


def read_writer(answer: bytes) -> bytes | None:
    """The address in an answer to ``writer_of_data``; None while nobody is appointed."""
    (address,) = _decode(["address"], answer)
    writer = bytes.fromhex(address[2:])
    return None if writer == NO_ADDRESS else writer


def _call(signature: str, *values: object) -> bytes:
    types = signature[signature.index("(") + 1 : -1].split(",")
    return keccak(text=signature)[:4] + encode(types, values)


def _decode(types: list[str], answer: bytes) -> tuple:  # type: ignore[type-arg]  # the ABI types say what is inside
    try:
        return decode(types, answer)
    except DecodingError as error:
        raise ChainError("no anchor contract answers at this address") from error
