"""Evidence logs: who may write, what a stranger can check, and that no log can tell two stories unnoticed."""

import json
import os
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from anchor.encoding import to_base64url
from anchor.errors import AnchorError, ProofError, SignatureError
from anchor.evidence import verify_evidence
from anchor.keys import SigningKey
from anchor.log import Log, MemoryLogStore
from anchor.note import Policy, VerifierKey
from anchor.records.checkpoint import verify_checkpoint
from anchor.records.evidence import Evidence, Membership
from anchor.records.evidence_proof import read_evidence_proof
from anchor.records.signed import Signed, sign
from anchor.records.trust import Trust, read_trust
from anchor.tiles import read_bundle
from tests.vault.world import World
from vault.db import connect, writing
from vault.evidence.flow import PLACED_AT_ONCE, cover
from vault.log.store import Entries
from vault.worker import Worker

LOG = "test.example/evidence/harbour"


@pytest.fixture
def harbour(world: World) -> World:
    """A tenant with a log of its own."""
    answer = opened(world, "harbour")
    assert answer.status_code == 201, answer.text
    return world


def opened(world: World, name: str) -> Any:
    return world.signed("POST", "/v1/evidence/logs", json.dumps({"name": name}).encode())


def evidence(world: World, label: str = "bill of lading 7", **changes: Any) -> Signed[Evidence]:
    record = Evidence(
        log=f"{world.origin}/evidence/harbour",
        partner=world.domain,
        digest=sha256(label.encode()).digest(),
        label=label,
        time=world.clock(),
    )
    return sign(replace(record, **changes), world.partner)


def put(world: World, *records: Signed[Evidence]) -> Any:
    return world.http.post("/v1/evidence", json={"evidence": [record.text for record in records]})


def membership(tenant: World, member: World, *, admitted: bool, key: SigningKey | None = None) -> Any:
    record = Membership(
        log=f"{tenant.origin}/evidence/harbour",
        partner=member.domain,
        admitted=admitted,
        time=tenant.clock(),
    )
    body = {"membership": sign(record, key or tenant.partner).text}
    return tenant.http.post("/v1/evidence/members", json=body)


def work(world: World) -> None:
    """Turns of the worker: a head is signed, sequenced, and found."""
    with closing(Worker.of(world.settings, world.clock)) as worker:
        for _ in range(3):
            assert [outcome.error for outcome in worker.once() if outcome.error] == []


def proof(world: World, record: Signed[Evidence], query: str = "") -> Any:
    return world.signed("GET", f"/v1/evidence/{to_base64url(record.hash)}/proof{query}")


def trust(world: World) -> Trust:
    return read_trust(world.http.get("/v1/trust").content)


def test_evidence_is_proved_to_a_stranger(harbour: World) -> None:
    record = evidence(harbour)
    assert put(harbour, record).json()["data"][0]["index"] == 0
    assert proof(harbour, record).json()["code"] == "not-yet"
    work(harbour)
    verified = verify_evidence(proof(harbour, record).content, trust(harbour))
    assert verified.evidence == record
    assert (verified.index, verified.size) == (0, 1)
    assert verified.checkpoint.origin == f"{harbour.origin}/log"


def test_a_head_behind_a_long_queue_is_found(harbour: World) -> None:
    """The worker was away: more entries wait for the vault's log than are looked at in one pass."""
    record = evidence(harbour)
    put(harbour, record).raise_for_status()
    waiting = [os.urandom(33) for _ in range(PLACED_AT_ONCE + 10)]
    with closing(connect(harbour.settings.database_url)) as connection, writing(connection) as transaction:
        Entries(transaction).queue(waiting)
        cover(transaction, harbour.service.keys, harbour.origin, harbour.clock())
    work(harbour)
    assert verify_evidence(proof(harbour, record).content, trust(harbour)).evidence == record
    later = evidence(harbour, "bill of lading 8")
    put(harbour, later).raise_for_status()
    work(harbour)
    assert verify_evidence(proof(harbour, later).content, trust(harbour)).evidence == later


def test_many_logs_are_covered_by_one(harbour: World) -> None:
    other = harbour.newcomer("mill.example")
    other.register_partner()
    assert opened(other, "mill").status_code == 201
    theirs = evidence(other, log=f"{harbour.origin}/evidence/mill")
    ours = [evidence(harbour, f"bill {number}") for number in range(5)]
    put(harbour, *ours).raise_for_status()
    put(other, theirs).raise_for_status()
    work(harbour)
    found = [verify_evidence(proof(harbour, one).content, trust(harbour)) for one in ours]
    found.append(verify_evidence(proof(other, theirs).content, trust(harbour)))
    assert {one.checkpoint.origin for one in found} == {f"{harbour.origin}/log"}
    assert found[0].head == found[4].head != found[5].head
    listed = harbour.http.get("/v1/evidence/logs").json()["data"]
    assert [(one["name"], one["size"]) for one in listed] == [("harbour", 5), ("mill", 1)]


def test_only_members_write_and_a_removed_one_no_more(harbour: World) -> None:
    carrier = harbour.newcomer("carrier.example")
    carrier.register_partner()
    assert put(carrier, evidence(carrier)).status_code == 403
    assert membership(harbour, carrier, admitted=True, key=carrier.partner).status_code == 401
    assert membership(harbour, carrier, admitted=True).status_code == 201
    written = evidence(carrier)
    assert put(carrier, written).status_code == 201
    assert membership(harbour, carrier, admitted=True).status_code == 409
    assert membership(harbour, carrier, admitted=False).status_code == 201
    assert put(carrier, evidence(carrier, "later")).status_code == 403
    assert put(carrier, written).status_code == 201, "what stands, stands"
    kinds = harbour.http.get("/v1/evidence/logs/harbour/entries").json()["data"]
    assert [one["kind"] for one in kinds] == ["membership", "evidence", "membership"]
    assert harbour.http.get("/v1/evidence/logs/harbour").json()["members"] == [harbour.domain]
    work(harbour)
    assert proof(carrier, written).status_code == 404, "a member no more is handed nothing"
    verify_evidence(proof(harbour, written).content, trust(harbour))


def test_evidence_in_anothers_name_or_by_another_key_is_refused(harbour: World) -> None:
    carrier = harbour.newcomer("carrier.example")
    carrier.register_partner()
    forged = sign(evidence(harbour).record, carrier.partner)
    assert put(harbour, forged).status_code == 403
    unknown = sign(evidence(harbour).record, SigningKey.generate())
    assert put(harbour, unknown).status_code == 403
    assert put(harbour, evidence(harbour, log="other.example/evidence/harbour")).status_code == 404
    assert harbour.http.get("/v1/evidence/logs/harbour").json()["size"] == 0


def test_a_batch_is_taken_whole_or_not_at_all_and_once(harbour: World) -> None:
    good = evidence(harbour)
    assert put(harbour, good, evidence(harbour, log=f"{harbour.origin}/evidence/none")).status_code == 404
    assert put(harbour, good, good).json()["data"][0] == put(harbour, good).json()["data"][0]
    assert harbour.http.get("/v1/evidence/logs/harbour").json()["size"] == 1


def test_a_name_is_one_tenants_and_a_tenant_has_so_many(harbour: World) -> None:
    other = harbour.newcomer("mill.example")
    other.register_partner()
    assert opened(harbour, "harbour").status_code == 201
    assert opened(other, "harbour").status_code == 409
    assert opened(harbour, "Not-A-Name").status_code == 400
    for number in range(15):
        assert opened(harbour, f"quay-{number}").status_code == 201
    assert opened(harbour, "one-more").status_code == 409


def test_anybody_can_follow_a_log(harbour: World) -> None:
    records = [evidence(harbour, f"bill {number}") for number in range(3)]
    put(harbour, *records).raise_for_status()
    assert harbour.http.get("/evidence/harbour/checkpoint").status_code == 404
    work(harbour)
    page = harbour.http.get("/v1/evidence/logs/harbour").json()
    note = harbour.http.get("/evidence/harbour/checkpoint")
    checkpoint = verify_checkpoint(note.content, Policy(VerifierKey.parse(page["key"]))).checkpoint
    entries = read_bundle(harbour.http.get("/evidence/harbour/tile/entries/000.p/3").content)
    assert entries == [record.entry for record in records]
    mirror = Log(page["log"], MemoryLogStore())
    assert mirror.append(entries) == checkpoint.head
    assert page["state"] == "committed"
    shown = harbour.http.get("/v1/evidence/logs/harbour/entries").text
    assert "bill" not in shown
    assert harbour.http.get("/evidence/harbour/tile/entries/000.p/4").status_code == 404
    assert harbour.http.get("/v1/evidence/logs/none").status_code == 404


SPOIL: dict[str, Callable[[dict[str, Any]], None]] = {
    "another key": lambda extra: extra.update(partner_key=to_base64url(SigningKey.generate().public)),
    "another index": lambda extra: extra["cover"].update(index=extra["cover"]["index"] + 1),
    "no path": lambda extra: extra["cover"].update(path=[]),
    "a field more": lambda extra: extra.update(more=1),
    "no head": lambda extra: extra.update(head=extra["evidence"]),
}


@pytest.mark.parametrize("spoil", SPOIL)
def test_a_spoiled_proof_is_refused(harbour: World, spoil: str) -> None:
    records = [evidence(harbour, f"bill {number}") for number in range(3)]
    put(harbour, *records).raise_for_status()
    work(harbour)
    whole = read_evidence_proof(proof(harbour, records[1]).content).inclusion
    extra = json.loads(whole.extra or b"")
    SPOIL[spoil](extra)
    spoiled = replace(whole, extra=json.dumps(extra, separators=(",", ":")).encode())
    with pytest.raises(AnchorError):
        verify_evidence(bytes(spoiled), trust(harbour))


def test_a_log_that_the_vault_did_not_sign_for_proves_nothing(harbour: World) -> None:
    record = evidence(harbour)
    put(harbour, record).raise_for_status()
    work(harbour)
    raw, reader = proof(harbour, record).content, trust(harbour)
    with pytest.raises(SignatureError):
        verify_evidence(raw, replace(reader, keys=(SigningKey.generate().public,)))
    with pytest.raises(ProofError):
        verify_evidence(raw, replace(reader, vault="other.example"))
