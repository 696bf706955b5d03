"""Consents as records that other programs read: ISO/IEC TS 27560, judged by a JSON-LD processor."""

import io
import json
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from planetvault.bundle import bundle_consents
from planetvault.command import app
from planetvault.consents import DPV, PROFILE, Consent, consent_record, consents_of, name_of
from planetvault.memory import FileMemory
from planetvault.owner.command import main
from pyld import jsonld
from typer.testing import CliRunner

from anchor.encoding import to_base64url
from anchor.records.signed import sign
from tests.attacks.town import Town
from tests.records.examples import at, examples, key
from tests.sdk.client.scene import ASKED, DOMAIN, PURPOSE

ROOT = Path(__file__).parents[3]
DCT, SPDX, XSD = (
    "http://purl.org/dc/terms/",
    "http://spdx.org/rdf/terms#",
    "http://www.w3.org/2001/XMLSchema#",
)
MANDATORY = (
    *(f"{DCT}{one}" for one in ("conformsTo", "identifier")),
    *(f"{DPV}{one}" for one in ("hasDataSubject", "hasDataController", "hasNotice", "hasProcess")),
    f"{DPV}hasConsentStatus",
)
"""What the guide wants of every record; the fields of a process are looked at one by one below."""


def nobody(url: str, _options: Any) -> Any:
    pytest.fail(f"reading a record asks {url}")


def expanded(consent: Consent, town: Town) -> dict[str, Any]:
    """The record as a JSON-LD processor understands it, without asking anybody."""
    told = jsonld.expand(json.loads(consent.written(town.clock.time)), {"documentLoader": nobody})
    assert len(told) == 1
    found: dict[str, Any] = told[0]
    return found


def value(node: Any) -> str:
    (only,) = node
    return str(only.get("@value", only.get("@id")))


def statuses(record: dict[str, Any]) -> list[str]:
    return [event["@type"][0].removeprefix(DPV) for event in record[f"{DPV}hasConsentStatus"]]


def test_a_record_says_who_may_do_what_with_which_data_and_for_how_long(town: Town) -> None:
    grant = town.used(2)
    (consent,) = town.owner.consents()
    record = expanded(consent, town)
    assert set(MANDATORY) <= record.keys()
    assert record["@type"] == [f"{DPV}ConsentRecord"]
    assert value(record[f"{DCT}conformsTo"]) == PROFILE
    assert value(record[f"{DCT}identifier"]) == to_base64url(grant.hash)
    (subject,), (controller,) = record[f"{DPV}hasDataSubject"], record[f"{DPV}hasDataController"]
    assert subject["@id"] == f"ni:///sha-256;{to_base64url(town.owner.connect(DOMAIN))}"
    assert value(controller[f"{DPV}hasName"]) == "Music Example"
    (process,) = record[f"{DPV}hasProcess"]
    assert value(process[f"{DPV}hasPurpose"]) == DPV + PURPOSE.removeprefix("dpv:")
    assert value(process[f"{DPV}hasRecipient"]) == f"https://{DOMAIN}/"
    assert [value(one[f"{DCT}identifier"]) for one in process[f"{DPV}hasPersonalData"]] == ASKED["clusters"]
    (storage,) = process[f"{DPV}hasStorageCondition"]
    assert storage[f"{DPV}hasDuration"] == [
        {"@type": f"{XSD}duration", "@value": f"P{grant.terms.retention_days}D"}
    ]
    assert len(record[f"{DPV}hasRecordOfActivity"]) == 2


def test_the_notice_is_the_very_text_whose_hash_she_signed(town: Town) -> None:
    grant = town.granted()
    (consent,) = town.owner.consents()
    (notice,) = expanded(consent, town)[f"{DPV}hasNotice"]
    ((words,), (checksum,)) = notice[f"{DCT}description"], notice[f"{SPDX}checksum"]
    assert sha256(words["@value"].encode()).digest() == grant.terms.text
    assert value(checksum[f"{SPDX}checksumValue"]) == grant.terms.text.hex()


def test_a_consent_is_given_and_then_withdrawn_or_expired(town: Town) -> None:
    grant = town.granted()
    (consent,) = town.owner.consents()
    assert statuses(expanded(consent, town)) == ["ConsentGiven"]
    town.clock.time = grant.terms.expires + timedelta(days=1)
    assert statuses(expanded(consent, town)) == ["ConsentGiven", "ConsentExpired"]


def test_a_withdrawal_names_the_signed_revocation(town: Town) -> None:
    town.owner.revoke(town.used().signed)
    (consent,) = town.owner.consents()
    assert consent.revocation is not None
    _given, withdrawn = expanded(consent, town)[f"{DPV}hasConsentStatus"]
    assert withdrawn["@type"] == [f"{DPV}ConsentWithdrawn"]
    assert value(withdrawn[f"{DCT}source"]) == name_of(consent.revocation.raw)


def test_every_word_of_a_record_is_an_absolute_term_of_a_known_vocabulary(town: Town) -> None:
    town.owner.revoke(town.used().signed)
    (consent,) = town.owner.consents()
    before = json.loads(consent.written(town.clock.time))
    graph = jsonld.to_rdf(before, {"documentLoader": nobody})["@default"]
    assert len(graph) > 40
    for triple in graph:
        assert triple["predicate"]["value"].startswith((DPV, DCT, SPDX, "http://www.w3.org/"))
    context = before["@context"]
    back = jsonld.compact(jsonld.expand(before), context, {"documentLoader": nobody})
    assert jsonld.expand(back) == jsonld.expand(before)  # nothing was dropped on the way in


def test_a_purpose_that_the_vocabulary_does_not_have_is_no_term_of_it(town: Town) -> None:
    town.owner.grant(town.asked(purposes=["dpv:MindReading"]))
    (consent,) = town.owner.consents()
    (process,) = expanded(consent, town)[f"{DPV}hasProcess"]
    (purpose,) = process[f"{DPV}hasPurpose"]
    assert "@id" not in purpose
    assert value(purpose[f"{DCT}title"]) == "MindReading"


def test_a_bundle_holds_the_same_consents_but_for_the_texts(town: Town, tmp_path: Path) -> None:
    town.owner.revoke(town.used().signed)
    path = town.owner.export(tmp_path / "maya.zip")
    (offline,), (here,) = bundle_consents(path), town.owner.consents()
    assert (offline.text, here.text is None) == (None, False)
    told, now = consent_record(offline, town.clock.time), consent_record(here, town.clock.time)
    del now["dpv:hasNotice"]["dct:description"]
    assert told == now


def test_the_commands_write_one_file_for_each_grant(town: Town, tmp_path: Path) -> None:
    grant = town.used()
    path, into = town.owner.export(tmp_path / "maya.zip"), tmp_path / "records"
    told = CliRunner().invoke(app, ["consents", str(path), str(into)])
    assert told.exit_code == 0
    file = into / f"{to_base64url(grant.hash)}.jsonld"
    assert [Path(line) for line in told.output.splitlines()] == [file]
    assert json.loads(file.read_bytes())["@type"] == "dpv:ConsentRecord"
    none = CliRunner().invoke(app, ["consents", str(path), str(tmp_path / "no"), "--partner", "shop.example"])
    assert (none.exit_code, none.output) == (0, "")


def test_the_owners_command_writes_what_her_device_knows(town: Town, tmp_path: Path) -> None:
    grant = town.used()
    memory = tmp_path / "maya.memory"
    FileMemory(memory).put(town.memory.under(""))
    out = io.StringIO()
    command = ["--memory", str(memory), "--vault", town.url, "consents", str(tmp_path / "records")]
    assert main(command, out, transport=town.between, clock=town.clock) == 0
    (file,) = (Path(line) for line in out.getvalue().splitlines())
    assert file.name == f"{to_base64url(grant.hash)}.jsonld"
    assert "dct:description" in json.loads(file.read_bytes())["dpv:hasNotice"]


def test_versions_of_a_grant_name_each_other() -> None:
    first = examples()["grant"].signed
    second = sign(replace(first.record, version=2, prev=first.hash), key(examples()["grant"].signer))
    one, two = (consent_record(each, at(4)) for each in consents_of([first, second], [], {}, {}))
    assert (one["dct:isReplacedBy"], two["dct:replaces"]) == (two["@id"], one["@id"])
    assert two["dpv:hasConsentStatus"][0]["@type"] == "dpv:RenewedConsentGiven"


def test_the_page_shows_the_consent_of_the_story() -> None:
    told = {noun: one.signed for noun, one in examples().items()}
    answered = [(told["receipt"], None), (told["receipt"], told["revocation"])]
    (consent,) = consents_of([told["grant"]], answered, {"acme.example": "Acme"}, {})
    made = consent_record(consent, at(14))
    del made["@context"]
    page = (ROOT / "docs" / "spec" / "consent-record.md").read_text("utf-8")
    assert json.loads(page.partition("```json\n")[2].partition("```")[0]) == made
