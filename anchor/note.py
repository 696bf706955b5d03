"""Text signed by one or more keys: c2sp.org/signed-note@v1 and c2sp.org/tlog-cosignature@v1.

::

    example.com/log            the text, any lines, ending in a newline
    20852163
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
                               an empty line: the last one in the note
    — example.com/log Az3g…    key name, base64(key id ‖ signature)
    — witness.example/w1 jWbP… the same by a witness, over the time it also names

A log signs the text (type 0x01). A witness signs ``cosignature/v1``, the time and
the text (type 0x04). Lines by unknown keys are ignored, as the specification
wants; a known key whose signature is wrong spoils the whole note.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from hashlib import sha256
from typing import NamedTuple

from anchor.encoding import from_base64, to_base64
from anchor.errors import FormatError, SignatureError
from anchor.keys import KEY_BYTES, SIGNATURE_BYTES, SigningKey, verify_public_key, verify_signature

KEY_ID_BYTES = 4
TIME_BYTES = 8
TIME_MAX = 253_402_300_799  # seconds since 1970: the end of the year 9999, as far as a date goes

# A verifier must take 16 signatures, of which post-quantum ones may have 5 kB each.
NOTE_BYTES_MAX = 128 * 1024
SIGNATURES_MAX = 64
WITNESSES_MAX = 32
KEY_NAME_MAX = 255  # bytes; tlog-cosignature gives a name one length byte
VKEY_MAX = 512  # characters

_MARK = "— "
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


class KeyType(IntEnum):
    """What a key signs, by the byte signed-note assigns to it."""

    NOTE = 0x01
    COSIGNATURE = 0x04


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """The public half of a note key: who, which kind of signature, 32 bytes Ed25519."""

    name: str
    type: KeyType
    public: bytes

    def __post_init__(self) -> None:
        verify_key_name(self.name)
        verify_public_key(self.public)

    @property
    def id(self) -> bytes:
        """The four bytes that name this key in a signature line, together with its name."""
        return sha256(self.name.encode() + b"\n" + bytes([self.type]) + self.public).digest()[:KEY_ID_BYTES]

    @property
    def vkey(self) -> str:
        """The key as one word: ``name+id+base64(type ‖ public key)``."""
        return f"{self.name}+{self.id.hex()}+{to_base64(bytes([self.type]) + self.public)}"

    @classmethod
    def parse(cls, vkey: str) -> "VerifierKey":
        """Read what ``vkey`` writes.

        Raises:
            FormatError: for another shape, an unknown type, a weak key, or an id that does not fit.
        """
        parts = vkey.split("+", 2) if len(vkey) <= VKEY_MAX else []
        if len(parts) != 3:  # noqa: PLR2004 - name, id and key, as the docstring above draws them
            raise FormatError("a verifier key is name+id+key")
        material = from_base64(parts[2])
        if len(material) != 1 + KEY_BYTES or material[0] not in set(KeyType):
            raise FormatError("the verifier key is not of a supported type")
        key = cls(parts[0], KeyType(material[0]), material[1:])
        if key.vkey != vkey:
            raise FormatError("the id of the verifier key does not fit its key")
        return key


class NoteSignature(NamedTuple):
    """One signature line: key name, 4-byte key id, and the signature as its type lays it out."""

    name: str
    key_id: bytes
    signature: bytes

    def __str__(self) -> str:
        return f"{_MARK}{self.name} {to_base64(self.key_id + self.signature)}\n"

    @classmethod
    def parse(cls, line: str) -> "NoteSignature":
        """Read one line, without its newline.

        Raises:
            FormatError: for any line that ``str`` would not have written.
        """
        name, _, encoded = line.removeprefix(_MARK).partition(" ")
        if not line.startswith(_MARK):
            raise FormatError("a signature line starts with an em dash and a space")
        verify_key_name(name)
        blob = from_base64(encoded)
        if len(blob) <= KEY_ID_BYTES:
            raise FormatError("a signature line without a signature")
        return cls(name, blob[:KEY_ID_BYTES], blob[KEY_ID_BYTES:])


@dataclass(frozen=True, slots=True)
class NoteKey:
    """A key that signs notes, as a log does."""

    name: str
    key: SigningKey

    @property
    def verifier(self) -> VerifierKey:
        """The public half."""
        return VerifierKey(self.name, KeyType.NOTE, self.key.public)

    def sign(self, text: bytes) -> NoteSignature:
        """Sign the text of a note."""
        return NoteSignature(self.name, self.verifier.id, self.key.sign(text))


@dataclass(frozen=True, slots=True)
class WitnessKey:
    """A key that cosigns checkpoints, as a witness does."""

    name: str
    key: SigningKey

    @property
    def verifier(self) -> VerifierKey:
        """The public half."""
        return VerifierKey(self.name, KeyType.COSIGNATURE, self.key.public)

    def cosign(self, text: bytes, *, time: datetime) -> NoteSignature:
        """Sign the text of a checkpoint as seen at ``time``, of which whole seconds are kept."""
        seconds = int(time.timestamp())
        signature = self.key.sign(_cosigned(text, seconds))
        return NoteSignature(self.name, self.verifier.id, seconds.to_bytes(TIME_BYTES, "big") + signature)


@dataclass(frozen=True, slots=True)
class Note:
    """A parsed note. Nothing about it is trusted before ``verify_note``."""

    text: bytes
    signatures: tuple[NoteSignature, ...]

    def __bytes__(self) -> bytes:
        return self.text + b"\n" + "".join(map(str, self.signatures)).encode()

    @classmethod
    def parse(cls, note: bytes) -> "Note":
        """Read a whole note.

        Raises:
            FormatError: for any bytes that ``bytes(note)`` would not have written.
        """
        text, signatures = _split(note)
        lines = signatures.removesuffix("\n").split("\n")
        if len(lines) > SIGNATURES_MAX:
            raise FormatError("the note has too many signatures")
        return cls(text.encode(), tuple(NoteSignature.parse(line) for line in lines))


class Cosignature(NamedTuple):
    """A witness vouches, at ``time`` (UTC), for the largest tree of this log it had seen."""

    witness: VerifierKey
    time: datetime


@dataclass(frozen=True, slots=True)
class Policy:
    """Whose word counts: the log's key, and how many of which witnesses must have cosigned.

    A quorum of 0 asks for no witness. The log's own key is no witness, and one
    key is not two, whatever names it goes by.

    Raises:
        FormatError: for a quorum that can't be met, or keys that repeat or are of the wrong type.
    """

    log: VerifierKey
    witnesses: tuple[VerifierKey, ...] = ()
    quorum: int = 0

    def __post_init__(self) -> None:
        if len(self.witnesses) > WITNESSES_MAX or not 0 <= self.quorum <= len(self.witnesses):
            raise FormatError("the quorum asks for more witnesses than there are, or there are too many")
        if any(witness.type is not KeyType.COSIGNATURE for witness in self.witnesses):
            raise FormatError("a witness key is of type cosignature/v1")
        publics = {self.log.public} | {witness.public for witness in self.witnesses}
        if len(publics) != 1 + len(self.witnesses):
            raise FormatError("one key stands for two witnesses, or for the log and a witness")


@dataclass(frozen=True, slots=True)
class VerifiedNote:
    """The text a policy accepted, and the witnesses of that policy who cosigned it."""

    text: bytes
    cosignatures: tuple[Cosignature, ...]


def sign_note(text: bytes, *keys: NoteKey) -> bytes:
    """The note over ``text`` with one signature of each key.

    Raises:
        FormatError: if the text does not end in a newline, or can't stand in a note.
    """
    note = bytes(Note(text, tuple(key.sign(text) for key in keys)))
    if Note.parse(note).text != text:
        raise FormatError("the text can't be told from the signatures")
    return note


def add_signatures(note: bytes, signatures: Iterable[NoteSignature]) -> bytes:
    """The note with more signatures. A key that signed before keeps its first line.

    Raises:
        FormatError: if the note is malformed, or has too many signatures then.
    """
    parsed = Note.parse(note)
    lines = {(line.name, line.key_id): line for line in parsed.signatures}
    for line in signatures:
        lines.setdefault((line.name, line.key_id), line)
    return bytes(Note.parse(bytes(Note(parsed.text, tuple(lines.values())))))


def verify_note(note: bytes, policy: Policy) -> VerifiedNote:
    """Return the text of ``note`` if the policy's log and enough of its witnesses signed it.

    Raises:
        FormatError: if the note is malformed.
        SignatureError: if a known key's signature is wrong or comes twice, the
            log's is missing, or fewer witnesses than the quorum cosigned.
    """
    parsed = Note.parse(note)
    known = {(key.name, key.id): key for key in (policy.log, *policy.witnesses)}
    times: dict[VerifierKey, datetime | None] = {}
    for signature in parsed.signatures:
        key = known.get((signature.name, signature.key_id))
        if key is None:
            continue
        if key in times:
            raise SignatureError("a known key signed the note twice")
        times[key] = _verify_line(key, parsed.text, signature.signature)
    if policy.log not in times:
        raise SignatureError("the log did not sign the note")
    cosignatures = tuple(
        Cosignature(key, time) for key, time in times.items() if time is not None and key != policy.log
    )
    if len(cosignatures) < policy.quorum:
        raise SignatureError(f"{len(cosignatures)} witnesses cosigned, the policy asks for {policy.quorum}")
    return VerifiedNote(parsed.text, cosignatures)


def verify_key_name(name: str) -> str:
    """Return ``name`` if a key, and so a log or a witness, may be called so.

    Raises:
        FormatError: unless it is one word of up to 255 bytes, without a plus.
    """
    try:
        size = len(name.encode())
    except UnicodeEncodeError as error:
        raise FormatError("a key name is not Unicode text") from error
    if not 0 < size <= KEY_NAME_MAX or _CONTROL.search(name) or "+" in name or any(map(str.isspace, name)):
        raise FormatError("a key name is one word of up to 255 bytes, without a plus")
    return name


def _verify_line(key: VerifierKey, text: bytes, signature: bytes) -> datetime | None:
    """The time a cosignature names, or None for a plain signature."""
    if key.type is KeyType.NOTE:
        verify_signature(key.public, text, signature)
        return None
    seconds = int.from_bytes(signature[:TIME_BYTES], "big")
    if len(signature) != TIME_BYTES + SIGNATURE_BYTES or seconds > TIME_MAX:
        raise SignatureError("a cosignature is a time and 64 bytes")
    verify_signature(key.public, _cosigned(text, seconds), signature[TIME_BYTES:])
    return datetime.fromtimestamp(seconds, UTC)


def _cosigned(text: bytes, seconds: int) -> bytes:
    """What a witness signs (tlog-cosignature, Ed25519 signed message)."""
    return b"cosignature/v1\ntime %d\n%b" % (seconds, text)


def _split(note: bytes) -> tuple[str, str]:
    """Text and signature lines, both ending in a newline."""
    if len(note) > NOTE_BYTES_MAX:
        raise FormatError("the note is too long")
    try:
        whole = note.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FormatError("the note is not UTF-8") from error
    if _CONTROL.search(whole):
        raise FormatError("the note holds a control character")
    text, gap, signatures = whole.rpartition("\n\n")
    if not gap or not signatures.endswith("\n"):
        raise FormatError("a note is a text, an empty line, and signature lines")
    return text + "\n", signatures
