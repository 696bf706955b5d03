"""The tree against the published vectors, against its definition, and against forgery."""

import json
from base64 import b64decode
from hashlib import sha256
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anchor.errors import ProofError
from anchor.merkle import (
    EMPTY_ROOT,
    ReadHash,
    complete_levels,
    consistency_path,
    inclusion_path,
    leaf_hash,
    node_hash,
    root,
    root_at,
    verify_consistency,
    verify_inclusion,
)

VECTORS = Path(__file__).parents[3] / "shared" / "vectors" / "merkle"
with_vectors = pytest.mark.skipif(not VECTORS.exists(), reason="the published vectors are not here")

LEAVES = [leaf_hash(b"entry %d" % number) for number in range(130)]
sizes = st.integers(1, len(LEAVES))


# The definitions of RFC 9162 §2.1.1, §2.1.3.1 and §2.1.4.1, as they stand there.


def split(size: int) -> int:
    return 1 << (size - 1).bit_length() - 1


def mth(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def path(m: int, leaves: list[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), mth(leaves[k:])]
    return [*path(m - k, leaves[k:]), mth(leaves[:k])]


def subproof(m: int, leaves: list[bytes], *, whole: bool) -> list[bytes]:
    if m == len(leaves):
        return [] if whole else [mth(leaves)]
    k = split(len(leaves))
    if m <= k:
        return [*subproof(m, leaves[:k], whole=whole), mth(leaves[k:])]
    return [*subproof(m - k, leaves[k:], whole=False), mth(leaves[:k])]


def reader(leaves: list[bytes]) -> ReadHash:
    levels = complete_levels(leaves)
    return lambda level, index: levels[level][index]


READ = reader(LEAVES)


@st.composite
def altered(draw: st.DrawFn, hashes: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """The path with one hash changed, dropped, repeated or exchanged."""
    if not hashes:
        return (draw(st.binary(min_size=32, max_size=32)),)
    at = draw(st.integers(0, len(hashes) - 1))
    bit = draw(st.integers(0, 255))
    flipped = (int.from_bytes(hashes[at], "big") ^ 1 << bit).to_bytes(32, "big")
    before, this, after = hashes[:at], hashes[at], hashes[at + 1 :]
    return draw(
        st.sampled_from(
            [
                (*before, flipped, *after),
                (*before, *after),
                (*before, this, this, *after),
                (*before, this[:31], *after),
                (*hashes, flipped),
            ]
        )
    )


@with_vectors
@pytest.mark.parametrize(
    "case", sorted(VECTORS.glob("inclusion/**/*.json")), ids=lambda case: f"{case.parent.name}-{case.stem}"
)
def test_published_inclusion_proofs_are_judged_as_published(case: Path) -> None:
    vector = json.loads(case.read_text())
    known_root = b64decode(vector["root"])
    arguments = {
        "index": vector["leafIdx"],
        "size": vector["treeSize"],
        "path": [b64decode(value or "") for value in vector["proof"] or []],
        "root": known_root,
    }
    if vector["wantErr"]:
        with pytest.raises(ProofError):
            verify_inclusion(b64decode(vector["leafHash"]), **arguments)
    else:
        assert verify_inclusion(b64decode(vector["leafHash"]), **arguments) == known_root


@with_vectors
def test_reference_leaves_give_the_published_nodes_and_roots() -> None:
    reference = json.loads((VECTORS / "rfc6962-reference.json").read_text())
    leaves = [leaf_hash(bytes.fromhex(entry)) for entry in reference["leaf_inputs_hex"]]
    nodes = [[value.hex() for value in level] for level in complete_levels(leaves)]
    assert nodes == reference["node_hashes_hex_by_level"]
    for size, known in enumerate(reference["root_by_size_hex"]):
        assert root(leaves[:size]).hex() == known
        assert root_at(reader(leaves), size).hex() == known
    hasher = reference["hasher"]
    assert EMPTY_ROOT.hex() == hasher["empty_root"]
    assert leaf_hash(b"").hex() == hasher["empty_leaf"]
    assert leaf_hash(b"L123456").hex() == hasher["leaf_L123456"]
    assert node_hash(b"N123", b"N456").hex() == hasher["node_N123_N456"]


@given(sizes, st.data())
def test_roots_and_proofs_follow_their_definition(size: int, data: st.DataObject) -> None:
    leaves = LEAVES[:size]
    index = data.draw(st.integers(0, size - 1))
    old = data.draw(sizes.filter(lambda old: old <= size))
    assert root(leaves) == root_at(READ, size) == mth(leaves)
    assert inclusion_path(READ, index=index, size=size) == tuple(path(index, leaves))
    assert consistency_path(READ, old=old, new=size) == tuple(subproof(old, leaves, whole=True))


@given(sizes)
def test_every_leaf_proves_at_its_own_index_and_at_no_other(size: int) -> None:
    known_root = root(LEAVES[:size])
    for index in range(size):
        proof = inclusion_path(READ, index=index, size=size)
        assert verify_inclusion(LEAVES[index], index=index, size=size, path=proof, root=known_root)
        for other in {0, index ^ 1, index - 1, index + 1, size - 1, size} - {index}:
            with pytest.raises(ProofError):
                verify_inclusion(LEAVES[index], index=other, size=size, path=proof, root=known_root)


@given(sizes, st.data())
def test_no_altered_inclusion_proof_verifies(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_path(READ, index=index, size=size)
    with pytest.raises(ProofError):
        verify_inclusion(
            LEAVES[index],
            index=index,
            size=size,
            path=data.draw(altered(proof)),
            root=root(LEAVES[:size]),
        )


@given(sizes, sizes, st.data())
def test_no_proof_verifies_under_the_root_of_another_size(size: int, other: int, data: st.DataObject) -> None:
    if size == other:
        return
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_path(READ, index=index, size=size)
    with pytest.raises(ProofError):
        verify_inclusion(LEAVES[index], index=index, size=other, path=proof, root=root(LEAVES[:other]))


@given(sizes, st.data())
def test_another_leaf_does_not_prove(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_path(READ, index=index, size=size)
    with pytest.raises(ProofError):
        verify_inclusion(leaf_hash(b"another"), index=index, size=size, path=proof, root=root(LEAVES[:size]))


@given(sizes, sizes)
def test_every_size_is_consistent_with_every_later_one(one: int, two: int) -> None:
    old, new = sorted((one, two))
    proof = consistency_path(READ, old=old, new=new)
    old_root, new_root = root(LEAVES[:old]), root(LEAVES[:new])
    assert verify_consistency(old=old, new=new, path=proof, old_root=old_root, new_root=new_root) == new_root


@given(sizes, sizes, st.data())
def test_no_altered_consistency_proof_verifies(one: int, two: int, data: st.DataObject) -> None:
    old, new = sorted((one, two))
    proof = data.draw(altered(consistency_path(READ, old=old, new=new)))
    old_root, new_root = root(LEAVES[:old]), root(LEAVES[:new])
    with pytest.raises(ProofError):
        verify_consistency(old=old, new=new, path=proof, old_root=old_root, new_root=new_root)


@given(sizes, sizes, st.integers(0, 129))
def test_a_tree_with_one_past_leaf_changed_is_not_consistent(one: int, two: int, changed: int) -> None:
    old, new = sorted((one, two))
    changed %= old
    fork = [*LEAVES[:changed], leaf_hash(b"forged"), *LEAVES[changed + 1 : new]]
    with pytest.raises(ProofError):
        verify_consistency(
            old=old,
            new=new,
            path=consistency_path(reader(fork), old=old, new=new),
            old_root=root(LEAVES[:old]),
            new_root=root(fork),
        )


def test_size_zero_and_sizes_out_of_order_have_no_consistency_proof() -> None:
    for old, new in [(0, 0), (0, 5), (5, 4), (-1, 5), (5, 2**63)]:
        with pytest.raises(ProofError):
            verify_consistency(old=old, new=new, path=(), old_root=EMPTY_ROOT, new_root=EMPTY_ROOT)
    for old, new in [(0, 5), (6, 5)]:
        with pytest.raises(ProofError):
            consistency_path(READ, old=old, new=new)


def test_one_size_with_two_roots_is_refused_with_or_without_a_path() -> None:
    one, two = LEAVES[0], LEAVES[1]
    assert verify_consistency(old=1, new=1, path=(), old_root=one, new_root=one) == one
    for proof in [(), (one,)]:
        with pytest.raises(ProofError):
            verify_consistency(old=1, new=1, path=proof, old_root=one, new_root=two)
    with pytest.raises(ProofError):
        verify_consistency(old=1, new=1, path=(one,), old_root=one, new_root=one)


def test_an_index_outside_the_tree_is_refused() -> None:
    for index, size in [(-1, 5), (5, 5), (0, 0), (0, -1), (0, 2**63)]:
        with pytest.raises(ProofError, match="outside the tree"):
            verify_inclusion(LEAVES[0], index=index, size=size, path=(), root=LEAVES[0])
        if size < 2**63:
            with pytest.raises(ProofError):
                inclusion_path(READ, index=index, size=size)


def test_a_path_of_the_wrong_length_is_refused_even_where_it_leads_to_the_root() -> None:
    a, b, c, d, extra = LEAVES[:5]
    with pytest.raises(ProofError, match="too long"):
        verify_inclusion(a, index=0, size=1, path=(b,), root=node_hash(b, a))
    with pytest.raises(ProofError, match="too long"):
        verify_consistency(
            old=3,
            new=4,
            path=(c, d, node_hash(a, b), extra),
            old_root=node_hash(extra, root([a, b, c])),
            new_root=node_hash(extra, root([a, b, c, d])),
        )
    with pytest.raises(ProofError, match="too short"):
        verify_inclusion(a, index=0, size=2, path=(), root=a)
    for old in (2, 3):
        path = (a,) if old == 3 else ()
        with pytest.raises(ProofError, match="too short"):
            verify_consistency(old=old, new=8, path=path, old_root=a, new_root=a)


def test_a_path_of_ten_thousand_hashes_is_refused_unread() -> None:
    long = [LEAVES[0]] * 10_000
    with pytest.raises(ProofError, match="longer than any tree"):
        verify_inclusion(LEAVES[0], index=2**62, size=2**63 - 1, path=long, root=LEAVES[0])
    with pytest.raises(ProofError, match="longer than any tree"):
        verify_consistency(old=2, new=2**62, path=long, old_root=LEAVES[0], new_root=LEAVES[1])


def test_the_hashes_of_two_leaves_side_by_side_are_no_entry() -> None:
    left, right, sibling = LEAVES[0], LEAVES[1], node_hash(LEAVES[2], LEAVES[3])
    known_root = root(LEAVES[:4])
    # Where leaf and node are hashed alike, this 64-byte "entry" stands in the tree.
    assert node_hash(node_hash(left, right), sibling) == known_root
    for index in range(4):
        for size in range(index + 1, 9):
            with pytest.raises(ProofError):
                verify_inclusion(
                    leaf_hash(left + right), index=index, size=size, path=(sibling,), root=known_root
                )


def test_the_63_byte_entry_that_meets_a_lone_leaf_prefix_is_refused() -> None:
    # With a 0x00 before leaves and nothing before nodes, a left hash that starts
    # with 00 turns the node into the leaf of the 63 bytes that follow.
    tries = (leaf_hash(b"try %d" % number) for number in count())
    left, right = next(value for value in tries if value[0] == 0), LEAVES[1]
    entry = (left + right)[1:]
    assert sha256(b"\x00" + entry).digest() == sha256(left + right).digest()
    known_root = root([left, right, LEAVES[2], LEAVES[3]])
    sibling = node_hash(LEAVES[2], LEAVES[3])
    for index in range(2):
        for size in (2, 3, 4):
            with pytest.raises(ProofError):
                verify_inclusion(leaf_hash(entry), index=index, size=size, path=(sibling,), root=known_root)


def test_a_node_handed_in_as_a_leaf_needs_a_size_that_was_never_signed() -> None:
    known_root = root(LEAVES[:4])
    node, sibling = node_hash(LEAVES[0], LEAVES[1]), node_hash(LEAVES[2], LEAVES[3])
    with pytest.raises(ProofError, match="too short"):
        verify_inclusion(node, index=0, size=4, path=(sibling,), root=known_root)
