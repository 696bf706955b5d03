"""A witness: it cosigns a log's checkpoint if that continues every earlier one it cosigned.

The protocol is c2sp.org/tlog-witness: a log posts the size it was last cosigned at, a
consistency proof from there, and its new checkpoint::

    old 20852014
    PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=    the consistency proof, 0 to 63 hashes
    …
                                                    an empty line
    example.com/log                                 the signed checkpoint, to the last byte
    …

and is answered a cosignature, or one of these::

    WitnessRefusal
    ├── MalformedRequest 400   not a request, or the old size is larger than the new one
    ├── NotSignedByLog   403   no key this witness knows for that log signed
    ├── UnknownLog       404   this witness does not watch that log
    ├── OtherSize        409   it last cosigned another size, which it tells
    ├── OtherRoot        409   it cosigned another root at this size: a fork
    └── NotContinued     422   the proof does not lead from what it cosigned to this: a fork, or a wrong proof
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Protocol

from anchor.encoding import from_base64, to_base64
from anchor.errors import AnchorError, FormatError, ProofError, SignatureError
from anchor.log import StaleHeadError
from anchor.merkle import EMPTY_ROOT, TreeHead, verify_consistency
from anchor.note import (
    NOTE_BYTES_MAX,
    SIGNATURES_MAX,
    Note,
    NoteSignature,
    Policy,
    VerifierKey,
    WitnessKey,
    add_signatures,
)
from anchor.records.checkpoint import Checkpoint, verify_checkpoint

REQUEST_BYTES_MAX = NOTE_BYTES_MAX + 64 * 64
ANSWER_BYTES_MAX = NOTE_BYTES_MAX
SIZE_TYPE = "text/x.tlog.size"
"""The media type of a 409 that tells a size."""

_HEAD = re.compile(rb"old (0|[1-9][0-9]{0,18})\n((?:[A-Za-z0-9+/]{43}=\n){0,63})")
_NOTHING = TreeHead(0, EMPTY_ROOT)


class WitnessRefusal(AnchorError):
    """The witness does not cosign, and says why; ``status`` is that of its HTTP answer."""

    status: ClassVar[int]


class MalformedRequest(WitnessRefusal):
    """Not a request of this protocol."""

    status = 400


class NotSignedByLog(WitnessRefusal):
    """The checkpoint lacks a signature by a known key of its log."""

    status = 403


class UnknownLog(WitnessRefusal):
    """This witness does not watch that log."""

    status = 404


class OtherSize(WitnessRefusal):
    """The newest checkpoint cosigned has another size than the request names."""

    status = 409

    def __init__(self, size: int) -> None:
        super().__init__(f"the newest checkpoint cosigned has the size {size}")
        self.size = size


class OtherRoot(WitnessRefusal):
    """This witness cosigned another root at the same size: the log shows two histories."""

    status = 409


class NotContinued(WitnessRefusal):
    """The checkpoint was not shown to continue the one cosigned before."""

    status = 422


@dataclass(frozen=True, slots=True)
class Request:
    """What a log asks: ``old`` is the size it was last cosigned at."""

    old: int
    path: tuple[bytes, ...]
    checkpoint: bytes

    def __bytes__(self) -> bytes:
        path = "".join(f"{to_base64(value)}\n" for value in self.path)
        return f"old {self.old}\n{path}\n".encode() + self.checkpoint

    @classmethod
    def parse(cls, body: bytes) -> "Request":
        """Read what ``bytes`` writes.

        Raises:
            FormatError: for any other bytes.
        """
        if len(body) > REQUEST_BYTES_MAX:
            raise FormatError("the request is too long")
        head, gap, checkpoint = body.partition(b"\n\n")
        match = _HEAD.fullmatch(head + b"\n")
        if match is None or not gap:
            raise FormatError("a request is an old size, a proof, an empty line and a checkpoint")
        Note.parse(checkpoint)
        return cls(int(match[1]), tuple(from_base64(line.decode()) for line in match[2].split()), checkpoint)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Two checkpoints that one log signed, and the proof that was to lead from one to the other."""

    before: bytes
    request: bytes


class WitnessStore(Protocol):
    """What a witness must never forget. Every method is durable when it returns."""

    def newest(self, origin: str) -> bytes | None:
        """The newest checkpoint cosigned, with its cosignature; None before the first."""
        ...

    def advance(self, origin: str, before: bytes | None, after: bytes) -> None:
        """Replace the newest checkpoint, if it is still ``before``: compared and stored in one transaction.

        Raises:
            StaleHeadError: if it is another by now.
        """
        ...

    def keep(self, origin: str, evidence: Evidence, time: datetime) -> None:
        """Keep what shows that a log told two stories."""
        ...


class MemoryWitnessStore:
    """A ``WitnessStore`` in memory, for tests."""

    def __init__(self) -> None:
        self._newest: dict[str, bytes] = {}
        self.evidence: list[tuple[str, Evidence]] = []

    def newest(self, origin: str) -> bytes | None:
        """See ``WitnessStore``."""
        return self._newest.get(origin)

    def advance(self, origin: str, before: bytes | None, after: bytes) -> None:
        """See ``WitnessStore``."""
        if self._newest.get(origin) != before:
            raise StaleHeadError("another request was faster")
        self._newest[origin] = after

    def keep(self, origin: str, evidence: Evidence, time: datetime) -> None:  # noqa: ARG002 - as the protocol
        """See ``WitnessStore``."""
        self.evidence.append((origin, evidence))


class Witness:
    """The witness ``key`` for the logs whose keys it was given; an origin is a key's name."""

    def __init__(self, key: WitnessKey, logs: Iterable[VerifierKey], store: WitnessStore) -> None:
        self.key = key
        self._logs = {log.name: Policy(log) for log in logs}
        self._store = store

    def newest(self, origin: str) -> bytes | None:
        """The newest checkpoint cosigned of one log."""
        return self._store.newest(origin)

    @property
    def origins(self) -> Sequence[str]:
        """The logs this witness watches."""
        return tuple(self._logs)

    def add_checkpoint(self, body: bytes, now: datetime) -> NoteSignature:
        """Cosign what a log asks for. When this returns, the checkpoint will not be forgotten.

        Raises:
            WitnessRefusal: if not, for the reason it names.
        """
        request, checkpoint = self._read(body)
        before = self._store.newest(checkpoint.origin)
        last = _head_of(before)
        if request.old != last.size:
            raise OtherSize(last.size)
        try:
            verify_continued(last, checkpoint.head, request.path)
        except WitnessRefusal:
            if before is not None:
                self._store.keep(checkpoint.origin, Evidence(before, body), now)
            raise
        return self._cosign(checkpoint, before, request.checkpoint, now)

    def _read(self, body: bytes) -> tuple[Request, Checkpoint]:
        try:
            request = Request.parse(body)
            checkpoint = Checkpoint.parse(Note.parse(request.checkpoint).text)
        except FormatError as error:
            raise MalformedRequest(str(error)) from error
        policy = self._logs.get(checkpoint.origin)
        if policy is None:
            raise UnknownLog("this witness does not watch that log")
        try:
            verify_checkpoint(request.checkpoint, policy)
        except SignatureError as error:
            raise NotSignedByLog(str(error)) from error
        if request.old > checkpoint.size:
            raise MalformedRequest("the old size is larger than the new one")
        return request, checkpoint

    def _cosign(
        self, checkpoint: Checkpoint, before: bytes | None, note: bytes, now: datetime
    ) -> NoteSignature:
        line = self.key.cosign(checkpoint.text, time=now)
        log = self._logs[checkpoint.origin].log
        own = [each for each in Note.parse(note).signatures if (each.name, each.key_id) == (log.name, log.id)]
        after = bytes(Note(checkpoint.text, (own[0], line)))
        try:
            self._store.advance(checkpoint.origin, before, after)
        except StaleHeadError:
            raise OtherSize(_head_of(self._store.newest(checkpoint.origin)).size) from None
        return line


def verify_continued(old: TreeHead, new: TreeHead, path: Sequence[bytes]) -> TreeHead:
    """Return ``new`` if ``path`` shows its tree to begin with that of ``old``; any tree continues none.

    Raises:
        OtherRoot: for two roots of one size.
        NotContinued: if the path does not lead from one to the other.
    """
    if old.size == new.size and old.root != new.root:
        raise OtherRoot("another root was cosigned at this size")
    if old.size == 0 and path:
        raise NotContinued("from nothing there is nothing to prove")
    try:
        if old.size:
            verify_consistency(old=old.size, new=new.size, path=path, old_root=old.root, new_root=new.root)
    except ProofError as error:
        raise NotContinued(str(error)) from error
    return new


def read_answer(body: bytes, note: bytes, log: VerifierKey, witness: VerifierKey) -> NoteSignature:
    """The cosignature of ``witness`` on ``note``, which ``log`` signed, in what it answered.

    Lines by other keys are left aside, as the protocol wants.

    Raises:
        FormatError: if the answer is no list of signature lines.
        SignatureError: if this witness's line is missing, or wrong.
    """
    own = [line for line in _lines(body) if (line.name, line.key_id) == (witness.name, witness.id)]
    if len(own) != 1:
        raise SignatureError("the answer does not hold one cosignature of this witness")
    verify_checkpoint(add_signatures(note, own), Policy(log, (witness,), 1))
    return own[0]


def _lines(body: bytes) -> list[NoteSignature]:
    text = body.decode("utf-8", "replace")
    if len(body) > ANSWER_BYTES_MAX or not text.endswith("\n") or text.count("\n") > SIGNATURES_MAX:
        raise FormatError("an answer is one or more signature lines")
    return [NoteSignature.parse(line) for line in text.removesuffix("\n").split("\n")]


def _head_of(note: bytes | None) -> TreeHead:
    return _NOTHING if note is None else Checkpoint.parse(Note.parse(note).text).head
