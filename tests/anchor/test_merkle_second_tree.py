"""The tree against merkletools 1.0.3, written by others: the same roots, none of its gaps.

merkletools hashes nodes without a prefix. Given the prefix, its shape is that of
RFC 6962, because both carry a lonely last node up unchanged.
"""

import warnings
from hashlib import sha256
from typing import Any

import pytest

from anchor.errors import ProofError
from anchor.merkle import (
    complete_levels,
    inclusion_path,
    leaf_hash,
    node_hash,
    root,
    root_at,
    verify_inclusion,
)

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it warns at import that SHA-3 is missing, which is not used here
    merkletools = pytest.importorskip(
        "merkletools", reason="merkletools is not installed: see requirements/merkletools.txt"
    )

ENTRIES = [bytes([number % 7]) + sha256(b"%d" % number).digest() for number in range(10_000)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]


def second_tree(leaves: list[bytes], *, prefix: bytes) -> Any:
    tree = merkletools.MerkleTools()
    tree.hash_function = lambda value: sha256(prefix + value)
    tree.add_leaf([leaf.hex() for leaf in leaves])
    tree.make_tree()
    return tree


@pytest.mark.parametrize("size", [*range(1, 258), 10_000])
def test_both_trees_have_the_same_root(size: int) -> None:
    tree = second_tree(LEAVES[:size], prefix=b"\x01")
    levels = complete_levels(LEAVES[:size])
    assert root(LEAVES[:size]).hex() == tree.get_merkle_root()
    assert root_at(lambda level, index: levels[level][index], size).hex() == tree.get_merkle_root()


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 100, 257])
def test_both_trees_give_the_same_paths(size: int) -> None:
    tree = second_tree(LEAVES[:size], prefix=b"\x01")
    levels = complete_levels(LEAVES[:size])
    for index in range(size):
        ours = inclusion_path(lambda level, at: levels[level][at], index=index, size=size)
        theirs = [value for step in tree.get_proof(index) for value in step.values()]
        assert [value.hex() for value in ours] == theirs


def test_the_forgery_it_accepts_is_refused_here() -> None:
    documents = [b"a", b"b", b"c", b"d"]
    theirs = second_tree([sha256(document).digest() for document in documents], prefix=b"")
    forged = sha256(b"a").digest() + sha256(b"b").digest()
    sibling = sha256(sha256(b"c").digest() + sha256(b"d").digest()).digest()
    step = [{"right": sibling.hex()}]
    assert theirs.validate_proof(step, sha256(forged).hexdigest(), theirs.get_merkle_root())

    leaves = [leaf_hash(document) for document in documents]
    forged = leaves[0] + leaves[1]
    path = (node_hash(leaves[2], leaves[3]),)
    for size in range(1, 9):
        for index in range(size):
            with pytest.raises(ProofError):
                verify_inclusion(leaf_hash(forged), index=index, size=size, path=path, root=root(leaves))


def test_the_root_it_accepts_as_its_own_leaf_is_refused_here() -> None:
    theirs = second_tree(LEAVES[:4], prefix=b"\x01")
    assert theirs.validate_proof([], theirs.get_merkle_root(), theirs.get_merkle_root())
    known_root = root(LEAVES[:4])
    with pytest.raises(ProofError):
        verify_inclusion(known_root, index=0, size=4, path=(), root=known_root)
