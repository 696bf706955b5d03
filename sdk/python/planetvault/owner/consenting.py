"""What this owner consented to, as records that other programs read (docs/spec/consent-record.md)."""

from planetvault.consents import Consent, consents_of
from planetvault.owner.renewing import OwnerRenewing
from planetvault.pinned import remembered_partner
from planetvault.steps import Steps


class OwnerConsenting(OwnerRenewing):
    """Consent records."""

    def consents(self) -> Steps[list[Consent]]:
        """Every grant she gave, oldest first, with its uses and its end, and the text this device showed her.

        Raises:
            GrantChanged, ReceiptBroken: by their subclasses, as ``grants`` and ``receipts``.
        """
        checked = yield from self.receipts()
        grants = [one.signed for one in (yield from self.grants())]
        answered = [(one.receipt, one.revocation) for one in checked]
        texts = {one.record.text: text for one in grants if (text := self.text_agreed(one))}
        known = {one.record.partner: remembered_partner(self.memory, one.record.partner) for one in grants}
        names = {domain: partner.newest.name for domain, partner in known.items() if partner}
        return consents_of(grants, answered, names, texts)
