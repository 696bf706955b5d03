"""Proof files: strict to the byte, and worth nothing once changed."""

import json
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anchor.errors import AnchorError, FormatError, ProofError, SignatureError
from anchor.keys import SigningKey
from anchor.log import Log, MemoryLogStore
from anchor.note import Note, NoteKey, Policy, WitnessKey, add_signatures
from anchor.records.tlog_proof import EXTRA_BYTES_MAX, PROOF_BYTES_MAX, TlogProof

VECTORS = Path(__file__).parents[3] / "shared" / "vectors" / "c2sp" / "tlog-proof-parse-errors.json"
PAGE = Path(__file__).parents[2] / "docs" / "spec" / "log.md"

# The log of the page: entry number n is 01 and SHA-256 of "n" in decimal.
ENTRIES = [bytes([1]) + sha256(b"%d" % number).digest() for number in range(300)]
LOG = Log("log.vault.example/evidence", MemoryLogStore())
LOG.append(ENTRIES)
KEY = NoteKey(LOG.origin, SigningKey(sha256(b"planetvault test seed\0log").digest()))
WITNESS = WitnessKey("witness.example/w1", SigningKey(sha256(b"planetvault test seed\0witness 1").digest()))
POLICY = Policy(KEY.verifier, (WITNESS.verifier,), 1)
NOTE = LOG.checkpoint(300, KEY)
CHECKPOINT = add_signatures(
    NOTE, [WITNESS.cosign(Note.parse(NOTE).text, time=datetime(2027, 3, 14, 9, 26, 53, tzinfo=UTC))]
)


def proof_of(index: int, extra: bytes | None = None) -> TlogProof:
    return TlogProof(index=index, path=LOG.inclusion(index, 300), checkpoint=CHECKPOINT, extra=extra)


PROOF = bytes(proof_of(257))


@given(st.integers(0, 299), st.none() | st.binary(min_size=1, max_size=80))
def test_every_entry_proves_and_its_file_reads_back_to_the_byte(index: int, extra: bytes | None) -> None:
    proof = proof_of(index, extra)
    assert TlogProof.parse(bytes(proof)) == proof
    verified = TlogProof.parse(bytes(proof)).verify(ENTRIES[index], POLICY)
    assert verified.checkpoint.head == LOG.head()
    assert [line.witness for line in verified.cosignatures] == [WITNESS.verifier]


def test_the_file_of_the_only_entry_has_no_path_and_proves() -> None:
    log = Log(LOG.origin, MemoryLogStore())
    log.append(ENTRIES[:1])
    proof = TlogProof(index=0, path=(), checkpoint=log.checkpoint(1, KEY))
    assert TlogProof.parse(bytes(proof)).verify(ENTRIES[0], Policy(KEY.verifier)).checkpoint.size == 1


@pytest.mark.skipif(not VECTORS.exists(), reason="the published vectors are not here")
def test_the_published_malformed_proofs_are_refused_for_their_own_fault() -> None:
    cases = json.loads(VECTORS.read_text())["parse_errors"]
    assert len(cases) == 8
    for name, text in cases:
        # Their placeholder is no checkpoint either, so each is tried with a good one too.
        head, _, _ = text.encode().partition(b"\ncheckpoint\n")
        for proof in (text.encode(), head + b"\n" + CHECKPOINT):
            with pytest.raises(FormatError):
                pytest.fail(f"{name}: {TlogProof.parse(proof)}")


def faulty(old: bytes, new: bytes) -> bytes:
    assert old in PROOF
    return PROOF.replace(old, new, 1)


HASH_LINE = PROOF.split(b"\n")[2] + b"\n"


@pytest.mark.parametrize(
    "proof",
    [
        b"",
        PROOF[:-1],
        PROOF + b"\n",
        PROOF + b"x",
        b"\n" + PROOF,
        b"\xef\xbb\xbf" + PROOF,
        PROOF.replace(b"\n", b"\r\n"),
        faulty(b"proof@v1", b"proof@v2"),
        faulty(b"index 257", b"index 0257"),
        faulty(b"index 257", b"index  257"),
        faulty(b"index 257", b"index 257 "),
        faulty(b"index 257", b"index +257"),
        faulty(b"index 257", b"index 9223372036854775807"),
        faulty(b"index 257", b"index " + b"9" * 5000),
        faulty(b"index 257", "index \u0662".encode()),
        faulty(b"index 257\n", b""),
        faulty(b"index 257\n", b"index 257\nindex 257\n"),
        faulty(b"index 257\n", b"index 257\nextra YWJj\n"),
        faulty(b"index", b"extra \nindex"),
        faulty(b"index", b"extra\nindex"),
        faulty(b"index", b"extra YWJj\nextra YWJj\nindex"),
        faulty(b"index", b"extra YWJ\nindex"),
        faulty(b"index", b"extra YWI=\nindex".replace(b"YWI=", b"YWJ=")),
        faulty(b"index", b"extra YW Jj\nindex"),
        faulty(b"index", b"extra " + b"AAAA" * (EXTRA_BYTES_MAX // 3 + 1) + b"\nindex"),
        faulty(HASH_LINE, b"\n" + HASH_LINE),
        faulty(HASH_LINE, HASH_LINE.replace(b"=", b"")),
        faulty(HASH_LINE, HASH_LINE * 64),
        faulty(CHECKPOINT, b""),
        faulty(CHECKPOINT, b"\n" + CHECKPOINT),
        faulty(CHECKPOINT, b"hello\n\n" + CHECKPOINT),
        PROOF + b" " * PROOF_BYTES_MAX,
    ],
)
def test_a_malformed_proof_is_refused(proof: bytes) -> None:
    with pytest.raises(FormatError):
        TlogProof.parse(proof)


@pytest.mark.parametrize(
    "changed",
    [
        {"index": -1},
        {"index": 2**63 - 1},
        {"path": (bytes(31),)},
        {"path": (bytes(32),) * 64},
        {"extra": b""},
        {"extra": bytes(EXTRA_BYTES_MAX + 1)},
    ],
)
def test_a_proof_that_could_not_be_read_back_is_not_made(changed: dict[str, object]) -> None:
    parts = {"index": 0, "path": (), "checkpoint": CHECKPOINT, "extra": None} | changed
    with pytest.raises(FormatError):
        TlogProof(**parts)  # type: ignore[arg-type] # the parts are wrong on purpose


def test_a_file_that_is_too_long_is_refused_unread() -> None:
    with pytest.raises(FormatError, match="too long"):
        TlogProof.parse(faulty(HASH_LINE, HASH_LINE * 5000))


def test_every_changed_byte_makes_the_file_unreadable_or_untrue() -> None:
    TlogProof.parse(PROOF).verify(ENTRIES[257], POLICY)
    for at, was in enumerate(PROOF):
        for byte in {was ^ 1, was ^ 0x20, was ^ 0x80, ord("A"), ord("0"), ord(" "), ord("\n")} - {was}:
            refused(PROOF[:at] + bytes([byte]) + PROOF[at + 1 :])


@given(st.integers(0, len(PROOF) - 1), st.integers(1, 255), st.binary(min_size=1, max_size=4))
def test_every_byte_changed_removed_or_added_makes_it_unreadable_or_untrue(
    at: int, difference: int, added: bytes
) -> None:
    refused(PROOF[:at] + bytes([PROOF[at] ^ difference]) + PROOF[at + 1 :])
    refused(PROOF[:at] + PROOF[at + 1 :])
    refused(PROOF[:at])
    candidate = PROOF[:at] + added + PROOF[at:]
    if candidate != PROOF:
        refused(candidate)


def refused(proof: bytes) -> None:
    with pytest.raises(AnchorError):
        TlogProof.parse(proof).verify(ENTRIES[257], POLICY)


def test_extra_is_carried_and_vouches_for_nothing() -> None:
    # Nobody signs the extra line; what binds it must be the entry itself.
    salt = b"salt"
    log = Log(LOG.origin, MemoryLogStore())
    entry = bytes([1]) + sha256(salt + b"record").digest()
    log.append([entry])
    proof = TlogProof(index=0, path=(), checkpoint=log.checkpoint(1, KEY), extra=salt)
    changed = TlogProof.parse(bytes(proof).replace(b"extra c2FsdA==", b"extra c2FsdQ=="))
    assert changed.extra == b"salu"
    changed.verify(entry, Policy(KEY.verifier))
    with pytest.raises(ProofError):
        changed.verify(bytes([1]) + sha256(changed.extra + b"record").digest(), Policy(KEY.verifier))


def test_another_entry_another_log_and_a_missing_witness_are_refused() -> None:
    proof = TlogProof.parse(PROOF)
    with pytest.raises(ProofError):
        proof.verify(ENTRIES[256], POLICY)
    with pytest.raises(SignatureError):
        proof.verify(ENTRIES[257], Policy(NoteKey(LOG.origin, WITNESS.key).verifier))
    unwitnessed = TlogProof(index=257, path=proof.path, checkpoint=NOTE)
    with pytest.raises(SignatureError):
        unwitnessed.verify(ENTRIES[257], POLICY)


def test_a_proof_against_an_older_checkpoint_does_not_borrow_a_newer_one() -> None:
    older = TlogProof(index=5, path=LOG.inclusion(5, 299), checkpoint=CHECKPOINT)
    with pytest.raises(ProofError):
        older.verify(ENTRIES[5], POLICY)


def test_the_example_on_the_page_is_what_the_code_writes() -> None:
    page = PAGE.read_text()
    assert f"```\n{PROOF.decode()}```\n" in page, PROOF.decode()
    assert ENTRIES[257].hex() in page, ENTRIES[257].hex()
    assert f"```\n{KEY.verifier.vkey}\n{WITNESS.verifier.vkey}\n```\n" in page, POLICY
