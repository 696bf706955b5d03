"""A witness cosigns what continues, refuses the rest by the protocol, and forgets nothing."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anchor.errors import FormatError, SignatureError
from anchor.keys import SigningKey
from anchor.log import Log, MemoryLogStore
from anchor.merkle import TreeHead
from anchor.note import NoteKey, Policy, WitnessKey, add_signatures
from anchor.records.checkpoint import Checkpoint, verify_checkpoint
from anchor.witness import (
    MalformedRequest,
    MemoryWitnessStore,
    NotContinued,
    NotSignedByLog,
    OtherRoot,
    OtherSize,
    Request,
    UnknownLog,
    Witness,
    WitnessRefusal,
    read_answer,
    verify_continued,
)

NOW = datetime(2027, 3, 14, 9, 26, 53, tzinfo=UTC)
LOG_KEY = NoteKey("log.example", SigningKey(b"l" * 32))
KEY = WitnessKey("witness.example/w1", SigningKey(b"w" * 32))


def log_of(count: int, mark: int = 1) -> Log:
    log = Log(LOG_KEY.name, MemoryLogStore())
    log.append([bytes([mark]) + number.to_bytes(32, "big") for number in range(count)])
    return log


LOG, FORK = log_of(3000), log_of(3000, mark=2)


def request(old: int, new: int, log: Log = LOG, key: NoteKey = LOG_KEY) -> bytes:
    path = log.consistency(old, new) if 0 < old <= new else ()
    return bytes(Request(old, path, Checkpoint(key.name, new, log.root(new)).sign(key)))


@pytest.fixture
def store() -> MemoryWitnessStore:
    return MemoryWitnessStore()


@pytest.fixture
def witness(store: MemoryWitnessStore) -> Witness:
    return Witness(KEY, [LOG_KEY.verifier], store)


@pytest.fixture
def seen(witness: Witness) -> Witness:
    witness.add_checkpoint(request(0, 1000), NOW)
    return witness


def test_it_cosigns_growth_step_by_step(witness: Witness) -> None:
    policy = Policy(LOG_KEY.verifier, (KEY.verifier,), 1)
    for old, new in ((0, 1), (1, 600), (600, 1000), (1000, 1001), (1001, 3000), (3000, 3000)):
        body = request(old, new)
        line = witness.add_checkpoint(body, NOW)
        verified = verify_checkpoint(add_signatures(Request.parse(body).checkpoint, [line]), policy)
        assert verified.checkpoint.head == (new, LOG.root(new))
        assert [one.time for one in verified.cosignatures] == [NOW]


def test_what_it_cosigned_last_can_be_read_back_with_its_cosignature(seen: Witness) -> None:
    note = seen.newest("log.example")
    assert note is not None
    verified = verify_checkpoint(note, Policy(LOG_KEY.verifier, (KEY.verifier,), 1))
    assert verified.checkpoint.size == 1000


STRANGER = NoteKey("log.example", SigningKey(b"s" * 32))
UNKNOWN = NoteKey("other.example", SigningKey(b"l" * 32))
REFUSED = [
    (request(1000, 2000, FORK), NotContinued, 422),
    (request(1000, 1000, FORK), OtherRoot, 409),
    (request(0, 2000), OtherSize, 409),
    (request(999, 2000), OtherSize, 409),
    (request(1000, 999), MalformedRequest, 400),
    (request(1000, 2000, key=STRANGER), NotSignedByLog, 403),
    (request(1000, 2000, key=UNKNOWN), UnknownLog, 404),
    (b"", MalformedRequest, 400),
    (b"old 01000\n" + request(1000, 2000).partition(b"\n")[2], MalformedRequest, 400),
    (request(1000, 2000).replace(b"\n\n", b"\n", 1), MalformedRequest, 400),
    (b"old 1000\n" + b"A" * 43 + b"=\n" + request(1000, 1000).partition(b"\n")[2], NotContinued, 422),
]


@pytest.mark.parametrize(("body", "kind", "status"), REFUSED)
def test_what_does_not_continue_is_refused(
    seen: Witness, body: bytes, kind: type[WitnessRefusal], status: int
) -> None:
    before = seen.newest("log.example")
    with pytest.raises(kind) as caught:
        seen.add_checkpoint(body, NOW)
    assert caught.value.status == status
    assert seen.newest("log.example") == before


def test_a_refusal_for_the_size_tells_the_size(seen: Witness) -> None:
    with pytest.raises(OtherSize) as caught:
        seen.add_checkpoint(request(5, 2000), NOW)
    assert caught.value.size == 1000


def test_a_fork_is_kept_with_both_of_its_ends(seen: Witness, store: MemoryWitnessStore) -> None:
    for old, new in ((1000, 2000), (1000, 1000)):
        with pytest.raises(WitnessRefusal):
            seen.add_checkpoint(request(old, new, FORK), NOW)
    assert [evidence.request for _, evidence in store.evidence] == [
        request(1000, 2000, FORK),
        request(1000, 1000, FORK),
    ]
    assert all(evidence.before == seen.newest("log.example") for _, evidence in store.evidence)


def test_a_stranger_leaves_no_evidence(seen: Witness, store: MemoryWitnessStore) -> None:
    with pytest.raises(NotSignedByLog):
        seen.add_checkpoint(request(1000, 2000, FORK, STRANGER), NOW)
    assert store.evidence == []


def test_of_two_that_ask_at_once_one_is_told_the_new_size() -> None:
    class Racing(MemoryWitnessStore):
        raced = False

        def advance(self, origin: str, before: bytes | None, after: bytes) -> None:
            if not self.raced:
                self.raced = True
                Witness(KEY, [LOG_KEY.verifier], self).add_checkpoint(request(0, 2000), NOW)
            super().advance(origin, before, after)

    store = Racing()
    with pytest.raises(OtherSize) as caught:
        Witness(KEY, [LOG_KEY.verifier], store).add_checkpoint(request(0, 1000), NOW)
    assert caught.value.size == 2000


@given(st.binary(max_size=400))
@settings(max_examples=300)
def test_a_request_is_read_only_as_it_would_be_written(body: bytes) -> None:
    for candidate in (body, b"old 0\n" + body, request(3, 40)[: len(body)] + body):
        try:
            read = Request.parse(candidate)
        except FormatError:
            continue
        assert bytes(read) == candidate


@given(st.integers(0, 300), st.integers(0, 300))
def test_every_growth_of_one_log_is_continued_and_no_other_root(old: int, new: int) -> None:
    old, new = sorted((old, new))
    path = LOG.consistency(old, new) if old else ()
    head = TreeHead(new, LOG.root(new))
    assert verify_continued(TreeHead(old, LOG.root(old)), head, path) == head
    if old:
        with pytest.raises(WitnessRefusal):
            verify_continued(TreeHead(old, FORK.root(old)), head, path)


def test_an_answer_is_believed_only_with_this_witnesses_own_signature(witness: Witness) -> None:
    body = request(0, 7)
    note = Request.parse(body).checkpoint
    line = witness.add_checkpoint(body, NOW)
    answer = str(line).encode()
    assert read_answer(answer, note, LOG_KEY.verifier, KEY.verifier) == line
    later = KEY.cosign(Checkpoint("log.example", 8, LOG.root(8)).text, time=NOW + timedelta(seconds=1))
    stranger = WitnessKey(KEY.name, SigningKey(b"x" * 32)).cosign(b"x", time=NOW)
    for wrong in (str(later), str(stranger), str(line) * 2):
        with pytest.raises(SignatureError):
            read_answer(wrong.encode(), note, LOG_KEY.verifier, KEY.verifier)
    for malformed in (b"", b"sorry\n", answer[:-1]):
        with pytest.raises(FormatError):
            read_answer(malformed, note, LOG_KEY.verifier, KEY.verifier)
