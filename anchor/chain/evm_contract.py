"""The contract as this floor speaks to it: its committed bytes, its calls and answers.

``docs/spec/anchor-contract.md`` has the page to read beside this file.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from anchor.chain.keccak import keccak256
from anchor.chain.port import HASH_BYTES, SIZE_MAX, Head
from anchor.errors import ChainError, FormatError

WORD_BYTES = 32
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
    return artifact().creation + _address(admin)


def appoint_data(log_id: bytes, writer: bytes) -> bytes:
    """Calldata that gives a log its writer."""
    return _call("appoint(bytes32,address)", _log(log_id), _address(writer))


def anchor_data(log_id: bytes, size: int, root: bytes) -> bytes:
    """Calldata of one anchor.

    Raises:
        FormatError: for a root that has not 32 bytes, or is zero: the chain would refuse it
            after the gas is spent. As all calls here: for a log id that has not 32 bytes,
            an address that has not 20, or a size that is not from 1 to 2^63 - 1.
    """
    if len(root) != HASH_BYTES or root == NO_HASH:
        raise FormatError("a root has 32 bytes and is not zero")
    return _call("anchor(bytes32,uint64,bytes32)", _log(log_id), _size(size), root)


def head_data(log_id: bytes) -> bytes:
    """Calldata that asks for the newest size and root."""
    return _call("head(bytes32)", _log(log_id))


def root_at_data(log_id: bytes, size: int) -> bytes:
    """Calldata that asks for the root of one size."""
    return _call("root_at(bytes32,uint64)", _log(log_id), _size(size))


def writer_of_data(log_id: bytes) -> bytes:
    """Calldata that asks who writes for a log."""
    return _call("writer_of(bytes32)", _log(log_id))


def read_head(answer: bytes) -> Head:
    """The head in an answer to ``head_data``; ChainError if there is none in it."""
    size, root = _words(answer, 2)
    return Head(int.from_bytes(size), root)


def read_root(answer: bytes) -> bytes | None:
    """The root in an answer to ``root_at_data``; None for a size that was never anchored."""
    (root,) = _words(answer, 1)
    return None if root == NO_HASH else root


def read_writer(answer: bytes) -> bytes | None:
    """The address in an answer to ``writer_of_data``; None while nobody is appointed."""
    (word,) = _words(answer, 1)
    writer = word[-ADDRESS_BYTES:]
    return None if writer == NO_ADDRESS else writer


def _call(name: str, *words: bytes) -> bytes:
    return keccak256(name.encode())[:4] + b"".join(words)


# All our ABI types are static: each value is one word of 32 bytes, filled up on the left.


def _log(log_id: bytes) -> bytes:
    if len(log_id) != HASH_BYTES:
        raise FormatError("a log id has 32 bytes")
    return log_id


def _address(address: bytes) -> bytes:
    if len(address) != ADDRESS_BYTES:
        raise FormatError("an address has 20 bytes")
    return address.rjust(WORD_BYTES, b"\0")


def _size(size: int) -> bytes:
    if not 1 <= size <= SIZE_MAX:
        raise FormatError("an anchored size is between 1 and 2^63 - 1")
    return size.to_bytes(WORD_BYTES)


def _words(answer: bytes, count: int) -> list[bytes]:
    if len(answer) != count * WORD_BYTES:
        raise ChainError("no anchor contract answers at this address")
    return [answer[at : at + WORD_BYTES] for at in range(0, len(answer), WORD_BYTES)]
