"""Write the vectors of proofs of evidence: ``python -m tests.vectors.build_evidence``.

Acme puts a bill of lading into its log, the vault signs that log's head, and the head
becomes an entry of the vault's log. Each scenario takes the proof of that and spoils one
thing. ``expectations.json`` says what a verifier must answer to each file: ok, format,
signature or proof. The reader is ``trust.json``, or the one that ``trusts.json`` names.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from anchor.chain.header import read_header
from anchor.chain.port import log_id_of
from anchor.log import Log, MemoryLogStore
from anchor.note import NoteKey, WitnessKey, add_signatures
from anchor.records.anchored import Anchor
from anchor.records.chain_proof import ChainProof
from anchor.records.checkpoint import Checkpoint
from anchor.records.evidence import Evidence, LogHead
from anchor.records.evidence_proof import (
    Cover,
    EvidenceMaterials,
    read_evidence_proof,
    write_evidence_proof,
)
from anchor.records.shape import write_json
from anchor.records.signed import Signed
from anchor.records.trust import Trust
from tests.anchor.chain.tries import SEALERS, VALIDATORS, State
from tests.records.examples import EVIDENCE_LOG, VAULT, at, examples, key, seed, signed_by
from tests.vectors import build_proofs
from tests.vectors.build_proofs import BEFORE, CHAIN, LOG, PINNED, SEALED
from tests.vectors.folder import fill

FOLDER = Path(__file__).parent / "evidence"
WITNESS = WitnessKey("witness.example", key("witness"))

_story = {noun: example.signed for noun, example in examples().items()}
_EVIDENCE: Signed[Evidence] = _story["evidence"]


def trust() -> Trust:
    """What the reader of a scenario believes, unless ``TRUSTS`` says otherwise."""
    block = read_header(_state().header(PINNED)).hash
    return replace(build_proofs.trust(), chain=replace(CHAIN, blocks=(block,), validators=VALIDATORS))


def trust_in_a_witness() -> Trust:
    """The same, asking for one witness."""
    return replace(trust(), quorum=1, witnesses=(WITNESS.verifier.vkey,))


READERS = {
    "trust.json": trust,
    "trust_in_no_block.json": build_proofs.trust_in_no_block,
    "trust_in_a_witness.json": trust_in_a_witness,
    "trust_after_a_change.json": build_proofs.trust_after_a_change,
}
TRUSTS = {
    "block_named_by_the_vault": "trust_in_no_block.json",
    "evidence_cosigned": "trust_in_a_witness.json",
    "checkpoint_that_no_witness_saw": "trust_in_a_witness.json",
    "evidence_under_the_key_before": "trust_after_a_change.json",
}
"""Which scenarios have another reader."""


def _evidence(signer: str = "acme", **changes: Any) -> Signed[Evidence]:
    return signed_by(signer, replace(_EVIDENCE.record, **changes))


def _tenants_log(evidence: Signed[Evidence], *, alone: bool = False) -> Log:
    """The evidence between a membership and an entry of somebody else; or alone."""
    log = Log(EVIDENCE_LOG.name, MemoryLogStore())
    others = [] if alone else [_story["membership"].entry]
    log.append([*others, evidence.entry, *(bytes(33) for _ in others)])
    return log


def _head(log: Log, signer: str = "vault", **changes: Any) -> Signed[LogHead]:
    now = log.head()
    said = {"size": now.size, "root": now.root} | changes
    return signed_by(signer, replace(_story["head"].record, **said))


def _story_head(signer: str = "vault", **changes: Any) -> Signed[LogHead]:
    return _head(_tenants_log(_EVIDENCE), signer, **changes)


def _vaults_log(head: Signed[Any]) -> Log:
    """The head as the third of five entries."""
    log = Log(LOG.name, MemoryLogStore())
    entries = [_story[noun].entry for noun in ("partner", "grant", "statement", "receipt")]
    log.append([*entries[:2], head.entry, *entries[2:]])
    return log


def _state(root: bytes | None = None) -> State:
    """What the chain holds: the root of the story's log, at its size."""
    now = _vaults_log(_story_head()).head()
    kept = {(log_id_of(LOG.name), now.size): root or now.root}
    return State(contract=CHAIN.contract, code_hash=CHAIN.code_hash, roots=kept)


def _block(header: bytes, state: State | None = None) -> ChainProof:
    return (state or _state()).prove(log_id_of(LOG.name), 5, header)


def _anchor(log: Log, signer: str = "vault", **changes: Any) -> Signed[Anchor]:
    now = log.head()
    fitting = {"log": LOG.name, "size": now.size, "root": now.root, "contract": CHAIN.contract}
    return signed_by(signer, replace(_story["anchor"].record, **(fitting | changes)))


def _cover(log: Log, signed_with: NoteKey, *witnesses: WitnessKey) -> Cover:
    """The way of the third entry, in a checkpoint of its log, that these witnesses saw."""
    now = log.head()
    text = Checkpoint(log.origin, now.size, now.root).text
    cosigned = (witness.cosign(text, time=at(5)) for witness in witnesses)
    note = add_signatures(log.checkpoint(now.size, signed_with), cosigned)
    return Cover(index=2, path=log.inclusion(2, now.size), checkpoint=note)


def _proof(
    evidence: Signed[Evidence] = _EVIDENCE,
    *,
    head: Signed[Any] | None = None,
    logged: Signed[Any] | None = None,
    alone: bool = False,
    signer: str = "acme",
    tenants_key: NoteKey = EVIDENCE_LOG,
    log_key: NoteKey = LOG,
    witnesses: tuple[WitnessKey, ...] = (),
    anchored: dict[str, Any] | None = None,
    block: ChainProof | None = None,
) -> bytes:
    """The proof of ``evidence`` under ``head``; ``logged`` is what stands in that one's place."""
    tenants = _tenants_log(evidence, alone=alone)
    head = head or _head(tenants)
    vaults = _vaults_log(logged or head)
    materials = EvidenceMaterials(
        evidence=evidence.text,
        partner_key=key(signer).public,
        head=head.text,
        cover=_cover(vaults, log_key, *witnesses),
        anchor=_anchor(vaults, **anchored).text if anchored is not None else None,
        chain=block,
    )
    size, index = tenants.head().size, 0 if alone else 1
    path, checkpoint = tenants.inclusion(index, size), tenants.checkpoint(size, tenants_key)
    return bytes(write_evidence_proof(materials, index=index, path=path, checkpoint=checkpoint))


def _rewritten(proof: bytes, field: str, value: Any, *, within: str | None = None) -> bytes:
    """The same file with one of its materials written as no writer here would."""
    inclusion = read_evidence_proof(proof).inclusion
    extra = json.loads(inclusion.extra or b"")
    (extra[within] if within else extra)[field] = value
    return bytes(replace(inclusion, extra=write_json(extra)))


def _good() -> Iterator[tuple[str, bytes]]:
    carriers = _evidence("carrier", partner="carrier.example", label="提单七号 — “seen”, \\ and 🚢")
    yield "evidence", _proof()
    yield "evidence_anchored", _proof(anchored={})
    yield "evidence_cosigned", _proof(witnesses=(WITNESS,))
    yield "evidence_of_a_member", _proof(carriers, signer="carrier")
    yield "evidence_alone_in_its_log", _proof(alone=True)
    yield "evidence_under_the_key_before", _proof()
    header = _state().header(PINNED)
    yield "block_pinned_and_anchored", _proof(anchored={}, block=_block(header))
    yield "block_sealed", _proof(block=_block(_state().sealed(SEALED, SEALERS)))
    named = _state().header(BEFORE)
    anchored = {"block": BEFORE, "block_hash": read_header(named).hash}
    yield "block_named_by_the_vault", _proof(anchored=anchored, block=_block(named))


def _format() -> Iterator[tuple[str, bytes]]:
    plain = _proof()
    inclusion = read_evidence_proof(plain).inclusion
    yield "no_materials", bytes(replace(inclusion, extra=None))
    yield "materials_with_a_space", bytes(replace(inclusion, extra=(inclusion.extra or b"") + b" "))
    yield "materials_of_a_receipt", (build_proofs.FOLDER / "use.tlog-proof").read_bytes()
    yield "field_too_many", _rewritten(plain, "partner", [])
    yield "partner_key_of_small_order", _rewritten(plain, "partner_key", "AQ" + "A" * 41)
    yield "cover_at_no_count", _rewritten(plain, "index", -1, within="cover")
    yield "cover_with_a_short_hash", _rewritten(plain, "path", ["AAAA"], within="cover")
    yield "evidence_in_place_of_its_head", _proof(head=_EVIDENCE)
    two_faults = _proof(_evidence("not acme"))
    yield "checkpoint_of_no_form_before_a_wrong_signature", two_faults.replace(b"acme\n3\n", b"acme\n03\n")
    yield "head_of_no_key", _proof(head=_story_head(key=f"{EVIDENCE_LOG.name}+00000000+AQ=="))
    witness = WitnessKey(EVIDENCE_LOG.name, EVIDENCE_LOG.key).verifier.vkey
    yield "head_of_a_witness", _proof(head=_story_head(key=witness))


def _signature() -> Iterator[tuple[str, bytes]]:
    other = NoteKey(EVIDENCE_LOG.name, key("not acme's evidence log"))
    yield "evidence_by_another_key", _proof(_evidence("not acme"))
    yield "head_by_another_vault_key", _proof(head=_story_head("not the vault"))
    yield "checkpoint_by_another_tenants_key", _proof(tenants_key=other)
    yield "cover_by_another_log_key", _proof(log_key=NoteKey(LOG.name, key("not the log")))
    yield "checkpoint_that_no_witness_saw", _proof()
    yield "anchor_by_another_key", _proof(anchored={"signer": "not the vault"})


def _contradiction() -> Iterator[tuple[str, bytes]]:
    elsewhere = NoteKey("other.example/evidence/acme", EVIDENCE_LOG.key)
    of_another = _evidence(log=elsewhere.name)
    yield "evidence_for_another_log", _proof(_evidence(log=f"{VAULT}/evidence/mill"))
    head = _head(_tenants_log(of_another), key=elsewhere.verifier.vkey)
    yield "log_of_another_vault", _proof(of_another, head=head)
    yield "head_of_another_size", _proof(head=_story_head(size=2))
    yield "head_of_another_root", _proof(head=_story_head(root=seed("another root")))
    plain = _proof()
    yield "index_of_a_neighbour", plain.replace(b"index 1", b"index 0")
    yield "cover_of_a_neighbour", _rewritten(plain, "index", 1, within="cover")
    yield "cover_without_a_path", _rewritten(plain, "path", [], within="cover")
    yield "another_head_stands_there", _proof(logged=_story_head(time=at(6)))
    yield "anchor_of_another_root", _proof(anchored={"root": bytes(32)})
    state = _state(seed("another root"))
    block = _block(state.sealed(SEALED, SEALERS), state)
    yield "block_that_holds_another_root", _proof(block=block)


def build() -> dict[str, bytes]:
    """Every file, by name."""
    kinds = {"ok": _good, "format": _format, "signature": _signature, "proof": _contradiction}
    answers = {name: (answer, file) for answer, scenarios in kinds.items() for name, file in scenarios()}
    files = {f"{name}.tlog-proof": file for name, (_, file) in answers.items()}
    expected = {name: answer for name, (answer, _) in sorted(answers.items())}
    files["expectations.json"] = (json.dumps(expected, indent=2) + "\n").encode()
    files["trusts.json"] = (json.dumps(TRUSTS, indent=2) + "\n").encode()
    return files | {name: bytes(reader()) for name, reader in READERS.items()}


if __name__ == "__main__":
    fill(FOLDER, build())
