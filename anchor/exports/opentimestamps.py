"""A detached OpenTimestamps proof (``.ots``) of the record's file: operations up to the log's root.

::

    magic, version 1, sha256, SHA-256(file)                     which file
    prepend type byte, prepend 00, sha256                       its leaf in the log
    append or prepend sibling, prepend 01, sha256   …           up to the root
    sha256, then whatever another proof says of a file that holds the root

The proof ends at the root with an attestation of our own kind, holding the signed checkpoint: others
show it as unknown and believe nothing of it. With an ``.ots`` that a stock client made for the 32
bytes of the root, it goes on from there to Bitcoin, and stock clients verify it whole.
"""

from hashlib import sha256

from anchor.errors import FormatError
from anchor.exports.included import Included

MAGIC = b"\x00OpenTimestamps\x00\x00Proof\x00\xbf\x89\xe2\xe8\x84\xe8\x92\x94"
VERSION, SHA256, APPEND, PREPEND, FORK, ATTESTATION = b"\x01", b"\x08", b"\xf0", b"\xf1", b"\xff", b"\x00"
CHECKPOINT_TAG = bytes.fromhex("70767463686b7031")
"""The eight bytes that name our attestation: ``pvtchkp1``, the C2SP checkpoint over the value reached."""
PAYLOAD_MAX = 8192


def to_opentimestamps(included: Included, root_timestamp: bytes | None = None) -> bytes:
    """The proof; ``root_timestamp`` is an ``.ots`` of a file that holds the root and nothing else.

    Raises:
        FormatError: that is not one, or is of another file.
    """
    steps = _with(PREPEND, included.entry[:1]) + _with(PREPEND, b"\0") + SHA256
    for step in included.steps():
        steps += _with(PREPEND if step.left else APPEND, step.sibling) + _with(PREPEND, b"\x01") + SHA256
    note = _attestation(included.checkpoint)
    end = (
        note
        if root_timestamp is None
        else FORK + note + SHA256 + _timestamp_of(included.root, root_timestamp)
    )
    return MAGIC + VERSION + SHA256 + included.hash + steps + end


def _with(operation: bytes, argument: bytes) -> bytes:
    return operation + _length(len(argument)) + argument


def _length(value: int) -> bytes:
    """A number in groups of seven bits, the lowest first."""
    groups = [value & 0x7F]
    while value := value >> 7:
        groups.append(value & 0x7F)
    return bytes(group | 0x80 for group in groups[:-1]) + bytes(groups[-1:])


def _attestation(note: bytes) -> bytes:
    if len(note) > PAYLOAD_MAX:
        raise FormatError("the checkpoint has too many signatures for an OpenTimestamps proof")
    return ATTESTATION + CHECKPOINT_TAG + _length(len(note)) + note


def _timestamp_of(root: bytes, raw: bytes) -> bytes:
    head = MAGIC + VERSION + SHA256 + sha256(root).digest()
    if not raw.startswith(head) or len(raw) == len(head):
        raise FormatError("that is no OpenTimestamps proof of a file with this root")
    return raw[len(head) :]
