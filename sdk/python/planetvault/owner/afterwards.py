"""After a grant has ended: demands that what was opened is erased, and what partners say they did with it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from anchor.keys import kid_of
from anchor.records.afterwards import Attestation, Demand, Report, verify_demand
from anchor.records.signed import Signed, sign, unverified, verify
from planetvault.answers import Fields
from planetvault.errors import GrantChanged
from planetvault.owner.given import GivenGrant
from planetvault.owner.receipts import OwnerReceipts
from planetvault.pinned import PinnedPartner, fetch_partner
from planetvault.receipts import breaking
from planetvault.steps import Steps

DEADLINE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class MadeDemand:
    """A demand of hers: ``open``, ``attested``, ``late`` or ``overdue``; and the partner's answer."""

    signed: Signed[Demand]
    grant: GivenGrant
    state: str
    attestation: Signed[Attestation] | None


class OwnerAfterwards(OwnerReceipts):
    """Demands, attestations and reports."""

    def demand_erasures(self, *, within: timedelta = DEADLINE) -> Steps[list[Signed[Demand]]]:
        """Demand that is erased what was opened under every grant that was used and has ended.

        Those demanded before are left as they are; the answer holds the new ones. ``within`` is when it
        has to be gone: at least a day from now.
        """
        known = {one.grant.hash for one in (yield from self.demands())}
        made: list[Signed[Demand]] = []
        for given in (yield from self.grants()):
            if given.uses and given.hash not in known and not given.stands(self.clock()):
                made.append((yield from self._demand(given, within)))  # noqa: PERF401 - it yields
        return made

    def _demand(self, given: GivenGrant, within: timedelta) -> Steps[Signed[Demand]]:
        now = self.clock()
        demand = Demand(grant=given.hash, uses=given.uses, deadline=now + within, time=now)
        signed = sign(demand, self.signing_key_for(given.terms.partner))
        yield from self.send("POST", "/v1/demands", {"demand": signed.text})
        return signed

    def demands(self) -> Steps[list[MadeDemand]]:
        """The demands she made, oldest first, each with the partner's signed answer if there is one.

        Raises:
            GrantChanged: if the vault shows a demand or an answer that nobody signed.
        """
        given = {one.hash: one for one in (yield from self.grants())}
        made: list[MadeDemand] = []
        for row in (yield from self.listed("/v1/demands")):
            grant = given.get(row.hash("grant"))
            if grant is None:
                raise GrantChanged("a demand is of a grant that this owner never gave", row.record("demand"))
            made.append((yield from self._made_demand(row, grant)))
        return made

    def _made_demand(self, row: Fields, grant: GivenGrant) -> Steps[MadeDemand]:
        raw, answer = row.record("demand"), row.maybe_record("attestation")
        with breaking(GrantChanged, raw):
            signed = verify_demand(raw, grant.signed)
        attestation = None
        if answer is not None:
            partner = yield from fetch_partner(self.memory, grant.terms.partner)
            with breaking(GrantChanged, raw, answer):
                attestation = verify(answer, Attestation, _key_of(partner))
            if attestation.record.demand != signed.hash or attestation.record.uses < signed.record.uses:
                raise GrantChanged("an attestation answers another demand", raw, answer)
        return MadeDemand(signed, grant, row.text("state"), attestation)

    def reports(self) -> Steps[list[Signed[Report]]]:
        """What partners say they did with what they opened, oldest first, each signed by its partner.

        Raises:
            GrantChanged: if one is not, or is about no receipt of hers.
        """
        receipts = {one.receipt.hash: one.receipt.record for one in (yield from self.receipts())}
        found: list[Signed[Report]] = []
        for row in (yield from self.listed("/v1/reports")):
            raw = row.record("report")
            with breaking(GrantChanged, raw):
                about = receipts.get(unverified(raw, Report).receipt)
            if about is None:
                raise GrantChanged("a report is about no receipt of this owner", raw)
            partner = yield from fetch_partner(self.memory, about.partner)
            with breaking(GrantChanged, raw):
                found.append(verify(raw, Report, _key_of(partner)))
        return found


def _key_of(partner: PinnedPartner) -> Callable[[bytes, object], bytes]:
    """For ``verify``: the signer must be a key that the pinned partner has or had."""
    keys = {kid_of(entry.record.sign_key): entry.record.sign_key for entry in partner.entries}
    return lambda kid, _: keys.get(kid, partner.newest.sign_key)
