"""An entry's way into a log, in one file for offline checking: c2sp.org/tlog-proof@v1.

::

    c2sp.org/tlog-proof@v1
    extra YWJj                                      optional, opaque, not signed by anybody
    index 73894                                     where the entry stands, from 0
    gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=    the siblings, from the leaf upwards
    …
                                                    an empty line
    example.com/log                                 the signed checkpoint, to the last byte
    …

``bytes`` writes exactly what ``parse`` read: a proof has one form.
"""

import re
from dataclasses import dataclass

from anchor.encoding import from_base64, to_base64
from anchor.errors import FormatError
from anchor.merkle import HASH_BYTES, PATH_MAX, SIZE_MAX, leaf_hash, verify_inclusion
from anchor.note import NOTE_BYTES_MAX, Note, Policy
from anchor.records.checkpoint import Checkpoint, VerifiedCheckpoint, verify_checkpoint

EXTRA_BYTES_MAX = 32 * 1024  # its line stays below the 64 KiB at which other readers give up
PROOF_BYTES_MAX = NOTE_BYTES_MAX + 64 * 1024

_HEADER = "c2sp.org/tlog-proof@v1\n"
_HEAD = re.compile(
    re.escape(_HEADER)
    + r"(?:extra ([A-Za-z0-9+/=]+)\n)?index (0|[1-9][0-9]{0,18})\n((?:[A-Za-z0-9+/]{43}=\n)*)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TlogProof:
    """The place of an entry, its inclusion path, and the checkpoint note that covers it.

    Raises:
        FormatError: for an index, path or extra out of range.
    """

    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.index < SIZE_MAX or len(self.path) > PATH_MAX:
            raise FormatError("the index is out of range, or the path is longer than any tree is high")
        if any(len(value) != HASH_BYTES for value in self.path):
            raise FormatError("a hash has 32 bytes")
        if self.extra is not None and not 0 < len(self.extra) <= EXTRA_BYTES_MAX:
            raise FormatError("the extra line is empty or too long")

    def __bytes__(self) -> bytes:
        extra = "" if self.extra is None else f"extra {to_base64(self.extra)}\n"
        path = "".join(f"{to_base64(value)}\n" for value in self.path)
        return f"{_HEADER}{extra}index {self.index}\n{path}\n".encode() + self.checkpoint

    @classmethod
    def parse(cls, proof: bytes) -> "TlogProof":
        """Read a proof file. Nothing in it is trusted before ``verify``.

        Raises:
            FormatError: for any bytes that ``bytes`` would not have written.
        """
        if len(proof) > PROOF_BYTES_MAX:
            raise FormatError("the proof is too long")
        head, _, checkpoint = proof.partition(b"\n\n")
        try:
            match = _HEAD.fullmatch(head.decode("ascii") + "\n")
        except UnicodeDecodeError as error:
            raise FormatError("the proof is not ASCII before its checkpoint") from error
        if match is None:
            raise FormatError("not a tlog-proof of version 1")
        Checkpoint.parse(Note.parse(checkpoint).text)
        return cls(
            extra=None if match[1] is None else from_base64(match[1]),
            index=int(match[2]),
            path=tuple(from_base64(line) for line in match[3].split()),
            checkpoint=checkpoint,
        )

    def verify(self, entry: bytes, policy: Policy) -> VerifiedCheckpoint:
        """Return the checkpoint this proof rests on, if ``entry`` is in its tree at ``index``.

        Raises:
            FormatError: if the checkpoint is malformed.
            SignatureError: if the policy does not accept its signatures.
            ProofError: if the path does not lead from the entry to the signed root.
        """
        verified = verify_checkpoint(self.checkpoint, policy)
        size, root = verified.checkpoint.head
        verify_inclusion(leaf_hash(entry), index=self.index, size=size, path=self.path, root=root)
        return verified
