"""Does a block hold the root? Computed from its header alone, without asking anybody.

::

    block hash ◄─ header ─► state root ─► account ─► storage root, code hash ─► root_at[log][size]

Whatever a header says, somebody has to vouch for the block. A reader believes it because her trust
file pins its hash, or because enough of the validators that her trust file names sealed it. A block
that only the vault names shows what its hash stands for, and no more: she compares that one hash
with a source of her own.
"""

from dataclasses import dataclass
from typing import Literal

from anchor.chain.header import Header, read_header
from anchor.chain.keccak import keccak256
from anchor.chain.port import log_id_of
from anchor.chain.rlp import read_list, read_rlp, read_string
from anchor.chain.trie import verify_value
from anchor.errors import ProofError
from anchor.records.anchored import Anchor
from anchor.records.chain_proof import ChainProof
from anchor.records.checkpoint import Checkpoint
from anchor.records.trust import ChainTrust

ROOT_AT_SLOT = 3
"""Where ``AnchorLog`` keeps ``root_at``: slot 0 is the compiler's, ``admin`` is 1, ``writer_of`` is 2."""
WORD_BYTES = 32

Basis = Literal["pinned", "sealed", "named"]
"""Who vouches for the block: the trust file, validators of the trust file, or the vault alone."""


@dataclass(frozen=True, slots=True)
class Proven:
    """A block that holds the root; ``seals`` counts the trusted validators that sealed it."""

    number: int
    hash: bytes
    time: int
    basis: Basis
    seals: int


def verify_chain_proof(
    proof: ChainProof, checkpoint: Checkpoint, trusted: ChainTrust, anchor: Anchor | None
) -> Proven:
    """Return the block that holds the checkpoint's root in the trusted contract.

    Raises:
        FormatError: the header or a node is malformed.
        ProofError: nobody vouches for the block, or it does not hold this root at this size.
    """
    header = read_header(proof.header)
    basis, seals = _vouched(header, trusted, anchor)
    storage_root = _storage_root(header, trusted, proof)
    slot = storage_slot(log_id_of(checkpoint.origin), checkpoint.size)
    word = read_string(read_rlp(verify_value(storage_root, slot, proof.storage)))
    if word.rjust(WORD_BYTES, b"\0") != checkpoint.root:
        raise ProofError("the contract holds another root at this size")
    return Proven(header.number, header.hash, header.time, basis, seals)


def storage_slot(log_id: bytes, size: int) -> bytes:
    """Where the contract keeps the root of a log at a size: 32 bytes.

    Vyper puts the slot before the key, keccak256(slot ‖ key), once for each of the two maps.
    """
    of_log = keccak256(ROOT_AT_SLOT.to_bytes(WORD_BYTES) + log_id)
    return keccak256(of_log + size.to_bytes(WORD_BYTES))


def seals_needed(validators: int) -> int:
    """Two thirds of them, rounded up: more than any two disjoint groups can both have (QBFT)."""
    return -(-2 * validators // 3)


def _vouched(header: Header, trusted: ChainTrust, anchor: Anchor | None) -> tuple[Basis, int]:
    if header.hash in trusted.blocks:
        return "pinned", 0
    if validators := frozenset(trusted.validators):
        sealed = len(header.sealers() & validators)
        if sealed < seals_needed(len(validators)):
            raise ProofError(f"{sealed} of the {len(validators)} trusted validators sealed the block")
        return "sealed", sealed
    if anchor is not None and (anchor.block, anchor.block_hash) == (header.number, header.hash):
        return "named", 0
    raise ProofError("the block is not pinned, not sealed, and not the one that the vault names")


def _storage_root(header: Header, trusted: ChainTrust, proof: ChainProof) -> bytes:
    account = read_rlp(verify_value(header.state_root, trusted.contract, proof.account))
    _nonce, _balance, storage_root, code_hash = read_list(account, 4)
    if read_string(code_hash, WORD_BYTES) != trusted.code_hash:
        raise ProofError("the contract's code is not that of the trust file")
    return read_string(storage_root, WORD_BYTES)
