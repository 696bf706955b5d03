"""What owners want erased, the word that it was, and what became of what was opened."""

from dataclasses import dataclass

from anchor.records.afterwards import Attestation, Demand, Report, verify_demand
from anchor.records.signed import Signed, sign
from anchor.records.usage import Receipt
from planetvault.answers import Fields
from planetvault.errors import GrantChanged
from planetvault.http import listed, send
from planetvault.partner.files import PartnerFiles
from planetvault.receipts import breaking
from planetvault.steps import Steps


@dataclass(frozen=True, slots=True)
class ReceivedDemand:
    """Erase what was opened under a grant: ``open``, ``attested``, ``late`` or ``overdue``."""

    signed: Signed[Demand]
    state: str


class PartnerErasing(PartnerFiles):
    """Demands, attestations and reports."""

    def demands(self) -> Steps[list[ReceivedDemand]]:
        """What owners want erased, oldest first. Each is signed by the owner of the grant it names.

        Raises:
            GrantChanged: if one is not.
            NothingRemembered: if it is of a grant that ``grants`` never returned.
        """
        yield from self.settle_keys()
        rows = yield from listed("/v1/demands", who=self.credential)
        return [self._demand(row) for row in rows]

    def _demand(self, row: Fields) -> ReceivedDemand:
        raw, grant = row.record("demand"), self.held(row.hash("grant"))
        with breaking(GrantChanged, raw):
            return ReceivedDemand(verify_demand(raw, grant), row.text("state"))

    def attest(self, demand: ReceivedDemand) -> Steps[Signed[Attestation]]:
        """Give your word that everything opened under the grant of a demand is erased.

        Call it when it is: the record carries your signature, and says so for ever.
        """
        yield from self.settle_keys()
        attestation = Attestation(
            demand=demand.signed.hash,
            partner=self.itself.partner,
            uses=demand.signed.record.uses,
            time=self.clock(),
        )
        signed = sign(attestation, self.signing)
        yield from send("POST", "/v1/attestations", {"attestation": signed.text})
        return signed

    def report(
        self, receipt: Signed[Receipt], text: str, *, purpose: str = "", recipient: str | None = None
    ) -> Steps[Signed[Report]]:
        """Tell the owner what you did with what a use opened, and to whom you passed something on.

        ``purpose`` is that of the use, if none is named.
        """
        yield from self.settle_keys()
        report = Report(
            receipt=receipt.hash,
            partner=self.itself.partner,
            purpose=purpose or receipt.record.purpose or "",
            recipient=recipient,
            text=text,
            time=self.clock(),
        )
        signed = sign(report, self.signing)
        yield from send("POST", "/v1/reports", {"report": signed.text})
        return signed
