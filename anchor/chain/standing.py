"""Does the chain say what the vault says it says? Asked by a stranger, of a node of her choice.

The proof file carries the vault's word for an anchor. Here the chain itself is asked,
through a ``ChainReader`` built on the contract of the trust file. One answer is one
node's word: ask two that the log's operator does not run.
"""

from dataclasses import dataclass

from anchor.chain.port import Block, ChainReader, Inclusion, log_id_of
from anchor.errors import ChainError, ProofError
from anchor.records.anchored import Anchor
from anchor.records.trust import ChainTrust


@dataclass(frozen=True)
class Standing:
    """The block that has held the root ever since, and whether it is final by the reader's own rule.

    The root existed at ``block.time``, if the chain's clock is believed. ``chain`` is the
    reader's name for it, which says so if it is a development chain.
    """

    block: Block
    final: bool
    chain: str
    development: bool


def verify_standing(chain: ChainReader, anchor: Anchor, trusted: ChainTrust) -> Standing:
    """Return where the anchored root stands on the chain, as the node behind ``chain`` tells it.

    Raises:
        ChainError: this is not the trusted chain, contract or code, or it cannot be read.
        ChainUnreachable: nobody answered; nothing is known.
        ProofError: the chain does not hold what the vault says it holds.
    """
    _verify_contract(chain, trusted)
    if chain.root_at(log_id_of(anchor.log), anchor.size) != anchor.root:
        raise ProofError("the contract does not hold this root at this size")
    included = _verify_inclusion(chain.inclusion(anchor.transaction), anchor)
    block = chain.block_at(included.block_number)
    if block is None or block.hash != included.block_hash:
        raise ProofError("the anchor's block is not part of the chain")
    final_height = chain.final_height()
    final = final_height is not None and final_height >= block.number
    return Standing(block, final, chain.name, chain.development)


def _verify_contract(chain: ChainReader, trusted: ChainTrust) -> None:
    found = chain.identity()
    if (found.chain_id, found.contract, found.code_hash) != (trusted.id, trusted.contract, trusted.code_hash):
        raise ChainError("not the trusted chain: its id, its contract or the contract's code is different")


def _verify_inclusion(found: Inclusion | None, anchor: Anchor) -> Inclusion:
    if found is None or not found.succeeded:
        raise ProofError("the chain knows of no successful transaction of that name")
    if (found.block_number, found.block_hash) != (anchor.block, anchor.block_hash):
        raise ProofError("the transaction is in another block than the vault says")
    return found
