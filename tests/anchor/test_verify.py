"""The stranger's check, against files with one thing wrong each, and with any byte changed."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anchor.errors import AnchorError, FormatError, ProofError, SignatureError
from anchor.note import WitnessKey
from anchor.records.trust import Trust, read_trust
from anchor.verify import verify
from tests.records.examples import key
from tests.vectors.build_proofs import FOLDER, TRUSTS, build

TRUST = read_trust((FOLDER / "trust.json").read_bytes())
EXPECTED: dict[str, str] = json.loads((FOLDER / "expectations.json").read_text())
ERRORS: dict[str, type[AnchorError]] = {
    "format": FormatError,
    "signature": SignatureError,
    "proof": ProofError,
}


ANCHORED = {
    "use_anchored",
    "block_sealed",
    "block_pinned_and_anchored",
    "block_named_by_the_vault",
    "block_named_under_clique",
}


def reader_of(name: str) -> Trust:
    return read_trust((FOLDER / TRUSTS.get(name, "trust.json")).read_bytes())


def proof(name: str) -> bytes:
    return (FOLDER / f"{name}.tlog-proof").read_bytes()


def test_the_files_are_those_the_builder_writes() -> None:
    assert {path.name: path.read_bytes() for path in FOLDER.iterdir()} == build()


@pytest.mark.parametrize("name", [name for name, answer in EXPECTED.items() if answer == "ok"])
def test_a_good_proof_returns_what_it_proves(name: str) -> None:
    verified = verify(proof(name), reader_of(name))
    assert verified.receipt.record.grant == verified.grant.hash
    assert (verified.use is None) == (verified.revocation is not None)
    assert (verified.anchor is not None) == (name in ANCHORED)
    basis = verified.chain.basis if verified.chain else None
    assert basis == next(
        (each for each in ("pinned", "sealed", "named") if name.startswith(f"block_{each}")), None
    )


@pytest.mark.parametrize("name", [name for name, answer in EXPECTED.items() if answer != "ok"])
def test_a_spoiled_proof_is_refused_for_what_is_wrong_with_it(name: str) -> None:
    with pytest.raises(AnchorError) as refused:
        verify(proof(name), reader_of(name))
    assert type(refused.value) is ERRORS[EXPECTED[name]], refused.value


@pytest.mark.parametrize("name", ["use_anchored", "closing", "partner_rotated_its_key", "block_pinned"])
@given(data=st.data())
def test_no_byte_of_a_proof_may_be_changed(name: str, data: st.DataObject) -> None:
    raw = proof(name)
    place = data.draw(st.integers(0, len(raw) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != raw[place]))
    with pytest.raises(AnchorError):
        verify(raw[:place] + bytes([other]) + raw[place + 1 :], TRUST)


@given(st.binary(max_size=400))
def test_arbitrary_bytes_are_refused_with_a_typed_error(raw: bytes) -> None:
    with pytest.raises(FormatError):
        verify(raw, TRUST)


@given(st.integers(0, 6000), st.integers(0, 6000))
def test_a_proof_cut_short_is_refused_with_a_typed_error(start: int, end: int) -> None:
    raw = proof("use_anchored")
    if raw[start:end] != raw:
        with pytest.raises(AnchorError):
            verify(raw[start:end], TRUST)


def test_every_file_has_its_expectation() -> None:
    assert {path.stem for path in FOLDER.glob("*.tlog-proof")} == set(EXPECTED)


def test_a_trust_file_that_asks_for_witnesses_refuses_a_proof_without_them() -> None:
    witness = WitnessKey("w.example", key("witness")).verifier.vkey
    with pytest.raises(SignatureError):
        verify(proof("use"), replace(TRUST, quorum=1, witnesses=(witness,)))


def test_a_trust_file_that_names_no_chain_refuses_a_proof_that_does() -> None:
    with pytest.raises(ProofError):
        verify(proof("use_anchored"), replace(TRUST, chain=None))
