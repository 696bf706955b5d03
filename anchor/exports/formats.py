"""Every export of a proof file, by name."""

from collections.abc import Callable
from typing import Literal

from anchor.evidence import VerifiedEvidence, verify_evidence
from anchor.exports.chainpoint import to_chainpoint
from anchor.exports.included import Included
from anchor.exports.merkletools import to_merkletools
from anchor.exports.opentimestamps import to_opentimestamps
from anchor.records.evidence import Evidence
from anchor.records.evidence_proof import EvidenceProof, holds_evidence, read_evidence_proof
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
    """What a proof file shows, once it is verified: a receipt in the vault's log, or evidence in a tenant's.

    Raises:
        FormatError, SignatureError, ProofError: as ``anchor.verify`` or ``anchor.evidence``.
    """
    if holds_evidence(raw):
        return _evidence(verify_evidence(raw, trust), read_evidence_proof(raw))
    return _receipt(verify(raw, trust), read_proof(raw))


def _evidence(verified: VerifiedEvidence, proof: EvidenceProof) -> Included:
    """Up to the tenant's checkpoint: no format of others can say how its root stands inside a signed head."""
    evidence = verified.evidence
    return Included(
        file=prefix_of(Evidence) + evidence.raw,
        entry=evidence.entry,
        index=verified.index,
        size=verified.size,
        path=proof.inclusion.path,
        root=verified.head.record.root,
        checkpoint=proof.inclusion.checkpoint,
        received=evidence.record.time,
        anchor=None,
    )


def _receipt(verified: Verified, proof: Proof) -> Included:
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
