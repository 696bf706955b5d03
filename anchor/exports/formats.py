"""Every export of a proof file, by name."""

from collections.abc import Callable
from typing import Literal

from anchor.exports.chainpoint import to_chainpoint
from anchor.exports.included import Included
from anchor.exports.merkletools import to_merkletools
from anchor.exports.opentimestamps import to_opentimestamps
from anchor.records.proof import Proof, read_proof
from anchor.records.signed import prefix_of
from anchor.records.trust import Trust
from anchor.records.usage import Receipt
from anchor.verify import Verified, verify

Format = Literal["record", "root", "ots", "chainpoint", "merkletools"]
FORMATS: dict[Format, Callable[[Included], bytes]] = {
    "record": lambda included: included.file,
    "root": lambda included: included.root,
    "ots": to_opentimestamps,
    "chainpoint": to_chainpoint,
    "merkletools": to_merkletools,
}
"""``record`` is the file an ``.ots`` is about; ``root`` the 32 bytes to have stamped by others."""


def included_of(raw: bytes, trust: Trust) -> Included:
    """What a proof file shows, once it is verified.

    Raises:
        FormatError, SignatureError, ProofError: as ``anchor.verify``.
    """
    return _included(verify(raw, trust), read_proof(raw))


def _included(verified: Verified, proof: Proof) -> Included:
    receipt = verified.receipt
    return Included(
        file=prefix_of(Receipt) + receipt.raw,
        entry=receipt.entry,
        index=verified.index,
        size=verified.checkpoint.size,
        path=proof.inclusion.path,
        root=verified.checkpoint.root,
        checkpoint=proof.inclusion.checkpoint,
        received=receipt.record.time,
        anchor=verified.anchor.record if verified.anchor else None,
    )
