"""Signed notes: the published examples, what a policy asks for, and what is refused."""

import json
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anchor.errors import AnchorError, FormatError, SignatureError
from anchor.keys import SigningKey
from anchor.note import (
    NOTE_BYTES_MAX,
    SIGNATURES_MAX,
    Cosignature,
    KeyType,
    Note,
    NoteKey,
    NoteSignature,
    Policy,
    VerifierKey,
    WitnessKey,
    add_signatures,
    sign_note,
    verify_note,
)

VECTORS = Path(__file__).parents[3] / "shared" / "vectors" / "c2sp"
with_vectors = pytest.mark.skipif(not VECTORS.exists(), reason="the published vectors are not here")

TEXT = b"log.example\n3\nAAAA\n"
NOW = datetime(2027, 3, 14, 9, 26, 53, tzinfo=UTC)
LOG = NoteKey("log.example", SigningKey(b"l" * 32))
WITNESSES = [
    WitnessKey(f"witness.example/w{number}", SigningKey(bytes([number]) * 32)) for number in range(3)
]
POLICY = Policy(LOG.verifier, tuple(witness.verifier for witness in WITNESSES), 2)
NOTE = sign_note(TEXT, LOG)


def cosigned(*witnesses: WitnessKey, time: datetime = NOW) -> bytes:
    return add_signatures(NOTE, [witness.cosign(TEXT, time=time) for witness in witnesses])


@with_vectors
def test_the_example_of_the_specification_verifies() -> None:
    example = json.loads((VECTORS / "spec-examples.json").read_text())["signed_note"]
    key = VerifierKey.parse(example["vkey"])
    assert (key.name, key.type, key.vkey) == ("example.com/foo", KeyType.NOTE, example["vkey"])
    note = example["note"].encode()
    assert verify_note(note, Policy(key)).text == b"This is an example message.\n"
    assert bytes(Note.parse(note)) == note
    with pytest.raises(SignatureError):
        verify_note(note.replace(b"This", b"That"), Policy(key))


@with_vectors
def test_the_example_with_a_cosignature_reads_as_two_signatures_and_a_time() -> None:
    examples = json.loads((VECTORS / "spec-examples.json").read_text())
    note = Note.parse(examples["checkpoint_with_cosignature_unkeyed_example"].encode())
    log, witness = note.signatures
    assert note.text.startswith(b"example.com/behind-the-sofa\n20852163\n")
    assert (log.name, len(log.signature)) == ("example.com/behind-the-sofa", 64)
    assert (witness.name, witness.key_id.hex()) == ("witness.example.com/w1", "8d66cf3f")
    assert int.from_bytes(witness.signature[:8], "big") == 1679315147
    assert len(witness.signature) == 72


@with_vectors
@pytest.mark.parametrize("size", range(16))
def test_the_checkpoints_of_the_published_log_verify(size: int) -> None:
    testlog = VECTORS / "tessera-testlog"
    key = VerifierKey.parse((testlog / "VKEY.txt").read_text().strip())
    note = (testlog / "testdata" / "log" / f"checkpoint.{size}").read_bytes()
    assert verify_note(note, Policy(key)).text.startswith(f"{key.name}\n{size}\n".encode())


def test_a_quorum_counts_the_witnesses_it_names_and_tells_their_times() -> None:
    later = NOW + timedelta(seconds=5)
    note = add_signatures(cosigned(WITNESSES[0]), [WITNESSES[2].cosign(TEXT, time=later)])
    assert verify_note(note, POLICY).cosignatures == (
        Cosignature(WITNESSES[0].verifier, NOW),
        Cosignature(WITNESSES[2].verifier, later),
    )
    for witnesses in [(), WITNESSES[:1]]:
        with pytest.raises(SignatureError, match="the policy asks for 2"):
            verify_note(cosigned(*witnesses), POLICY)


def test_a_quorum_of_none_asks_for_the_log_alone() -> None:
    assert verify_note(NOTE, Policy(LOG.verifier)).cosignatures == ()
    with pytest.raises(SignatureError, match="the log did not sign"):
        verify_note(sign_note(TEXT, NoteKey("other.example", SigningKey(b"o" * 32))), Policy(LOG.verifier))


def test_a_witness_is_no_log_and_its_word_does_not_replace_the_log() -> None:
    lines = tuple(witness.cosign(TEXT, time=NOW) for witness in WITNESSES)
    with pytest.raises(SignatureError, match="the log did not sign"):
        verify_note(bytes(Note(TEXT, lines)), POLICY)


def test_a_log_that_cosigns_its_own_checkpoints_is_accepted_and_not_counted() -> None:
    log = WitnessKey("log.example", SigningKey(b"l" * 32))
    note = bytes(Note(TEXT, (log.cosign(TEXT, time=NOW),)))
    assert verify_note(note, Policy(log.verifier)).cosignatures == ()
    with pytest.raises(SignatureError, match="0 witnesses"):
        verify_note(note, Policy(log.verifier, (WITNESSES[0].verifier,), 1))


def test_lines_by_unknown_keys_are_ignored_even_under_a_known_name_or_id() -> None:
    stranger = NoteKey("log.example", SigningKey(b"s" * 32)).sign(TEXT)
    same_id = NoteSignature("stranger.example", LOG.verifier.id, bytes(64))
    post_quantum = NoteSignature("witness.example/w0", b"\x06pq\x00", bytes(2428))
    note = add_signatures(cosigned(*WITNESSES[:2]), [stranger, same_id, post_quantum])
    assert [line.witness.name for line in verify_note(note, POLICY).cosignatures] == [
        "witness.example/w0",
        "witness.example/w1",
    ]


@pytest.mark.parametrize("signature", [bytes(64), bytes(72), b"\0", bytes(8), b"\xff" * 72])
def test_one_wrong_signature_by_a_known_key_spoils_the_note(signature: bytes) -> None:
    for key in (LOG.verifier, WITNESSES[0].verifier):
        lines = [line for line in Note.parse(cosigned(*WITNESSES)).signatures if line.name != key.name]
        spoiled = bytes(Note(TEXT, (*lines, NoteSignature(key.name, key.id, signature))))
        with pytest.raises(SignatureError):
            verify_note(spoiled, POLICY)


def test_a_known_key_that_signs_twice_spoils_the_note() -> None:
    later = WITNESSES[0].cosign(TEXT, time=NOW + timedelta(1))
    parsed = Note.parse(cosigned(*WITNESSES))
    with pytest.raises(SignatureError, match="twice"):
        verify_note(bytes(Note(TEXT, (*parsed.signatures, later))), POLICY)
    # Asked twice, a witness answers twice: its first line is kept.
    assert add_signatures(cosigned(*WITNESSES), [later]) == cosigned(*WITNESSES)


def test_a_cosignature_holds_for_its_own_time_and_text_alone() -> None:
    line = WITNESSES[0].cosign(TEXT, time=NOW)
    policy = Policy(LOG.verifier, (WITNESSES[0].verifier,), 1)
    moved = line._replace(signature=(int(NOW.timestamp()) + 1).to_bytes(8, "big") + line.signature[8:])
    with pytest.raises(SignatureError):
        verify_note(add_signatures(NOTE, [moved]), policy)
    with pytest.raises(SignatureError):
        verify_note(add_signatures(sign_note(b"other\n", LOG), [line]), policy)


def test_a_plain_signature_is_no_cosignature_and_the_other_way_round() -> None:
    key = SigningKey(b"k" * 32)
    plain, witness = NoteKey("both.example", key), WitnessKey("both.example", key)
    assert plain.verifier.id != witness.verifier.id
    with pytest.raises(SignatureError):
        verify_note(bytes(Note(TEXT, (witness.cosign(TEXT, time=NOW),))), Policy(plain.verifier))
    relabelled = witness.cosign(TEXT, time=NOW)._replace(key_id=plain.verifier.id)
    with pytest.raises(SignatureError):
        verify_note(bytes(Note(TEXT, (relabelled,))), Policy(plain.verifier))


def test_a_time_past_the_year_9999_is_refused() -> None:
    key = WITNESSES[0]
    seconds = 253_402_300_800
    signature = key.key.sign(b"cosignature/v1\ntime %d\n%b" % (seconds, TEXT))
    line = NoteSignature(key.name, key.verifier.id, seconds.to_bytes(8, "big") + signature)
    with pytest.raises(SignatureError):
        verify_note(add_signatures(NOTE, [line]), POLICY)


@pytest.mark.parametrize(
    ("witnesses", "quorum"),
    [
        ((), 1),
        ((WITNESSES[0].verifier,), 2),
        ((WITNESSES[0].verifier,), -1),
        ((WITNESSES[0].verifier, WITNESSES[0].verifier), 1),
        ((WITNESSES[0].verifier, WitnessKey("alias.example", WITNESSES[0].key).verifier), 1),
        ((WitnessKey("witness.example", LOG.key).verifier,), 1),
        ((NoteKey("witness.example", SigningKey(b"n" * 32)).verifier,), 1),
        (tuple(WitnessKey(f"w{n}", SigningKey(bytes([n]) * 32)).verifier for n in range(33)), 1),
    ],
)
def test_a_policy_that_promises_more_than_it_holds_is_refused(
    witnesses: tuple[VerifierKey, ...], quorum: int
) -> None:
    with pytest.raises(FormatError):
        Policy(LOG.verifier, witnesses, quorum)


SIGNATURE_LINE = str(LOG.sign(TEXT)).encode()


@pytest.mark.parametrize(
    "note",
    [
        b"",
        b"\n\n",
        TEXT,
        TEXT + b"\n",
        TEXT + SIGNATURE_LINE,
        TEXT + b"\n" + SIGNATURE_LINE.rstrip(b"\n"),
        TEXT + b"\n" + SIGNATURE_LINE + b"\n",
        TEXT + b"\n" + SIGNATURE_LINE + b"trailing",
        TEXT + b"\n" + SIGNATURE_LINE + b"trailing\n",
        TEXT + b"\n\n" + b" " + SIGNATURE_LINE,
        TEXT.replace(b"\n", b"\r\n") + b"\r\n" + SIGNATURE_LINE,
        TEXT + b"\x00\n\n" + SIGNATURE_LINE,
        TEXT + b"\t\n\n" + SIGNATURE_LINE,
        TEXT + b"\xff\n\n" + SIGNATURE_LINE,
        TEXT + b"\n" + SIGNATURE_LINE.replace("—".encode(), b"-"),
        TEXT + b"\n" + SIGNATURE_LINE.replace("— ".encode(), "—".encode()),
        TEXT + b"\n" + SIGNATURE_LINE.replace(b"log.example", b"log+example"),
        TEXT + b"\n" + SIGNATURE_LINE.replace(b"log.example", "log\u00a0example".encode()),
        TEXT + b"\n" + SIGNATURE_LINE.replace(b"log.example", b""),
        TEXT + b"\n" + SIGNATURE_LINE.replace(b"log.example", b"n" * 256),
        TEXT + b"\n" + SIGNATURE_LINE.replace(b"log.example ", b"log.example  "),
        TEXT + b"\n" + SIGNATURE_LINE.replace(b"=", b""),
        TEXT + b"\n" + "— log.example AAAAAA==\n".encode(),
        TEXT + b"\n" + "— log.example AAAAAAB=\n".encode(),
        TEXT + b"\n" + "— log.example ÄÄÄÄÄÄÄ=\n".encode(),
        TEXT + b"\n" + SIGNATURE_LINE * (SIGNATURES_MAX + 1),
        b"t" * NOTE_BYTES_MAX + b"\n\n" + SIGNATURE_LINE,
    ],
)
def test_a_malformed_note_is_refused(note: bytes) -> None:
    with pytest.raises(FormatError):
        Note.parse(note)


def test_a_text_may_hold_empty_lines_and_what_looks_like_signatures() -> None:
    text = b"a poem\n\n" + SIGNATURE_LINE + "\ned \u00e8 subito sera.\u2028\n\n".encode()
    assert verify_note(sign_note(text, LOG), Policy(LOG.verifier)).text == text


@pytest.mark.parametrize("text", [b"", b"no newline", b"a\x00b\n", b"\xff\n"])
def test_a_text_that_no_note_can_hold_is_not_signed(text: bytes) -> None:
    with pytest.raises(AnchorError):
        sign_note(text, LOG)


def test_sixteen_post_quantum_signatures_still_fit() -> None:
    lines = [NoteSignature(f"pq.example/{number}", b"\x06abc", bytes(5000)) for number in range(16)]
    assert verify_note(add_signatures(NOTE, lines), Policy(LOG.verifier)).text == TEXT
    with pytest.raises(FormatError):
        add_signatures(NOTE, [NoteSignature(f"n{n}", b"abcd", b"0") for n in range(SIGNATURES_MAX)])


def encoded(material: bytes) -> str:
    return b64encode(material).decode()


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "log.example",
        LOG.verifier.vkey + " ",
        LOG.verifier.vkey.replace(LOG.verifier.id.hex(), "00000000"),
        LOG.verifier.vkey.replace("log.example", "log.exampl3"),
        LOG.verifier.vkey.replace(LOG.verifier.id.hex(), LOG.verifier.id.hex() + "00"),
        LOG.verifier.vkey.upper(),
        f"log.example+00000000+{encoded(bytes([6]) + bytes(1312))}",
        f"log.example+00000000+{encoded(bytes([2]) + LOG.key.public)}",
        f"log.example+00000000+{encoded(bytes([1]) + bytes(32))}",
        f"log example+00000000+{encoded(bytes([1]) + LOG.key.public)}",
        f"\ud800+00000000+{encoded(bytes([1]) + LOG.key.public)}",
        "+00000000+" + encoded(bytes([1]) + LOG.key.public),
        "x" * 10_000,
    ],
)
def test_a_malformed_or_unsupported_verifier_key_is_refused(vkey: str) -> None:
    with pytest.raises(FormatError):
        VerifierKey.parse(vkey)


@pytest.mark.parametrize("key", [LOG.verifier, WITNESSES[0].verifier])
def test_a_verifier_key_reads_back(key: VerifierKey) -> None:
    assert VerifierKey.parse(key.vkey) == key


def test_keys_do_not_show_their_secret(signing_key: Callable[[str], SigningKey]) -> None:
    secret = signing_key("log")
    for shown in (repr(NoteKey("log.example", secret)), repr(WitnessKey("log.example", secret))):
        assert secret.seed().hex() not in shown
        assert repr(secret.seed()) not in shown


@given(st.text(min_size=1, max_size=300), st.sampled_from(list(KeyType)))
def test_any_name_is_a_key_name_that_reads_back_or_is_refused(name: str, kind: KeyType) -> None:
    try:
        key = VerifierKey(name, kind, LOG.key.public)
    except FormatError:
        return
    assert VerifierKey.parse(key.vkey) == key
    signature = NoteSignature(name, key.id, b"signature")
    assert NoteSignature.parse(str(signature).removesuffix("\n")) == signature


@given(st.binary(max_size=300))
def test_whatever_parses_as_a_note_is_written_back_to_the_byte(data: bytes) -> None:
    for candidate in (data, TEXT + b"\n" + data, data + b"\n\n" + SIGNATURE_LINE):
        try:
            parsed = Note.parse(candidate)
        except FormatError:
            continue
        assert bytes(parsed) == candidate
