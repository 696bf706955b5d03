"""A partner's evidence: a log of its own business, who may write to it, and proofs for strangers.

::

    log = partner.open_log("harbour")
    partner.admit(log, "carrier.example")
    kept = partner.put_on_record(log, sha256(bill).digest(), "bill of lading 7")
    Path("bill-7.tlog-proof").write_bytes(partner.prove(kept).raw)
"""

from dataclasses import dataclass

from anchor.encoding import to_base64url
from anchor.errors import AnchorError
from anchor.evidence import VerifiedEvidence, verify_evidence
from anchor.records.evidence import Evidence, Membership
from anchor.records.signed import Signed, sign
from anchor.records.tlog_proof import PROOF_BYTES_MAX
from planetvault.errors import ProofWrong
from planetvault.http import exchange, send
from planetvault.partner.trying import PartnerTrying
from planetvault.steps import Request, Steps


@dataclass(frozen=True, slots=True)
class CheckedEvidence:
    """A proof file of evidence, ``raw``, and what it proves against the pinned trust file."""

    raw: bytes
    verified: VerifiedEvidence


class PartnerEvidence(PartnerTrying):
    """What a partner does with evidence logs, as a tenant or as a member."""

    def open_log(self, name: str) -> Steps[str]:
        """Open an evidence log, or find it again; its origin.

        Raises:
            Conflict: another tenant has a log of this name.
        """
        yield from self.settle_keys()
        answer = yield from send("POST", "/v1/evidence/logs", {"name": name}, who=self.credential)
        return answer.text("log")

    def admit(self, log: str, partner: str) -> Steps[None]:
        """Let a partner put evidence into a log of ours."""
        yield from self._change(log, partner, admitted=True)

    def remove(self, log: str, partner: str) -> Steps[None]:
        """Let a partner put no more evidence into a log of ours. What stands, stands."""
        yield from self._change(log, partner, admitted=False)

    def put_on_record(self, log: str, digest: bytes, label: str) -> Steps[Signed[Evidence]]:
        """Sign that we have something with this SHA-256, and give it a place in a log.

        Raises:
            Forbidden: if we are no member of that log.
        """
        yield from self.settle_keys()
        record = Evidence(log=log, partner=self.itself.partner, digest=digest, label=label, time=self.clock())
        evidence = sign(record, self.signing)
        yield from send("POST", "/v1/evidence", {"evidence": [evidence.text]})
        return evidence

    def prove(self, evidence: Signed[Evidence], *, anchored: bool = False) -> Steps[CheckedEvidence]:
        """The proof file of a piece of evidence in a log we are a member of, checked as a stranger would.

        Raises:
            NotYet: while no signed checkpoint of the vault, or with ``anchored`` no anchor, covers it.
            ProofWrong: if the file does not prove this evidence.
        """
        yield from self.settle_keys()
        query = "?anchored=1" if anchored else ""
        target = f"/v1/evidence/{to_base64url(evidence.hash)}/proof{query}"
        answer = yield from exchange(Request("GET", target, most=PROOF_BYTES_MAX), self.credential)
        try:
            verified = verify_evidence(answer.body, self.trust)
        except AnchorError as error:
            raise ProofWrong(str(error), evidence.raw, answer.body) from error
        if verified.evidence.raw != evidence.raw:
            raise ProofWrong("this proof is of other evidence", evidence.raw, answer.body)
        if anchored and verified.anchor is None:
            raise ProofWrong("an anchored proof was asked for, and this one names no anchor", answer.body)
        return CheckedEvidence(answer.body, verified)

    def _change(self, log: str, partner: str, *, admitted: bool) -> Steps[None]:
        yield from self.settle_keys()
        record = Membership(log=log, partner=partner, admitted=admitted, time=self.clock())
        body = {"membership": sign(record, self.signing).text}
        yield from send("POST", "/v1/evidence/members", body)
