"""The stranger's check of evidence: one file, offline, against the keys the reader brought.

It proves that whoever holds the partner's key said to have something with this digest, and that the
record stood in the tenant's log, and that log's head in the vault's, no later than the checkpoint. That
the key is that domain's, and that it was a member, is the vault's word: it signed the head of the log.
"""

from dataclasses import dataclass

from anchor.chain.proven import Proven
from anchor.errors import FormatError, ProofError
from anchor.note import Cosignature, KeyType, Policy, VerifierKey
from anchor.records.anchored import Anchor
from anchor.records.checkpoint import Checkpoint
from anchor.records.evidence import Evidence, LogHead
from anchor.records.evidence_proof import EvidenceMaterials, read_evidence_proof
from anchor.records.signed import Signed, by
from anchor.records.signed import verify as verify_signed
from anchor.records.trust import Trust
from anchor.verify import vault_key, verify_anchor, verify_chain


@dataclass(frozen=True, slots=True)
class VerifiedEvidence:
    """What a proof file proves: ``index`` and ``size`` are of the tenant's log, the rest of the vault's."""

    evidence: Signed[Evidence]
    index: int
    size: int
    head: Signed[LogHead]
    checkpoint: Checkpoint
    cosignatures: tuple[Cosignature, ...]
    anchor: Signed[Anchor] | None
    chain: Proven | None


def verify_evidence(raw: bytes, trust: Trust) -> VerifiedEvidence:
    """Check a proof file of evidence against a trust file.

    (1) The file has the form of a proof.
    (2) The partner's key in the file signed the evidence.
    (3) The vault signed the head of the log that the evidence names, with a key the reader trusts.
    (4) That log's key signed a checkpoint with this very head, and it includes the evidence.
    (5) The vault's log, and enough witnesses, signed a checkpoint that includes the head.
    (6) The anchor, if there is one, is signed by the vault and is of this checkpoint.
    (7) The block, if there is one, is vouched for, and holds the checkpoint's root.

    Raises:
        FormatError: at (1), or for any record that is malformed.
        SignatureError: if somebody did not sign what was said.
        ProofError: if the parts do not fit together.
    """
    proof = read_evidence_proof(raw)  # (1)
    materials = proof.materials
    evidence = verify_signed(materials.evidence.encode(), Evidence, by(materials.partner_key))  # (2)
    head = _head(materials, evidence, trust)  # (3)
    own = Policy(VerifierKey.parse(head.record.key))
    included = proof.inclusion.verify(evidence.entry, own).checkpoint  # (4)
    if included.head != (head.record.size, head.record.root):
        raise ProofError("the vault signed another head of this log")
    covered = trust.verify_logged(materials.cover.inclusion, head.entry)  # (5)
    anchor = verify_anchor(materials.anchor, covered.checkpoint, trust)  # (6)
    chain = verify_chain(materials.chain, covered.checkpoint, trust, anchor)  # (7)
    return VerifiedEvidence(
        evidence,
        proof.inclusion.index,
        included.size,
        head,
        covered.checkpoint,
        covered.cosignatures,
        anchor,
        chain,
    )


def _head(materials: EvidenceMaterials, evidence: Signed[Evidence], trust: Trust) -> Signed[LogHead]:
    head = verify_signed(materials.head.encode(), LogHead, lambda kid, _: vault_key(trust, kid))
    key = VerifierKey.parse(head.record.key)
    if key.type is not KeyType.NOTE:
        raise FormatError("the key of a log is of type 0x01")
    if key.name != evidence.record.log:
        raise ProofError("the evidence is for another log than the one the vault signed for")
    if not key.name.startswith(f"{trust.vault}/evidence/"):
        raise ProofError("the log is not one of this vault's evidence logs")
    return head
