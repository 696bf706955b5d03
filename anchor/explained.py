"""A verified proof, step by step, with the hashes a reader can compute again by hand.

The steps are those of ``anchor.verify``, which has passed when this is written: here is
shown what it compared, not decided whether it holds.
"""

from collections.abc import Iterator

from anchor.chain.header import read_header
from anchor.chain.port import log_id_of
from anchor.chain.proven import storage_slot
from anchor.keys import kid_of
from anchor.merkle import leaf_hash, node_hash
from anchor.note import Note
from anchor.records.proof import Proof, read_proof
from anchor.records.shape import write_time
from anchor.records.trust import Trust
from anchor.verify import Verified


def explained(raw: bytes, verified: Verified, trust: Trust) -> str:
    """The eight steps of ``anchor.verify``, several lines each."""
    proof = read_proof(raw)
    steps = (
        _form(raw, proof),
        _receipt(verified),
        _log(proof, verified),
        _grant(verified),
        _asked(proof, verified),
        _terms(verified),
        _anchor(verified, trust),
        _block(proof, verified, trust),
    )
    return "\n".join(
        f"({number}) {line}" if first else f"    {line}"
        for number, step in enumerate(steps, 1)
        for first, line in _marked(step)
    )


def climb(
    leaf: bytes, index: int, size: int, path: tuple[bytes, ...]
) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Left, right and their node, from the leaf up (RFC 9162 §2.1.3.2), for a path that was verified."""
    node, last, reached = index, size - 1, leaf
    for sibling in path:
        left, right = reached, sibling
        if node & 1 or node == last:
            left, right = sibling, reached
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        node, last = node >> 1, last >> 1
        reached = node_hash(left, right)
        yield left, right, reached


def _marked(lines: Iterator[str]) -> Iterator[tuple[bool, str]]:
    return ((number == 0, line) for number, line in enumerate(lines))


def _form(raw: bytes, proof: Proof) -> Iterator[str]:
    yield f"the file has the form of a proof: {len(raw)} bytes, a path of {len(proof.inclusion.path)} hashes"


def _receipt(verified: Verified) -> Iterator[str]:
    yield "the vault signed the receipt, with a key of the trust file"
    yield f"its key's name, SHA-256 of the key   {verified.receipt.kid.hex()}"
    yield f"the receipt's hash                   {verified.receipt.hash.hex()}"


def _log(proof: Proof, verified: Verified) -> Iterator[str]:
    entry, checkpoint = verified.receipt.entry, verified.checkpoint
    leaf = leaf_hash(entry)
    yield "the log signed a checkpoint that includes the receipt"
    yield f"entry {verified.index} of {checkpoint.size}, type byte ‖ hash  {entry.hex()}"
    yield f"leaf = SHA-256(00 ‖ entry)           {leaf.hex()}"
    for left, right, node in climb(leaf, verified.index, checkpoint.size, proof.inclusion.path):
        yield f"SHA-256(01 ‖ {left.hex()[:12]}… ‖ {right.hex()[:12]}…) = {node.hex()}"
    yield f"the root in the checkpoint           {checkpoint.root.hex()}"
    for line in Note.parse(proof.inclusion.checkpoint).signatures:
        yield f"a signature line by {line.name}, key id {line.key_id.hex()}"
    yield f"cosignatures that count: {len(verified.cosignatures)}"


def _grant(verified: Verified) -> Iterator[str]:
    grant = verified.grant
    yield "the owner signed the grant that the receipt names"
    yield f"her key's name                       {grant.kid.hex()}"
    yield f"the grant's hash, as in the receipt  {grant.hash.hex()}"


def _asked(proof: Proof, verified: Verified) -> Iterator[str]:
    if verified.use is None:
        yield "the owner signed the revocation that the receipt names"
        if verified.revocation is not None:
            yield f"its hash, as in the receipt          {verified.revocation.hash.hex()}"
        return
    pinned, kid = verified.grant.record.partner_key, kid_of(proof.materials.partner_key)
    yield "the partner signed the use that the receipt names"
    yield f"the key that the grant pins          {pinned.hex()}"
    if kid != pinned:
        yield f"the key that signed, {len(proof.materials.partner) - 1} entries later   {kid.hex()}"
    yield f"the use's hash, as in the receipt    {verified.use.hash.hex()}"


def _terms(verified: Verified) -> Iterator[str]:
    receipt, grant = verified.receipt.record, verified.grant.record
    yield "the receipt keeps to the grant's terms"
    yield f"number {receipt.seq} of {grant.max_uses} uses, price {receipt.price} of {grant.price} micros"
    yield " ".join(
        (write_time(grant.not_before), "≤", write_time(receipt.time), "<", write_time(grant.expires))
    )


def _anchor(verified: Verified, trust: Trust) -> Iterator[str]:
    if verified.anchor is None or trust.chain is None:
        yield "no anchor goes with it"
        return
    anchor = verified.anchor.record
    yield "the vault signed that this root stands in the contract of the trust file"
    yield f"chain {anchor.chain_id}, contract 0x{anchor.contract.hex()}, size {anchor.size}"
    yield f"the anchored root                    {anchor.root.hex()}"


def _block(proof: Proof, verified: Verified, trust: Trust) -> Iterator[str]:
    found, chain = verified.chain, proof.materials.chain
    if found is None or chain is None or trust.chain is None:
        yield "no block goes with it"
        return
    slot = storage_slot(log_id_of(verified.checkpoint.origin), verified.checkpoint.size)
    yield f"the block holds the root, and is {found.basis}"
    yield f"header of {len(chain.header)} bytes, its hash        {found.hash.hex()}"
    yield f"its state root                       {read_header(chain.header).state_root.hex()}"
    yield f"{len(chain.account)} nodes to the trusted contract       {trust.chain.contract.hex()}"
    yield f"its code's hash, as in the trust file {trust.chain.code_hash.hex()}"
    yield f"{len(chain.storage)} nodes to its storage slot       {slot.hex()}"
    yield f"the root there                       {verified.checkpoint.root.hex()}"
