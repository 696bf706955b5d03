"""Proofs in the state of an EVM chain: Merkle Patricia tries (yellow paper, appendix D; EIP-1186).

A trie's keys are hashed before they are used, so every path has 64 half bytes and every value
stands in a leaf. A node shorter than a hash stands inside its parent; any other is named by its
Keccak-256 and comes as the next of ``nodes``.
"""

from collections.abc import Iterator, Sequence

from anchor.chain.keccak import keccak256
from anchor.chain.rlp import Item, read_list, read_rlp, read_string
from anchor.errors import FormatError, ProofError

BRANCH, PAIR = 17, 2


def verify_value(root: bytes, key: bytes, nodes: Sequence[bytes]) -> bytes:
    """Return what stands under ``key`` in the trie of this 32-byte root; never empty.

    Raises:
        FormatError: a node is not one.
        ProofError: the nodes do not lead from the root to a value, or there are more than needed.
    """
    path, left = keccak256(key).hex(), iter(nodes)
    at: Item = root
    while True:
        node = read_list(_node(at, left), BRANCH, PAIR)
        if len(node) == BRANCH:
            if not path:
                raise ProofError("the path through the trie ends before its value")
            at, path = node[int(path[0], 16)], path[1:]
            continue
        here, is_leaf = _part(read_string(node[0]))
        if not path.startswith(here):
            raise ProofError("nothing stands under this key")
        at, path = node[1], path[len(here) :]
        if is_leaf:
            return _value(at, path, left)


def _node(at: Item, left: Iterator[bytes]) -> Item:
    if not isinstance(at, bytes):
        return at
    if not at:
        raise ProofError("nothing stands under this key")
    raw = next(left, None)
    if raw is None or keccak256(raw) != at:
        raise ProofError("a node of the trie is missing, or is not the one its parent names")
    return read_rlp(raw)


def _value(value: Item, path: str, left: Iterator[bytes]) -> bytes:
    if path or next(left, None) is not None:
        raise ProofError("the path through the trie and its nodes do not end together")
    return read_string(value)


def _part(packed: bytes) -> tuple[str, bool]:
    """The half bytes of a path, and whether they end at a leaf (hex-prefix encoding)."""
    digits = packed.hex()
    if not digits or digits[0] not in "0123" or (digits[0] in "02" and digits[1] != "0"):
        raise FormatError("a path in the trie is not of its form")
    return digits[1:] if digits[0] in "13" else digits[2:], digits[0] in "23"
