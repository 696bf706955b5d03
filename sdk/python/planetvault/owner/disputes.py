"""When a use was not right: dispute it while what it brought is pending, and see what the vault decided.

A dispute and its decision are signed; the receipt stays as it was. What a decision gave back to
the partner is no longer earned, so a statement is held against the receipts and the decisions.
"""

from dataclasses import dataclass

from anchor.keys import kid_of
from anchor.records.disputes import Decision, Dispute
from anchor.records.signed import Signed, by, named_kid, sign, verify
from anchor.records.usage import Receipt
from planetvault.answers import Fields
from planetvault.errors import DecisionWrong
from planetvault.owner.given import GivenGrant
from planetvault.owner.giving import OwnerGiving
from planetvault.pinned import fetch_partner
from planetvault.receipts import breaking, vault_key
from planetvault.steps import Steps

OWNER, PARTNER = "owner", "partner"


@dataclass(frozen=True, slots=True)
class CheckedDispute:
    """A dispute about a receipt, whose it is, and the vault's decision, if there is one."""

    signed: Signed[Dispute]
    side: str
    decision: Signed[Decision] | None

    @property
    def refunded(self) -> int:
        """What went back to the partner out of the owner's share, in micros."""
        return self.decision.record.share if self.decision else 0


class OwnerDisputes(OwnerGiving):
    """Disputes."""

    def dispute(self, receipt: Signed[Receipt], reason: str) -> Steps[Signed[Dispute]]:
        """Say that a use was not right, while what it brought is pending.

        Raises:
            Conflict: if it is disputed already, or its money is payable.
        """
        said = Dispute(vault=self.trust.vault, receipt=receipt.hash, reason=reason, time=self.clock())
        signed = sign(said, self.signing_key_for(receipt.record.partner))
        yield from self.send("POST", "/v1/disputes", {"dispute": signed.text})
        return signed

    def disputes(self) -> Steps[list[CheckedDispute]]:
        """Every dispute about a use of this owner's data, by either side, each checked.

        Raises:
            DecisionWrong: if a dispute or a decision is not signed by whom it should be.
        """
        rows = yield from self.listed("/v1/disputes")
        grants = {one.hash: one for one in (yield from self.grants())} if rows else {}
        receipts = (yield from self._grants_of_receipts()) if rows else {}
        checked = []
        for row in rows:
            given = grants.get(receipts.get(row.hash("receipt"), b""))
            checked.append((yield from self._checked_dispute(row, given)))
        return checked

    def _grants_of_receipts(self) -> Steps[dict[bytes, bytes]]:
        found = {}
        for row in (yield from self.listed("/v1/receipts")):
            receipt = verify(row.record("receipt"), Receipt, vault_key(self.trust))
            found[receipt.hash] = receipt.record.grant
        return found

    def _checked_dispute(self, row: Fields, given: GivenGrant | None) -> Steps[CheckedDispute]:
        raw, decision = row.record("dispute"), row.maybe_record("decision")
        if given is None:
            raise DecisionWrong("a dispute is about no receipt of yours", raw)
        with breaking(DecisionWrong, raw):
            kid, terms = named_kid(raw, Dispute), given.signed.record
        if kid == kid_of(terms.owner_key):
            side, key = OWNER, terms.owner_key
        else:
            partner = yield from fetch_partner(self.memory, terms.partner)
            with breaking(DecisionWrong, raw):
                side, key = PARTNER, partner.key_after(terms.partner_key, kid)
        with breaking(DecisionWrong, raw):
            signed = verify(raw, Dispute, by(key))
        return CheckedDispute(signed, side, self._decision(decision, signed) if decision else None)

    def _decision(self, raw: bytes, dispute: Signed[Dispute]) -> Signed[Decision]:
        with breaking(DecisionWrong, raw):
            decision = verify(raw, Decision, vault_key(self.trust))
        if (decision.record.dispute, decision.record.receipt) != (dispute.hash, dispute.record.receipt):
            raise DecisionWrong("a decision is about another dispute", raw, dispute.raw)
        return decision
