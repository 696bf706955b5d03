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
    return artifact().creation + _word(admin)


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


def _call(name: str, *values: bytes | int) -> bytes:
    return keccak256(name.encode())[:4] + b"".join(_word(value) for value in values)


def _word(value: bytes | int) -> bytes:
    """One ABI word. All our types are static, so each value is one, filled up on the left."""
    return value.to_bytes(WORD_BYTES) if isinstance(value, int) else value.rjust(WORD_BYTES, b"\0")


def _words(answer: bytes, count: int) -> list[bytes]:
    if len(answer) != count * WORD_BYTES:
        raise ChainError("no anchor contract answers at this address")
    return [answer[at : at + WORD_BYTES] for at in range(0, len(answer), WORD_BYTES)]
