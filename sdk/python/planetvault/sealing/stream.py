"""Streams: large things sealed in constant memory, and read from any place.

A sealed stream is the same Cobblestone-256 blob that ``seal`` writes, made piece
by piece: ``01 ‖ salt(24) ‖ commitment(32)``, then chunks of 16 KiB with a tag of
16 bytes each. The last chunk is shorter than the others, possibly empty; so a
stream that was cut at a chunk's end is seen to be cut.

Opening writes each chunk as soon as it was authenticated. If the stream then
turns out to be cut, ``OpenError`` comes after some plaintext was written: the
target must be thrown away. Layout: c2sp.org/chunked-encryption.
"""

from hmac import compare_digest
from os import SEEK_END
from typing import Protocol

from cryptography.cobblestone import Cobblestone256Decryptor, Cobblestone256Encryptor
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from planetvault.sealing.errors import InputError, OpenError
from planetvault.sealing.seal import (
    CHUNK_BYTES,
    COMMITMENT_BYTES,
    HEADER_BYTES,
    KEY_BYTES,
    SALT_BYTES,
    TAG_BYTES,
    VERSION,
    verify_key,
)

# Large enough that the cost of a call does not show, small enough to stay in a core's own cache.
PIECE_BYTES = 256 * 1024
SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES
NONCE_BYTES = 12
CHUNKS_MAX = 2**38
# A piece, the chunk kept back from the piece before, their tags, and the header.
OUTPUT_BYTES = PIECE_BYTES + CHUNK_BYTES + (PIECE_BYTES // CHUNK_BYTES + 1) * TAG_BYTES + HEADER_BYTES

_KDF_LABEL = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0"


class Source(Protocol):
    """What is read from front to back: any binary file."""

    def readinto(self, buffer: memoryview, /) -> int | None:
        """Fill ``buffer`` from the front; 0 at the end."""
        ...


class SeekableSource(Source, Protocol):
    """What is read from any place: a binary file on a disk."""

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Move to ``offset``; return the new position."""
        ...


class Target(Protocol):
    """What is written to: any binary file that takes all it is given."""

    def write(self, octets: memoryview, /) -> object:
        """Write all of ``octets``."""
        ...


class _Coder(Protocol):
    def update_into(self, data: memoryview, buf: memoryview) -> int: ...

    def finalize(self) -> bytes: ...


def seal_stream(key: bytes, context: bytes, source: Source, target: Target) -> None:
    """Seal all of ``source`` under ``key`` for the place that ``context`` names."""
    target.write(memoryview(VERSION))
    _pump(Cobblestone256Encryptor(verify_key(key), context), source, target)


def open_stream(key: bytes, context: bytes, source: Source, target: Target) -> None:
    """Open a sealed stream, writing what was authenticated as it goes.

    Raises:
        OpenError: whatever the reason; throw away what was written by then.
    """
    if read_exactly(source, len(VERSION)) != VERSION:
        raise OpenError
    try:
        _pump(Cobblestone256Decryptor(verify_key(key), context), source, target)
    except InvalidTag:
        raise OpenError from None


def _pump(coder: _Coder, source: Source, target: Target) -> None:
    piece, output = memoryview(bytearray(PIECE_BYTES)), memoryview(bytearray(OUTPUT_BYTES))
    while size := source.readinto(piece):
        target.write(output[: coder.update_into(piece[:size], output)])
    target.write(memoryview(coder.finalize()))


def read_exactly(source: Source, size: int) -> bytes:
    """Exactly ``size`` bytes, or fewer at the end: a file may return less than was asked for."""
    buffer = memoryview(bytearray(size))
    filled = 0
    while filled < size and (read := source.readinto(buffer[filled:])):
        filled += read
    return bytes(buffer[:filled])


class StreamReader:
    """Reads a sealed stream from any place; its length was authenticated on construction.

    Raises:
        OpenError: if header, length or last chunk are not what was sealed.
    """

    def __init__(self, key: bytes, context: bytes, source: SeekableSource) -> None:
        self._source = source
        self._aead, self._nonce = _open_header(key, context, source)
        full_chunks, rest = divmod(source.seek(0, SEEK_END) - HEADER_BYTES, SEALED_CHUNK_BYTES)
        if rest < TAG_BYTES or full_chunks >= CHUNKS_MAX:
            raise OpenError
        self._chunk(full_chunks)
        self.size = full_chunks * CHUNK_BYTES + rest - TAG_BYTES

    def read(self, start: int, size: int) -> bytes:
        """Return at most ``size`` bytes from ``start`` on, fewer at the end.

        Raises:
            InputError: for a negative number.
            OpenError: if a chunk is not what was sealed.
        """
        if start < 0 or size < 0:
            raise InputError("a range starts at 0 or later and has 0 or more bytes")
        end = min(start + size, self.size)
        if start >= end:
            return b""
        first, last = start // CHUNK_BYTES, (end - 1) // CHUNK_BYTES
        plain = b"".join(self._chunk(index) for index in range(first, last + 1))
        return plain[start - first * CHUNK_BYTES : end - first * CHUNK_BYTES]

    def _chunk(self, index: int) -> bytes:
        self._source.seek(HEADER_BYTES + index * SEALED_CHUNK_BYTES)
        nonce = (int.from_bytes(self._nonce) ^ index).to_bytes(NONCE_BYTES)
        try:
            return self._aead.decrypt(nonce, read_exactly(self._source, SEALED_CHUNK_BYTES), None)
        except InvalidTag:
            raise OpenError from None


def _open_header(key: bytes, context: bytes, source: SeekableSource) -> tuple[AESGCM, bytes]:
    """Check a stream's commitment to its key; return cipher and base nonce."""
    source.seek(0)
    header = read_exactly(source, HEADER_BYTES)
    salt, commitment = header[1 : 1 + SALT_BYTES], header[1 + SALT_BYTES :]
    derived, nonce, expected = derive_stream(key, context, salt)
    if header[:1] != VERSION or not compare_digest(expected, commitment):
        raise OpenError
    return AESGCM(derived), nonce


def derive_stream(key: bytes, context: bytes, salt: bytes) -> tuple[bytes, bytes, bytes]:
    """What a stream is sealed with: its own key, the nonce of chunk 0, and the commitment to both."""
    size = KEY_BYTES + NONCE_BYTES + COMMITMENT_BYTES
    derived = HKDFExpand(SHA512(), size, _KDF_LABEL + salt + context).derive(verify_key(key))
    nonce = derived[KEY_BYTES : KEY_BYTES + NONCE_BYTES]
    return derived[:KEY_BYTES], nonce, derived[KEY_BYTES + NONCE_BYTES :]
