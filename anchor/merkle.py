"""The tree under the log: hashing by RFC 6962 §2.1, proofs by RFC 9162 §2.1.3 and §2.1.4.

A leaf is ``SHA-256(0x00 ‖ entry)``, a node is ``SHA-256(0x01 ‖ left ‖ right)``.
The two prefixes keep a node from passing as an entry; the declared index and
size keep a path from being read at another depth.

Proofs are made over a ``ReadHash``, which gives the hash of the complete subtree
``index`` at ``level``: the leaves ``index << level`` up to ``(index + 1) << level``.
Where those hashes come from is not this module's business (see ``anchor.tiles``).
"""

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import NamedTuple

from anchor.errors import ProofError

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()

# Sizes fit a signed 64-bit integer everywhere, so a path never needs more hashes than this.
SIZE_MAX = 2**63 - 1
PATH_MAX = 63

ReadHash = Callable[[int, int], bytes]


class TreeHead(NamedTuple):
    """How many leaves a tree has, and its 32-byte root."""

    size: int
    root: bytes


def leaf_hash(entry: bytes) -> bytes:
    """The 32-byte hash of an entry as a leaf."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The 32-byte hash of the node above two others."""
    return sha256(b"\x01" + left + right).digest()


def complete_levels(hashes: Sequence[bytes]) -> list[list[bytes]]:
    """``hashes`` and every row of complete nodes above them, lowest first."""
    levels = [list(hashes)]
    while len(levels[-1]) > 1:
        row = levels[-1]
        levels.append([node_hash(row[i], row[i + 1]) for i in range(0, len(row) - 1, 2)])
    return levels


def root(leaf_hashes: Sequence[bytes]) -> bytes:
    """The root over all ``leaf_hashes``, without keeping the tree."""
    if not leaf_hashes:
        return EMPTY_ROOT
    row = list(leaf_hashes)
    while len(row) > 1:
        lonely = [row.pop()] if len(row) % 2 else []
        row = [node_hash(left, right) for left, right in zip(row[::2], row[1::2], strict=True)] + lonely
    return row[0]


def root_at(read: ReadHash, size: int) -> bytes:
    """The root of the first ``size`` leaves."""
    return _edge_hash(read, 0, size) if size else EMPTY_ROOT


def inclusion_path(read: ReadHash, *, index: int, size: int) -> tuple[bytes, ...]:
    """The siblings from leaf ``index`` up to the root of ``size`` leaves (RFC 9162 §2.1.3.1).

    Raises:
        ProofError: if there is no such leaf in a tree of that size.
    """
    if not 0 <= index < size:
        raise ProofError("the index is outside the tree")
    return tuple(_climb(read, level=0, node=index, size=size))


def consistency_path(read: ReadHash, *, old: int, new: int) -> tuple[bytes, ...]:
    """The hashes that show ``new`` leaves to begin with the ``old`` ones (RFC 9162 §2.1.4.1).

    Raises:
        ProofError: unless ``0 < old <= new``.
    """
    if not 0 < old <= new:
        raise ProofError("a consistency proof needs 0 < old size <= new size")
    if old == new:
        return ()
    level = _trailing_ones(old - 1)
    node = (old - 1) >> level
    # When old is a power of two, its root is the verifier's own starting point.
    start = [read(level, node)] if node else []
    return (*start, *_climb(read, level=level, node=node, size=new))


def verify_inclusion(leaf: bytes, *, index: int, size: int, path: Sequence[bytes], root: bytes) -> bytes:
    """Return ``root`` if ``path`` leads to it from ``leaf`` at ``index`` (RFC 9162 §2.1.3.2).

    ``leaf`` must be computed by the caller with ``leaf_hash`` from the entry it
    holds, and ``size`` must be the one that was signed together with ``root``.

    Raises:
        ProofError: for an index outside the tree, a path of the wrong length, or another root.
    """
    if not 0 <= index < size <= SIZE_MAX:
        raise ProofError("the index is outside the tree")
    _require_hashes(leaf, *path)
    node, last, reached = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            raise ProofError("the inclusion path is too long")
        if node & 1 or node == last:
            reached = node_hash(sibling, reached)
            shift = _trailing_zeros(node)
            node, last = node >> shift, last >> shift
        else:
            reached = node_hash(reached, sibling)
        node, last = node >> 1, last >> 1
    if last:
        raise ProofError("the inclusion path is too short")
    if reached != root:
        raise ProofError("the inclusion path leads to another root")
    return reached


def verify_consistency(
    *, old: int, new: int, path: Sequence[bytes], old_root: bytes, new_root: bytes
) -> bytes:
    """Return ``new_root`` if its tree begins with the tree of ``old_root`` (RFC 9162 §2.1.4.2).

    An old size of 0 says nothing and is refused: who knows no earlier tree has
    nothing to check, and must decide that before asking.

    Raises:
        ProofError: for sizes out of order, a path of the wrong length, or another root.
    """
    if not 0 < old <= new <= SIZE_MAX:
        raise ProofError("a consistency proof needs 0 < old size <= new size")
    _require_hashes(old_root, new_root, *path)
    if old == new:
        if path or old_root != new_root:
            raise ProofError("one size has one root and an empty proof")
        return new_root
    if _rebuild(old, new, path, old_root) != (old_root, new_root):
        raise ProofError("the consistency path leads to other roots")
    return new_root


def _rebuild(old: int, new: int, path: Sequence[bytes], old_root: bytes) -> tuple[bytes, bytes]:
    """Both roots as the path gives them."""
    shift = _trailing_ones(old - 1)
    node, last = (old - 1) >> shift, (new - 1) >> shift
    steps = iter(path)
    start = next(steps, None) if node else old_root
    if start is None:
        raise ProofError("the consistency path is too short")
    old_reached = new_reached = start
    for sibling in steps:
        if last == 0:
            raise ProofError("the consistency path is too long")
        if node & 1 or node == last:
            old_reached = node_hash(sibling, old_reached)
            new_reached = node_hash(sibling, new_reached)
            shift = _trailing_zeros(node)
            node, last = node >> shift, last >> shift
        else:
            new_reached = node_hash(new_reached, sibling)
        node, last = node >> 1, last >> 1
    if last:
        raise ProofError("the consistency path is too short")
    return old_reached, new_reached


def _climb(read: ReadHash, *, level: int, node: int, size: int) -> list[bytes]:
    """The siblings met on the way from ``node`` at ``level`` up to the root of ``size`` leaves."""
    siblings = []
    last = (size - 1) >> level
    while last:
        sibling = node ^ 1
        if sibling < last:
            siblings.append(read(level, sibling))
        elif sibling == last:
            # The row's last node may be incomplete, and it is met once at most.
            siblings.append(_edge_hash(read, last << level, size))
        node, last, level = node >> 1, last >> 1, level + 1
    return siblings


def _edge_hash(read: ReadHash, start: int, end: int) -> bytes:
    """The hash over leaves ``start`` to ``end``: the complete subtrees between them, folded."""
    peaks = []
    while start < end:
        level = (end - start).bit_length() - 1
        peaks.append(read(level, start >> level))
        start += 1 << level
    reached = peaks.pop()
    while peaks:
        reached = node_hash(peaks.pop(), reached)
    return reached


def _require_hashes(*hashes: bytes) -> None:
    if len(hashes) > PATH_MAX + 2:
        raise ProofError("the path is longer than any tree is high")
    if any(len(value) != HASH_BYTES for value in hashes):
        raise ProofError("a hash has 32 bytes")


def _trailing_zeros(number: int) -> int:
    return (number & -number).bit_length() - 1 if number else 0


def _trailing_ones(number: int) -> int:
    return _trailing_zeros(number + 1)
