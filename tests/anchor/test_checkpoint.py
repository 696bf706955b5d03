"""Checkpoints: three lines, one form, signed under the log's own name."""

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anchor.errors import FormatError, SignatureError
from anchor.keys import SigningKey
from anchor.log import Log, MemoryLogStore
from anchor.merkle import EMPTY_ROOT, SIZE_MAX
from anchor.note import NoteKey, Policy, WitnessKey, add_signatures, sign_note
from anchor.records.checkpoint import Checkpoint, verify_checkpoint

PAGE = Path(__file__).parents[2] / "docs" / "spec" / "checkpoint.md"
ROOT = sha256(b"a root").digest()
LOG = NoteKey("log.example", SigningKey(b"l" * 32))
POLICY = Policy(LOG.verifier)

sizes = st.integers(1, SIZE_MAX)
origins = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Z"], exclude_characters="+"), min_size=1, max_size=60
)


@given(origins, sizes, st.binary(min_size=32, max_size=32))
def test_a_checkpoint_reads_back_to_the_byte(origin: str, size: int, root: bytes) -> None:
    checkpoint = Checkpoint(origin, size, root)
    assert Checkpoint.parse(checkpoint.text) == checkpoint
    assert checkpoint.head == (size, root)


def test_the_empty_log_has_the_empty_root_and_no_other_log_has() -> None:
    assert Checkpoint.parse(Checkpoint("log.example", 0, EMPTY_ROOT).text).size == 0
    for size, root in [(0, ROOT), (1, EMPTY_ROOT)]:
        with pytest.raises(FormatError):
            Checkpoint("log.example", size, root)


@pytest.mark.parametrize(
    ("origin", "size", "root"),
    [
        ("", 1, ROOT),
        ("two\nlines", 1, ROOT),
        ("two words", 1, ROOT),
        ("one+one", 1, ROOT),
        ("o" * 256, 1, ROOT),
        ("log\x00", 1, ROOT),
        ("\ud800", 1, ROOT),
        ("log.example", -1, ROOT),
        ("log.example", SIZE_MAX + 1, ROOT),
        ("log.example", 1, ROOT[:31]),
        ("log.example", 1, ROOT + b"\0"),
    ],
)
def test_a_checkpoint_that_no_log_could_sign_is_not_made(origin: str, size: int, root: bytes) -> None:
    with pytest.raises(FormatError):
        Checkpoint(origin, size, root)


GOOD = Checkpoint("log.example", 20852163, ROOT).text


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\n",
        GOOD[:-1],
        GOOD + b"\n",
        GOOD + b"an extension line\n",
        b"\n" + GOOD,
        GOOD.replace(b"20852163", b"020852163"),
        GOOD.replace(b"20852163", b"+20852163"),
        GOOD.replace(b"20852163", b" 20852163"),
        GOOD.replace(b"20852163", b"-1"),
        GOOD.replace(b"20852163", b"2e7"),
        GOOD.replace(b"20852163", b"20_852_163"),
        GOOD.replace(b"20852163", "\u0662".encode()),
        GOOD.replace(b"20852163", b"9223372036854775808"),
        GOOD.replace(b"20852163", b"1" * 5000),
        GOOD.replace(b"20852163", b""),
        GOOD.replace(b"=\n", b"\n"),
        GOOD.replace(b"=\n", b"==\n"),
        GOOD.replace(b"\n", b"\r\n"),
        GOOD.replace(b"log.example", b"log\xff"),
        b"log.example\n1\n" + b"A" * 42 + b"B=\n",
    ],
)
def test_a_malformed_checkpoint_is_refused(text: bytes) -> None:
    with pytest.raises(FormatError):
        Checkpoint.parse(text)


def test_a_checkpoint_is_signed_under_its_own_origin() -> None:
    with pytest.raises(FormatError):
        Checkpoint("other.example", 1, ROOT).sign(LOG)


def test_a_key_cannot_speak_for_another_log() -> None:
    foreign = sign_note(Checkpoint("other.example", 1, ROOT).text, LOG)
    with pytest.raises(SignatureError, match="another log"):
        verify_checkpoint(foreign, POLICY)


def test_a_note_of_a_log_that_is_no_checkpoint_is_refused() -> None:
    with pytest.raises(FormatError):
        verify_checkpoint(sign_note(b"hello\n", LOG), POLICY)


def test_no_changed_byte_of_a_signed_checkpoint_verifies() -> None:
    note = Checkpoint("log.example", 20852163, ROOT).sign(LOG)
    assert verify_checkpoint(note, POLICY).checkpoint.size == 20852163
    for at in range(len(note)):
        for changed in {note[at] ^ 1, note[at] ^ 0x20, ord("1"), ord("\n")} - {note[at]}:
            with pytest.raises((FormatError, SignatureError)):
                verify_checkpoint(note[:at] + bytes([changed]) + note[at + 1 :], POLICY)


def test_the_example_on_the_page_is_what_the_code_writes(
    signing_key: Callable[[str], SigningKey], now: datetime
) -> None:
    log = Log("log.vault.example/evidence", MemoryLogStore())
    log.append([bytes([1]) + sha256(b"%d" % number).digest() for number in range(1000)])
    key = NoteKey(log.origin, signing_key("log"))
    witnesses = [WitnessKey(f"witness.example/w{n}", signing_key(f"witness {n}")) for n in (1, 2)]
    note = log.checkpoint(1000, key)
    text = Checkpoint(log.origin, 1000, log.root(1000)).text
    note = add_signatures(note, [witness.cosign(text, time=now) for witness in witnesses])
    keys = "\n".join([key.verifier.vkey, *(witness.verifier.vkey for witness in witnesses)])
    page = PAGE.read_text()
    assert f"```\n{note.decode()}```\n" in page, note.decode()
    assert f"```\n{keys}\n```\n" in page, keys
    policy = Policy(key.verifier, tuple(witness.verifier for witness in witnesses), 2)
    assert [line.time for line in verify_checkpoint(note, policy).cosignatures] == [now, now]
