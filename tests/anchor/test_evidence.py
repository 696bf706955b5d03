"""The stranger's check of evidence, against files with one thing wrong each, and with any byte changed."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anchor.errors import AnchorError, FormatError, ProofError, SignatureError
from anchor.evidence import verify_evidence
from anchor.records.evidence_proof import holds_evidence
from anchor.records.trust import Trust, read_trust
from anchor.verify import verify
from tests.records.examples import EVIDENCE_LOG
from tests.vectors.build_evidence import FOLDER, TRUSTS, WITNESS, build
from tests.vectors.build_proofs import LOG

EXPECTED: dict[str, str] = json.loads((FOLDER / "expectations.json").read_text())
ERRORS: dict[str, type[AnchorError]] = {
    "format": FormatError,
    "signature": SignatureError,
    "proof": ProofError,
}
GOOD = [name for name, answer in EXPECTED.items() if answer == "ok"]


def reader_of(name: str) -> Trust:
    return read_trust((FOLDER / TRUSTS.get(name, "trust.json")).read_bytes())


def proof(name: str) -> bytes:
    return (FOLDER / f"{name}.tlog-proof").read_bytes()


def test_the_files_are_those_the_builder_writes() -> None:
    assert {path.name: path.read_bytes() for path in FOLDER.iterdir()} == build()


@pytest.mark.parametrize("name", GOOD)
def test_a_good_proof_returns_what_it_proves(name: str) -> None:
    verified = verify_evidence(proof(name), reader_of(name))
    assert (verified.evidence.record.log, verified.checkpoint.origin) == (EVIDENCE_LOG.name, LOG.name)
    assert (verified.index, verified.size) == ((0, 1) if name == "evidence_alone_in_its_log" else (1, 3))
    witnesses = [one.witness.name for one in verified.cosignatures]
    assert witnesses == ([WITNESS.name] if name == "evidence_cosigned" else [])
    basis = verified.chain.basis if verified.chain else None
    assert basis == next(
        (each for each in ("pinned", "sealed", "named") if name.startswith(f"block_{each}")), None
    )


@pytest.mark.parametrize("name", [name for name, answer in EXPECTED.items() if answer != "ok"])
def test_a_spoiled_proof_is_refused_for_what_is_wrong_with_it(name: str) -> None:
    with pytest.raises(AnchorError) as refused:
        verify_evidence(proof(name), reader_of(name))
    assert type(refused.value) is ERRORS[EXPECTED[name]], refused.value


@pytest.mark.parametrize("name", ["evidence", "block_pinned_and_anchored"])
@given(data=st.data())
def test_no_byte_of_a_proof_may_be_changed(name: str, data: st.DataObject) -> None:
    raw = proof(name)
    place = data.draw(st.integers(0, len(raw) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != raw[place]))
    with pytest.raises(AnchorError):
        verify_evidence(raw[:place] + bytes([other]) + raw[place + 1 :], reader_of(name))


def test_each_kind_of_proof_is_told_from_the_other_and_refused_in_its_place() -> None:
    assert holds_evidence(proof("evidence"))
    assert not holds_evidence(proof("materials_of_a_receipt"))
    with pytest.raises(FormatError):
        verify(proof("evidence"), reader_of("evidence"))


def test_every_file_has_its_expectation() -> None:
    assert {path.stem for path in FOLDER.glob("*.tlog-proof")} == set(EXPECTED)
