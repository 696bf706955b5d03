"""A grant as a consent record: ISO/IEC TS 27560:2023 in the terms of the W3C Data Privacy Vocabulary. Pure.

One JSON-LD document for each grant, so that what is shown to one partner names no other. The page
is docs/spec/consent-record.md; it follows the W3C community group's guide to consent records
(https://w3id.org/dpv/guides/consent-27560). Signed records stay what proves anything: this
is how programs that know nothing of a vault read them.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from anchor.encoding import to_base64url
from anchor.keys import kid_of
from anchor.records.consent import Grant, Revocation
from anchor.records.shape import write_time
from anchor.records.signed import Signed
from anchor.records.usage import Receipt
from planetvault.clusters import describe
from planetvault.purposes import broader

DPV = "https://w3id.org/dpv#"
PROFILE = "https://w3id.org/dpv/schema/dpv-27560#record"
NOT_RECORDED = (
    "The signed records do not say, so this one does not: the controller's postal address, the "
    "jurisdiction, and the place where data is stored."
)
_NAMED = {"@type": "@id"}
CONTEXT: Mapping[str, Any] = {
    "dpv": DPV,
    "dct": "http://purl.org/dc/terms/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "spdx": "http://spdx.org/rdf/terms#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "dct:conformsTo": _NAMED,
    "dct:created": {"@type": "xsd:dateTime"},
    "dct:date": {"@type": "xsd:dateTime"},
    "dct:isReplacedBy": _NAMED,
    "dct:replaces": _NAMED,
    "dct:source": _NAMED,
    "dct:valid": {"@type": "dct:Period"},
    "dpv:hasContact": _NAMED,
    "dpv:hasDuration": {"@type": "xsd:duration"},
    "dpv:hasLegalBasis": _NAMED,
    "dpv:hasPurpose": _NAMED,
    "dpv:hasRecipient": _NAMED,
    "dpv:isExercisedAt": _NAMED,
    "dpv:isIndicatedBy": _NAMED,
    "spdx:algorithm": _NAMED,
    "spdx:checksumValue": {"@type": "xsd:hexBinary"},
}
"""The terms used, in the document itself: reading one asks no other server."""


@dataclass(frozen=True, slots=True)
class Consent:
    """A grant and all that became of it.

    ``name`` is the partner's own name for itself, ``text`` what the owner was shown, where it is known.
    """

    grant: Signed[Grant]
    uses: tuple[Signed[Receipt], ...]
    revocation: Signed[Revocation] | None
    before: Signed[Grant] | None
    after: Signed[Grant] | None
    name: str | None = None
    text: str | None = None

    @property
    def partner(self) -> str:
        """Whom it is given to."""
        return self.grant.record.partner

    def written(self, now: datetime) -> bytes:
        """The document, as a file."""
        return (json.dumps(consent_record(self, now), ensure_ascii=False, indent=2) + "\n").encode()


def consents_of(
    grants: Sequence[Signed[Grant]],
    answered: Iterable[tuple[Signed[Receipt], Signed[Revocation] | None]],
    names: Mapping[str, str],
    texts: Mapping[bytes, str],
) -> list[Consent]:
    """Every grant with its receipts, in the order of the grants.

    ``answered`` are the receipts in the order of the owner's chain, each with the revocation that it
    answers, if it is no use. ``names`` are by domain, ``texts`` by their hash.
    """
    uses, revoked = defaultdict[bytes, list[Signed[Receipt]]](list), dict[bytes, Signed[Revocation]]()
    for receipt, revocation in answered:
        if revocation is None:
            uses[receipt.record.grant].append(receipt)
        else:
            revoked[receipt.record.grant] = revocation
    by_hash = {one.hash: one for one in grants}
    after = {one.record.prev: one for one in grants if one.record.prev}
    return [
        Consent(
            grant=one,
            uses=tuple(uses[one.hash]),
            revocation=revoked.get(one.hash),
            before=by_hash.get(one.record.prev or b""),
            after=after.get(one.hash),
            name=names.get(one.record.partner),
            text=texts.get(one.record.text),
        )
        for one in grants
    ]


def consent_record(consent: Consent, now: datetime) -> dict[str, Any]:
    """The record of one consent as it stands at ``now``, a JSON-LD document."""
    grant = consent.grant.record
    return {
        "@context": CONTEXT,
        "@id": name_of(consent.grant.raw),
        "@type": "dpv:ConsentRecord",
        "dct:conformsTo": PROFILE,
        "dct:identifier": to_base64url(consent.grant.hash),
        "dct:created": write_time(now),
        "rdfs:comment": NOT_RECORDED,
        **_versions(consent),
        "dpv:hasDataSubject": _subject(grant),
        "dpv:hasDataController": _controller(consent),
        "dpv:hasNotice": _notice(consent),
        "dpv:hasProcess": _process(grant),
        "dpv:hasConsentStatus": _events(consent, now),
        "dpv:hasRecordOfActivity": [_use(one) for one in consent.uses],
    }


def write_records(
    consents: Iterable[Consent], into: Path, now: datetime, *, partner: str | None = None
) -> list[Path]:
    """Write each consent to a file of its own, named by its grant; to this ``partner`` alone if one is named.

    Raises:
        OSError: if the folder can't be written to.
    """
    into.mkdir(parents=True, exist_ok=True)
    written = []
    for one in consents:
        if partner in (None, one.partner):
            path = into / f"{to_base64url(one.grant.hash)}.jsonld"
            path.write_bytes(one.written(now))
            written.append(path)
    return written


def name_of(octets: bytes) -> str:
    """The name of a signed record, or of a key, by its bytes: RFC 6920."""
    return f"ni:///sha-256;{to_base64url(sha256(octets).digest())}"


def _versions(consent: Consent) -> dict[str, str]:
    pairs = (("dct:replaces", consent.before), ("dct:isReplacedBy", consent.after))
    return {term: name_of(other.raw) for term, other in pairs if other}


def _subject(grant: Grant) -> dict[str, Any]:
    """The owner, by the key that this partner alone knows her by."""
    kid = to_base64url(kid_of(grant.owner_key))
    return {"@id": name_of(grant.owner_key), "@type": "dpv:DataSubject", "dct:identifier": kid}


def _controller(consent: Consent) -> dict[str, Any]:
    named = {"dpv:hasName": consent.name} if consent.name else {}
    return {
        "@id": _site(consent.partner),
        "@type": "dpv:DataController",
        "dct:identifier": consent.partner,
        **named,
        "dpv:hasContact": _site(consent.partner),
    }


def _site(domain: str) -> str:
    return f"https://{domain}/"


def _notice(consent: Consent) -> dict[str, Any]:
    """What she was shown: its hash, which she signed, and its words where they are known."""
    grant = consent.grant.record
    words = {"dct:description": {"@language": grant.language, "@value": consent.text}} if consent.text else {}
    return {
        "@type": "dpv:ConsentNotice",
        "dct:language": grant.language,
        **words,
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": "spdx:checksumAlgorithm_sha256",
            "spdx:checksumValue": grant.text.hex(),
        },
    }


def _process(grant: Grant) -> dict[str, Any]:
    vault = _site(grant.vault)
    return {
        "@type": "dpv:Process",
        "dpv:hasService": {"@id": vault, "@type": "dpv:Service", "dct:identifier": grant.vault},
        "dpv:hasLegalBasis": "dpv:ExplicitlyExpressedConsent",
        "dpv:hasPurpose": [_purpose(one) for one in grant.purposes],
        "dpv:hasPersonalData": [_data(one, grant.language) for one in grant.clusters],
        "dpv:hasDataSource": {"@type": "dpv:DataSubjectDataSource"},
        "dpv:hasRecipient": [_site(grant.partner)],
        "dpv:hasStorageCondition": [
            {"@type": "dpv:StorageDuration", "dpv:hasDuration": f"P{grant.retention_days}D"}
        ],
        "dpv:hasConsentControl": {"@type": "dpv:WithdrawConsent", "dpv:isExercisedAt": vault},
    }


def _purpose(purpose: str) -> str | dict[str, Any]:
    """The vocabulary's own term; a word that it does not have is a purpose named so, and no term."""
    if purpose in broader():
        return purpose
    return {"@type": "dpv:Purpose", "dct:title": purpose.removeprefix("dpv:")}


def _data(cluster: str, language: str) -> dict[str, Any]:
    words = describe(cluster, language)
    return {
        "@type": "dpv:PersonalData",
        "dct:identifier": cluster,
        "dct:title": {"@language": language, "@value": words.label},
        "dct:description": {"@language": language, "@value": f"{words.description} {words.never}"},
    }


def _events(consent: Consent, now: datetime) -> list[dict[str, Any]]:
    """Given, and withdrawn or expired if it was: in the order of time."""
    grant, revocation = consent.grant.record, consent.revocation
    valid = f"start={write_time(grant.not_before)}; end={write_time(grant.expires)}; scheme=W3C-DTF;"
    status = "dpv:ConsentGiven" if grant.version == 1 else "dpv:RenewedConsentGiven"
    events = [
        _event(status, grant.time, grant, {"dct:valid": valid, "dct:source": name_of(consent.grant.raw)})
    ]
    if revocation is not None:
        source = {"dct:source": name_of(revocation.raw)}
        events.append(_event("dpv:ConsentWithdrawn", revocation.record.time, grant, source))
    elif now >= grant.expires:
        events.append({"@type": "dpv:ConsentExpired", "dct:date": write_time(grant.expires)})
    return events


def _event(status: str, time: datetime, grant: Grant, more: dict[str, Any]) -> dict[str, Any]:
    return {
        "@type": status,
        "dct:date": write_time(time),
        "dpv:isIndicatedBy": name_of(grant.owner_key),
        **more,
    }


def _use(receipt: Signed[Receipt]) -> dict[str, Any]:
    """One use, by its receipt: when, and for which of the purposes."""
    said = receipt.record
    assert said.purpose is not None  # noqa: S101 - only closing receipts have none, and they are no uses
    return {
        "@id": name_of(receipt.raw),
        "@type": "dpv:DataProcessingRecord",
        "dct:identifier": to_base64url(receipt.hash),
        "dct:date": write_time(said.time),
        "dpv:hasPurpose": [_purpose(said.purpose)],
    }
