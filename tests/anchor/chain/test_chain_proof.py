"""A block of a real node shows offline that it holds a root, and nothing else."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest
from eth_keys.datatypes import PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from planetvault.demo.anvil import AnvilMissingError

from anchor.chain.evm_proof import fetch_proof
from anchor.chain.header import read_header
from anchor.chain.keccak import keccak256
from anchor.chain.proven import Proven, verify_chain_proof
from anchor.chain.rlp import Item, read_list, read_rlp, write_rlp
from anchor.chain.secp256k1 import recover_address
from anchor.chain.trie import verify_value
from anchor.errors import AnchorError, FormatError, ProofError
from anchor.records.chain_proof import ChainProof
from anchor.records.checkpoint import Checkpoint
from anchor.records.proof import fits, read_proof
from anchor.records.trust import ChainTrust
from tests.anchor.chain.laboratories import LOG_ID, ORIGIN, AnvilLaboratory, root_of
from tests.anchor.chain.test_standing import anchored, trust_in
from tests.anchor.chain.tries import Trie
from tests.vectors.build_proofs import FOLDER

HELD = Checkpoint(ORIGIN, 100, root_of(100))
BESU_EXTRA = bytes.fromhex(
    "f8f0a00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20ea94000000000000000000000000"
    "0000000000000001940000000000000000000000000000000000000002d79400000000000000000000000000000000000000"
    "0181ff83fedcbaf886b8410000000000000000000000000000000000000000000000000000000000000001000000000000"
    "000000000000000000000000000000000000000000000000000a00b84100000000000000000000000000000000000000000"
    "0000000000000000000000a000000000000000000000000000000000000000000000000000000000000000100"
)
"""Hyperledger Besu's own example of the extra data under QBFT (QbftExtraDataCodecTest, Apache-2.0)."""


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AnvilLaboratory]:
    try:
        laboratory = AnvilLaboratory.start(tmp_path_factory.mktemp("node"))
    except AnvilMissingError as missing:
        pytest.skip(str(missing))
    yield laboratory
    laboratory.close()


def test_a_block_of_a_real_node_is_checked_without_asking_it_again(node: AnvilLaboratory) -> None:
    said, trusted = anchored(node), trust_in(node)
    proof = node.chain.prove(LOG_ID, 100, said.block)
    assert proof is not None
    named = verify_chain_proof(proof, HELD, trusted, said)
    assert (named.number, named.hash, named.basis) == (said.block, said.block_hash, "named")
    pinned = verify_chain_proof(proof, HELD, replace(trusted, blocks=(said.block_hash,)), None)
    assert pinned.basis == "pinned"
    node.mine(3)
    latest = node.chain.latest()
    later = node.chain.prove(LOG_ID, 100, latest.number)
    assert later is not None
    found = verify_chain_proof(later, HELD, replace(trusted, blocks=(latest.hash,)), said)
    assert found == Proven(latest.number, latest.hash, latest.time, "pinned", 0)
    _what_it_does_not_show(proof, replace(trusted, blocks=(said.block_hash,)))
    assert node.chain.prove(LOG_ID, 100, latest.number + 10) is None
    before = fetch_proof(node.rpc, trusted.contract, LOG_ID, 100, said.block - 1)
    assert before is not None
    with pytest.raises(ProofError):
        verify_chain_proof(before, HELD, replace(trusted, blocks=(read_header(before.header).hash,)), None)


def _what_it_does_not_show(proof: ChainProof, trusted: ChainTrust) -> None:
    for other in (
        Checkpoint(ORIGIN, 101, root_of(100)),
        Checkpoint(ORIGIN, 100, root_of(101)),
        Checkpoint("other.example/log", 100, root_of(100)),
    ):
        with pytest.raises(ProofError):
            verify_chain_proof(proof, other, trusted, None)


values = st.dictionaries(st.binary(max_size=40), st.binary(min_size=1, max_size=90), min_size=1, max_size=40)


@given(values, st.data())
def test_every_value_of_a_trie_is_shown_and_no_other(values: dict[bytes, bytes], data: st.DataObject) -> None:
    trie = Trie(values)
    key = data.draw(st.sampled_from(sorted(values)))
    assert verify_value(trie.root, key, trie.path(key)) == values[key]
    other = data.draw(st.binary(max_size=40).filter(lambda one: one not in values))
    with pytest.raises(AnchorError):
        verify_value(trie.root, other, trie.path(key))


items: st.SearchStrategy[Item] = st.recursive(
    st.binary(max_size=300), lambda inner: st.lists(inner, max_size=6), max_leaves=20
)


@given(items)
def test_rlp_is_read_as_it_was_written(item: Item) -> None:
    raw = write_rlp(item)
    try:
        found = read_rlp(raw)
    except FormatError as refused:
        assert "deeply" in str(refused)  # noqa: PT017 - the one way a written item may not be read
    else:
        assert found == item


@given(st.binary(max_size=100))
def test_rlp_has_one_form(raw: bytes) -> None:
    try:
        item = read_rlp(raw)
    except FormatError:
        return
    assert write_rlp(item) == raw


@given(st.binary(min_size=32, max_size=32).filter(any), st.binary(min_size=32, max_size=32))
def test_the_signer_is_found_as_another_library_finds_it(secret: bytes, digest: bytes) -> None:
    key = PrivateKey(secret)
    signature = key.sign_msg_hash(digest)
    assert recover_address(digest, signature.to_bytes()) == key.public_key.to_canonical_address()


@given(st.binary(min_size=65, max_size=65), st.binary(min_size=32, max_size=32))
def test_any_signature_has_a_signer_or_a_typed_error(signature: bytes, digest: bytes) -> None:
    with suppress(AnchorError):
        assert len(recover_address(digest, signature[:64] + bytes([signature[64] & 1]))) == 20


def test_the_extra_data_of_besu_are_read_as_besu_writes_them() -> None:
    fields: list[Item] = [bytes(32)] * 15
    fields[8], fields[11], fields[12] = b"\x07", b"\x01", BESU_EXTRA
    header = read_header(write_rlp(fields))
    assert [seal[31] for seal in header.seals] == [1, 10]
    vanity, validators, vote, round_number, _seals = read_list(read_rlp(BESU_EXTRA))
    assert round_number == bytes.fromhex("fedcba")
    fields[12] = write_rlp([vanity, validators, vote, round_number, []])
    assert header.sealed == keccak256(write_rlp(fields))
    fields[12] = write_rlp([vanity, validators, vote, b"", []])
    assert header.hash == keccak256(write_rlp(fields))


CLIQUE_EXTRA = bytes.fromhex(
    "d883010d0f846765746888676f312e32362e38856c696e757800000000000000"
    "71fe4158be07a04c20b6ee892fab1f160d3936e61956830d81a10ba1ca8a82ea"
    "71a1adc0bf8c74f086e38474a31ace6abb36f5664a24a8105ccfcead08430cf400"
)
"""Of block 24 of a chain with three validators of geth 1.13.15; its vanity is an RLP list, too."""


def test_a_block_that_geth_sealed_under_clique_has_the_hash_and_the_sealer_that_geth_says() -> None:
    empty_trie = keccak256(write_rlp(b""))
    before = bytes.fromhex("55483bc18979f7543c0f975d27cfb53da34665b8aa3aa74f57ba0617a05d6738")
    fields: list[Item] = [before, keccak256(write_rlp([])), bytes(20), *[empty_trie] * 3, bytes(256), b"\x02"]
    fields += [
        b"\x18",
        b"\x01\xc9\xc3\x80",
        b"",
        bytes.fromhex("6b0edc6d"),
        CLIQUE_EXTRA,
        bytes(32),
        bytes(8),
    ]
    header = read_header(write_rlp([*fields, b"\x07"]))
    assert header.hash.hex() == "9518994acea08178b86cd0e4709d5334be7e1184ced12a749265ee968f6be4fb"
    (sealer,) = header.sealers()
    assert sealer.hex() in {
        "84fc6ece9c343afa57466d6c6e4cb94962ead6e5",
        "067c2857b3c8368b8e7d87c9e31d13da593ab1db",
        "f5163cf39e634d9c3fed85a039146973dac49e06",
    }


def test_a_proof_larger_than_its_file_does_not_fit() -> None:
    materials = read_proof((FOLDER / "block_pinned.tlog-proof").read_bytes()).materials
    assert materials.chain is not None
    assert fits(materials)
    assert not fits(replace(materials, chain=replace(materials.chain, storage=(bytes(1000),) * 32)))
