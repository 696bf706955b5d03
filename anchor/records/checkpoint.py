"""What a log says of itself: c2sp.org/tlog-checkpoint@v1.

The text of a note with exactly three lines, and nothing after them::

    example.com/log                                 origin: which log
    20852163                                        size: how many entries
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=    root of the tree over them

Extension lines, which the specification allows and advises against, are refused:
no two checkpoints of one size may differ in anything but their signatures.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from anchor.encoding import from_base64, to_base64
from anchor.errors import FormatError, SignatureError
from anchor.merkle import EMPTY_ROOT, HASH_BYTES, SIZE_MAX, TreeHead
from anchor.note import (
    Cosignature,
    Note,
    NoteKey,
    Policy,
    VerifierKey,
    sign_note,
    verify_key_name,
    verify_note,
)

_TEXT = re.compile(r"([^\n]+)\n(0|[1-9][0-9]{0,18})\n([A-Za-z0-9+/]{43}=)\n")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The size and 32-byte root of the log that ``origin`` names.

    Raises:
        FormatError: for an origin that is no key name, a size out of range, or a root that can't be.
    """

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        verify_key_name(self.origin)
        if not 0 <= self.size <= SIZE_MAX or len(self.root) != HASH_BYTES:
            raise FormatError("the size is out of range, or the root is not 32 bytes")
        if (self.size == 0) != (self.root == EMPTY_ROOT):
            raise FormatError("an empty log, and no other, has the empty root")

    @property
    def head(self) -> TreeHead:
        """Size and root alone."""
        return TreeHead(self.size, self.root)

    @property
    def text(self) -> bytes:
        """The three lines, as they are signed."""
        return f"{self.origin}\n{self.size}\n{to_base64(self.root)}\n".encode()

    @classmethod
    def parse(cls, text: bytes) -> "Checkpoint":
        """Read what ``text`` writes.

        Raises:
            FormatError: for any other bytes.
        """
        try:
            match = _TEXT.fullmatch(text.decode("utf-8"))
        except UnicodeDecodeError as error:
            raise FormatError("the checkpoint is not UTF-8") from error
        if match is None:
            raise FormatError("a checkpoint is origin, size and root, one line each")
        return cls(match[1], int(match[2]), from_base64(match[3]))

    def sign(self, key: NoteKey) -> bytes:
        """The note a log publishes. Its key is named like its origin.

        Raises:
            FormatError: if the key's name is another.
        """
        if key.name != self.origin:
            raise FormatError("a log signs under its origin")
        return sign_note(self.text, key)


@dataclass(frozen=True, slots=True)
class VerifiedCheckpoint:
    """A checkpoint that a policy accepted, and the witnesses of that policy who cosigned it."""

    checkpoint: Checkpoint
    cosignatures: tuple[Cosignature, ...]


def signer_of(note: bytes, logs: Sequence[VerifierKey]) -> VerifierKey:
    """Which of a log's keys, newest first, has a line in this note; the newest if none has.

    Raises:
        FormatError: if the note is malformed.
    """
    lines = {(line.name, line.key_id) for line in Note.parse(note).signatures}
    return next((log for log in logs if (log.name, log.id) in lines), logs[0])


def verify_checkpoint(note: bytes, policy: Policy) -> VerifiedCheckpoint:
    """Return the checkpoint in ``note`` if the policy accepts its signatures.

    Raises:
        FormatError: if the note or the checkpoint in it is malformed.
        SignatureError: if the log or enough witnesses did not sign, or the origin is not that log.
    """
    verified = verify_note(note, policy)
    checkpoint = Checkpoint.parse(verified.text)
    if checkpoint.origin != policy.log.name:
        raise SignatureError("the checkpoint is of another log than the one that signed it")
    return VerifiedCheckpoint(checkpoint, verified.cosignatures)
