"""Proof files, fetched and checked: what a client keeps, and what it hands to a stranger."""

from dataclasses import dataclass

from anchor.encoding import to_base64url
from anchor.errors import AnchorError
from anchor.records.signed import Signed
from anchor.records.tlog_proof import PROOF_BYTES_MAX
from anchor.records.trust import Trust
from anchor.records.usage import Receipt
from anchor.verify import Verified, verify
from planetvault.errors import ProofWrong
from planetvault.http import Credential, exchange
from planetvault.steps import Request, Steps


@dataclass(frozen=True, slots=True)
class CheckedProof:
    """A proof file, ``raw``, and what it proves against the pinned trust file."""

    raw: bytes
    verified: Verified


def fetch_proof(
    receipt: Signed[Receipt], trust: Trust, who: Credential, *, anchored: bool
) -> Steps[CheckedProof]:
    """The proof file of a receipt, checked as a stranger would.

    Raises:
        NotYet: while no signed checkpoint, or with ``anchored`` no anchor, covers it.
        ProofWrong: if the file does not prove this receipt.
    """
    query = "?anchored=1" if anchored else ""
    target = f"/v1/receipts/{to_base64url(receipt.hash)}/proof{query}"
    answer = yield from exchange(Request("GET", target, most=PROOF_BYTES_MAX), who)
    try:
        verified = verify(answer.body, trust)
    except AnchorError as error:
        raise ProofWrong(str(error), receipt.raw, answer.body) from error
    if verified.receipt.raw != receipt.raw:
        raise ProofWrong("this proof is of another receipt", receipt.raw, answer.body)
    if anchored and verified.anchor is None:
        raise ProofWrong("an anchored proof was asked for, and this one names no anchor", answer.body)
    return CheckedProof(answer.body, verified)
