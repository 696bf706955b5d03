"""The consents in a bundle: checked as a whole first, and read without any vault."""

from pathlib import Path

from anchor.records.consent import Revocation, verify_grant
from anchor.records.parties import verify_partner
from anchor.records.signed import by, verify
from anchor.records.trust import read_trust
from planetvault.bundle.archive import BundleReader
from planetvault.bundle.check import check_bundle
from planetvault.consents import Consent, consents_of
from planetvault.receipts import verify_receipt

PARTNERS = "partners/"


def bundle_consents(path: Path | str) -> list[Consent]:
    """Every grant in a bundle with what became of it, oldest first. A bundle has no texts, only their hashes.

    Raises:
        BundleBroken: if it does not hold together.
    """
    check_bundle(path)
    with BundleReader(Path(path)) as reader:
        trust = read_trust(reader.read("trust.json"))
        grants = [verify_grant(raw) for raw in reader.lines("grants")]
        keys = {one.hash: one.record.owner_key for one in grants}
        answered = []
        for row in reader.objects("receipts.json"):
            receipt, raw = verify_receipt(row.record("receipt"), trust), row.maybe_record("revocation")
            key = keys[receipt.record.grant]
            answered.append((receipt, verify(raw, Revocation, by(key)) if raw else None))
        return consents_of(grants, answered, _names(reader), {})


def _names(reader: BundleReader) -> dict[str, str]:
    """What each partner calls itself in its newest entry."""
    newest = [verify_partner(reader.lines(name))[-1].record for name in reader.under(PARTNERS)]
    return {partner.partner: partner.name for partner in newest}
