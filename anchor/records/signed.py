"""The wrapper of every signed record: a compact JWS whose bytes are the truth.

::

    eyJhbGciOiJFZDI1NTE5IiwidHlwIjoicGxhbmV0dmF1bHQtdXNlK2p3cyIsImtpZCI6… . eyJ2IjoxLCJ… . MEQCIB…
    {"alg":"Ed25519","typ":"planetvault-use+jws","kid":"<SHA-256 of the key>"} . {"v":1,…} . signature

The signed bytes are stored, forwarded and hashed as they came; nothing is ever
re-serialised, so there is no canonical JSON to disagree about (RFC 7515, RFC 9864;
docs/spec/signed-record.md). Every record carries a random salt, so its hash tells
nothing to someone who guesses its content.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any, ClassVar, Generic, TypeVar

from anchor.encoding import from_base64url, to_base64url
from anchor.errors import FormatError, SignatureError
from anchor.keys import SigningKey, kid_of, verify_signature
from anchor.records.shape import as_written, integer, read, read_json, write, write_json

RECORD_BYTES_MAX = 65_536
"""No record needs more: the largest, a manifest of 256 fields, stays under 32 KiB."""
SALT_BYTES = 32
KID_CHARACTERS = 43
HEADERS_KEPT = 4096
"""A header says the kind and the key alone, so one is read once for thousands of records."""
VERSION = 1
_VERSION_FIELD = integer(VERSION, VERSION)


class Record:
    """What every kind of record has: a noun, and the type byte of its entry if it is logged."""

    NOUN: ClassVar[str]
    ENTRY: ClassVar[int | None] = None
    __slots__ = ()


R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True)
class Signed(Generic[R]):
    """A record with the exact bytes that were signed.

    ``raw`` is the compact JWS, ``kid`` names the key that signed it, and ``hash``
    is the name of the record everywhere: in other records, in URLs, in the log.
    """

    record: R
    raw: bytes
    kid: bytes
    hash: bytes

    @property
    def entry(self) -> bytes:
        """The 33 bytes that join the log: the kind's type byte and the hash."""
        return entry_of(type(self.record), self.hash)

    @property
    def text(self) -> str:
        """The compact JWS as text."""
        return self.raw.decode("ascii")


def new_salt() -> bytes:
    """32 random bytes."""
    return secrets.token_bytes(SALT_BYTES)


def hash_of(kind: type[Record], raw: bytes) -> bytes:
    """SHA-256 over ``planetvault/<noun>/v1``, a zero byte, and the signed bytes."""
    return sha256(prefix_of(kind) + raw).digest()


def prefix_of(kind: type[Record]) -> bytes:
    """What stands before the signed bytes when they are hashed, so that no kind passes for another."""
    return b"planetvault/%s/v%d\0" % (kind.NOUN.encode(), VERSION)


def entry_of(kind: type[Record], record_hash: bytes) -> bytes:
    """The log entry of a record.

    Raises:
        FormatError: if this kind is never logged.
    """
    if kind.ENTRY is None:
        raise FormatError(f"a {kind.NOUN} is not an entry of the log")
    return bytes([kind.ENTRY]) + record_hash


@lru_cache(maxsize=HEADERS_KEPT)
def _header(noun: str, kid: bytes) -> str:
    header = f'{{"alg":"Ed25519","typ":"planetvault-{noun}+jws","kid":"{to_base64url(kid)}"}}'
    return to_base64url(header.encode())


def sign(record: R, key: SigningKey) -> Signed[R]:
    """Serialise once, sign, and keep the bytes; the record comes back as every reader will see it.

    Raises:
        FormatError: for a value that ``verify`` would refuse: nobody signs what nobody can read.
    """
    payload = write_json({"v": VERSION, **write(record)})
    signed = f"{_header(record.NOUN, key.kid)}.{to_base64url(payload)}".encode()
    raw = signed + b"." + to_base64url(key.sign(signed)).encode()
    if len(raw) > RECORD_BYTES_MAX:
        raise FormatError(f"a record has at most {RECORD_BYTES_MAX} bytes")
    return Signed(as_written(record), raw, key.kid, hash_of(type(record), raw))


@lru_cache(maxsize=HEADERS_KEPT)
def _kid_in(header: str, noun: str) -> bytes:
    kid = from_base64url(from_base64url(header)[-KID_CHARACTERS - 2 : -2].decode("latin-1"))
    if header != _header(noun, kid):
        raise FormatError(f"the header is not that of a {noun}")
    return kid


def _payload(segment: str, kind: type[R]) -> R:
    value: Any = read_json(from_base64url(segment))
    if type(value) is not dict:
        raise FormatError(f"a {kind.NOUN} is a JSON object")
    _VERSION_FIELD.read(value.pop("v", None))
    return read(value, kind)


def verify(raw: bytes, kind: type[R], key_of: Callable[[bytes, R], bytes]) -> Signed[R]:
    """Read a record and check who signed it.

    ``key_of(kid, record)`` answers with the 32-byte public key the caller trusts for
    this record, or raises; it sees the record before its signature was checked, so
    that a record which carries its own key can be asked for it.

    Raises:
        FormatError: if the bytes are not a record of this kind.
        SignatureError: if the trusted key is not the one named, or did not sign.
    """
    if len(raw) > RECORD_BYTES_MAX:
        raise FormatError(f"a record has at most {RECORD_BYTES_MAX} bytes")
    try:
        header, payload, signature = raw.decode("ascii").split(".")
    except ValueError as error:
        raise FormatError("not a compact JWS") from error
    kid = _kid_in(header, kind.NOUN)
    record = _payload(payload, kind)
    public = key_of(kid, record)
    if kid_of(public) != kid:
        raise SignatureError(f"this {kind.NOUN} names another key than the one trusted for it")
    verify_signature(public, raw[: raw.rindex(b".")], from_base64url(signature))
    return Signed(record, raw, kid, hash_of(kind, raw))


def named_kid(raw: bytes, kind: type[Record]) -> bytes:
    """The kid a record of this kind names, with nothing checked yet: for finding the key to check with.

    Raises:
        FormatError: if the bytes do not begin like a record of this kind.
    """
    header, _, _ = raw[:RECORD_BYTES_MAX].decode("latin-1").partition(".")
    return _kid_in(header, kind.NOUN)


def unverified(raw: bytes, kind: type[R]) -> R:
    """What bytes claim to say, with nothing checked but their form: for finding what to check them against.

    Raises:
        FormatError: if the bytes are not a record of this kind.
    """
    if len(raw) > RECORD_BYTES_MAX:
        raise FormatError(f"a record has at most {RECORD_BYTES_MAX} bytes")
    return _payload(raw.decode("latin-1").partition(".")[2].partition(".")[0], kind)


def by(public: bytes) -> Callable[[bytes, Any], bytes]:
    """For ``verify``: the signer must be this one key."""
    return lambda _kid, _record: public
