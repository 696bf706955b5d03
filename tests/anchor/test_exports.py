"""What a proof says in the formats of others leads to the same root, and nothing unproved is written."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anchor.__main__ import PROVED, REFUSED, USAGE, main
from anchor.errors import AnchorError, FormatError
from anchor.exports.chainpoint import to_chainpoint
from anchor.exports.cose import to_cose, write_cbor
from anchor.exports.formats import FORMATS, included_of
from anchor.exports.included import Included
from anchor.exports.merkletools import to_merkletools
from anchor.exports.opentimestamps import CHECKPOINT_TAG, to_opentimestamps
from anchor.keys import verify_signature
from anchor.log import Log, MemoryLogStore
from anchor.records.trust import read_trust
from tests.foreign.exported import included, root_timestamp
from tests.foreign.material import LOG_KEY, entry
from tests.vectors.build_proofs import FOLDER

TRUST = FOLDER / "trust.json"
PROOF = FOLDER / "use_anchored.tlog-proof"


@given(st.integers(1, 70), st.data())
def test_from_every_place_of_every_log_the_steps_lead_to_the_root(size: int, data: st.DataObject) -> None:
    log = Log(LOG_KEY.name, MemoryLogStore())
    log.append([entry(number) for number in range(size)])
    index = data.draw(st.integers(0, size - 1))
    ours = Included(
        file=b"%d" % index,
        entry=entry(index),
        index=index,
        size=size,
        path=log.inclusion(index, size),
        root=log.root(size),
        checkpoint=log.checkpoint(size, LOG_KEY),
        received=included().received,
        anchor=None,
    )
    assert ours.climbed() == ours.root
    assert reached_by_ots(to_opentimestamps(ours), ours.hash) == ours.root
    assert reached_by_chainpoint(json.loads(to_chainpoint(ours))) == ours.root


def reached_by_ots(raw: bytes, start: bytes) -> bytes:
    """What the operations of a proof come to, up to its first attestation; a reader of our own."""
    at, value = raw.index(start) + 32, start
    while raw[at] not in (0x00, 0xFF):
        if raw[at] == 0x08:
            at, value = at + 1, hashlib.sha256(value).digest()
        else:
            length = raw[at + 1]
            given = raw[at + 2 : at + 2 + length]
            value = value + given if raw[at] == 0xF0 else given + value
            at += 2 + length
    assert raw[at:].lstrip(b"\xff").startswith(b"\0" + CHECKPOINT_TAG)
    return value


def reached_by_chainpoint(told: dict[str, Any]) -> bytes:
    value = bytes.fromhex(told["hash"])
    for op in told["branches"][0]["ops"]:
        if "l" in op:
            value = bytes.fromhex(op["l"]) + value
        elif "r" in op:
            value += bytes.fromhex(op["r"])
        elif "op" in op:
            value = hashlib.sha256(value).digest()
    return value


def test_an_ots_goes_on_from_the_root_by_the_proof_of_another() -> None:
    ours = included()
    whole = to_opentimestamps(ours, root_timestamp(ours.root))
    assert whole.endswith(root_timestamp(ours.root)[-13:])
    for other in (b"", root_timestamp(bytes(32)), root_timestamp(ours.root)[:65]):
        with pytest.raises(FormatError):
            to_opentimestamps(ours, other)


def test_an_anchor_on_a_development_chain_is_no_anchor_of_chainpoint() -> None:
    real = included_of(PROOF.read_bytes(), read_trust(TRUST.read_bytes()))
    assert real.anchor is not None
    assert real.anchor.development
    assert b"anchors" not in to_chainpoint(real)
    assert b"anchors" in to_chainpoint(included())


def test_merkletools_accepts_the_proof_with_our_hash_of_a_node() -> None:
    merkletools = pytest.importorskip("merkletools")
    told = json.loads(to_merkletools(included()))
    tools = merkletools.MerkleTools()
    tools.hash_function = lambda joined: hashlib.sha256(b"\x01" + joined)
    assert tools.validate_proof(told["proof"], told["target_hash"], told["merkle_root"])
    assert not tools.validate_proof(told["proof"][1:], told["target_hash"], told["merkle_root"])


def test_a_cose_receipt_is_signed_over_the_root_by_the_log() -> None:
    ours = included()
    receipt = to_cose(ours, LOG_KEY)
    protected = write_cbor({1: -19, 4: LOG_KEY.key.kid, 395: 1})
    assert receipt.startswith(b"\xd2\x84" + write_cbor(protected))
    signed = write_cbor(["Signature1", protected, b"", ours.root])
    verify_signature(LOG_KEY.key.public, signed, receipt[-64:])
    lonely = Included(**{name: getattr(ours, name) for name in ours.__slots__} | {"path": ()})
    with pytest.raises(FormatError, match="one entry"):
        to_cose(lonely, LOG_KEY)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0, "00"),
        (23, "17"),
        (24, "1818"),
        (255, "18ff"),
        (256, "190100"),
        (65535, "19ffff"),
        (65536, "1a00010000"),
        (2**32, "1b0000000100000000"),
        (-19, "32"),
        (b"\1\2", "420102"),
        ("a", "6161"),
        ([1, [2, 3]], "8201820203"),
        ({1: 2, 3: 4}, "a201020304"),
        (None, "f6"),
    ],
)
def test_cbor_is_written_as_the_examples_of_its_standard(value: Any, written: str) -> None:
    assert write_cbor(value).hex() == written


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_the_command_writes_what_is_proved(form: str, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    asked = ["export", str(PROOF), "--trust", str(TRUST), "--format", form]
    assert main(asked) == PROVED
    written = capfdbinary.readouterr().out
    ours = included_of(PROOF.read_bytes(), read_trust(TRUST.read_bytes()))
    assert written == FORMATS[form](ours)  # type: ignore[index]  # each is one of its names


def test_the_command_writes_nothing_that_is_not_proved(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    spoiled = FOLDER / "price_not_granted.tlog-proof"
    assert main(["export", str(spoiled), "--trust", str(TRUST), "--format", "ots"]) == REFUSED
    missing = str(tmp_path / "missing")
    assert main(["export", missing, "--trust", str(TRUST), "--format", "ots"]) == USAGE
    assert capfdbinary.readouterr().out == b""
    with pytest.raises(AnchorError):
        included_of(spoiled.read_bytes(), read_trust(TRUST.read_bytes()))
