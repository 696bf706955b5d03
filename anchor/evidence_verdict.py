"""What verified evidence says, in plain words and as JSON: no more than was proved."""

from typing import Any

from anchor.encoding import to_base64url
from anchor.evidence import VerifiedEvidence
from anchor.records.shape import write_time
from anchor.records.trust import Trust
from anchor.verdict import anchored_in_words, anchored_json, cosigned_in_words

NOT_PROVED = (
    "that what the digest stands for is true, or was made by this partner",
    "that the key was this partner's, and that it was a member: that is the vault's word",
    "that there is no evidence to the contrary, here or elsewhere",
)


def in_words(verified: VerifiedEvidence, trust: Trust) -> str:
    """The verdict as a person reads it, several lines."""
    record = verified.evidence.record
    lines = [
        "PROVED",
        f"  {record.partner} put on record: {record.label}",
        f"  something with the SHA-256 {record.digest.hex()}",
        f"  at {write_time(record.time)}, by the partner's own clock",
        f"  entry {verified.index} of the log {record.log}, at its size {verified.size}",
        f"  whose head stands in the log {verified.checkpoint.origin}, size {verified.checkpoint.size}",
        *cosigned_in_words(verified.cosignatures, trust),
        *anchored_in_words(verified.anchor, verified.chain, trust),
        "not proved:",
        *(f"  - {fact}" for fact in NOT_PROVED),
    ]
    return "\n".join(lines)


def as_json(verified: VerifiedEvidence, trust: Trust) -> dict[str, Any]:
    """The verdict for a program."""
    record, checkpoint = verified.evidence.record, verified.checkpoint
    return {
        "vault": trust.vault,
        "evidence": to_base64url(verified.evidence.hash),
        "partner": record.partner,
        "digest": record.digest.hex(),
        "label": record.label,
        "time": write_time(record.time),
        "evidence_log": {"origin": record.log, "index": verified.index, "size": verified.size},
        "log": {"origin": checkpoint.origin, "size": checkpoint.size},
        "witnesses": [one.witness.name for one in verified.cosignatures],
        "quorum": trust.quorum,
        **anchored_json(verified.anchor, verified.chain),
        "not_proved": list(NOT_PROVED),
    }
