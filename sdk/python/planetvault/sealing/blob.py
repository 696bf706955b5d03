"""Blobs: files too large for a field, each sealed under a key of its own.

A blob's key, true size, name and type stand in a reference, which is the value of
an ordinary sealed field. So a grant of that field is a grant of the blob, and the
vault learns no more of a file than its padded size. Layout of a reference::

    blob id(16) ‖ key(32) ‖ u64be(size) ‖ SHA-256 of the sealed blob(32) ‖ text media type ‖ text name

Specification: docs/spec/item.md.
"""

from dataclasses import dataclass, field
from hashlib import sha256
from hmac import compare_digest

from planetvault.sealing import contexts
from planetvault.sealing.errors import OpenError
from planetvault.sealing.layout import LayoutReader, write_integer, write_text
from planetvault.sealing.padding import padded_size
from planetvault.sealing.seal import KEY_BYTES
from planetvault.sealing.sealer import FRESH, Sealer
from planetvault.sealing.stream import (
    SeekableSource,
    Source,
    StreamReader,
    Target,
    open_stream,
    seal_stream,
)

HASH_BYTES = sha256().digest_size


def place_of(blob_id: bytes) -> bytes:
    """What a blob is bound to, sealed whole or in parts."""
    return contexts.blob(blob_id)


@dataclass(frozen=True, slots=True)
class BlobReference:
    """Where a blob is and what opens it. ``size`` is in bytes, without padding."""

    blob_id: bytes
    key: bytes = field(repr=False)
    size: int
    sha256: bytes
    media_type: str
    name: str = field(repr=False)

    def to_bytes(self) -> bytes:
        """The value of the field that refers to the blob."""
        texts = write_text(self.media_type) + write_text(self.name)
        return self.blob_id + self.key + write_integer(self.size) + self.sha256 + texts


def read_blob_reference(octets: bytes) -> BlobReference:
    """Read the value of a field that refers to a blob.

    Raises:
        OpenError: if it is not one.
    """
    reader = LayoutReader(octets)
    blob_id, key, size = reader.take(contexts.ID_BYTES), reader.take(KEY_BYTES), reader.integer()
    reference = BlobReference(blob_id, key, size, reader.take(HASH_BYTES), reader.text(), reader.text())
    reader.end()
    return reference


def seal_blob(
    source: Source, target: Target, *, name: str, media_type: str, sealer: Sealer = FRESH
) -> BlobReference:
    """Seal all of ``source``, padded, under a new key.

    Args:
        source: a binary file; its length need not be known.
        target: gets the sealed blob.
        name: what the file is called, at most 256 bytes of UTF-8.
        media_type: such as ``image/jpeg``.
        sealer: where key and id come from.
    """
    blob_id, key = sealer.random(contexts.ID_BYTES), sealer.random(KEY_BYTES)
    padded, hashed = PaddedSource(source), _HashedTarget(target)
    seal_stream(key, place_of(blob_id), padded, hashed)
    return BlobReference(blob_id, key, padded.size, hashed.sha256.digest(), media_type, name)


def open_blob(reference: BlobReference, source: Source, target: Target) -> None:
    """Open a blob from front to back.

    Raises:
        OpenError: if it is not, to the last byte, the blob the reference names. Throw
            away what was written by then.
    """
    hashed, unpadded = HashedSource(source), _UnpaddedTarget(target, reference.size)
    open_stream(reference.key, place_of(reference.blob_id), hashed, unpadded)
    whole = unpadded.total == padded_size(reference.size)
    if not whole or not compare_digest(hashed.sha256.digest(), reference.sha256):
        raise OpenError


class BlobReader:
    """Reads a blob from any place.

    What it returns was sealed by someone who holds the blob's key. Only reading the
    whole blob with ``open_blob`` proves that it was the owner.
    """

    def __init__(self, reference: BlobReference, source: SeekableSource) -> None:
        self._stream = StreamReader(reference.key, place_of(reference.blob_id), source)
        self.size = reference.size
        if self._stream.size != padded_size(self.size):
            raise OpenError

    def read(self, start: int, size: int) -> bytes:
        """Return at most ``size`` bytes from ``start`` on; errors as ``StreamReader.read``."""
        return self._stream.read(start, min(size, max(self.size - start, 0)))


class PaddedSource:
    """A source, and after its end zeros up to the padded size."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._zeros: int | None = None
        self.size = 0

    def readinto(self, buffer: memoryview, /) -> int:
        """See ``Source``."""
        if self._zeros is None:
            if read := self._source.readinto(buffer):
                self.size += read
                return read
            self._zeros = padded_size(self.size) - self.size
        filled = min(self._zeros, len(buffer))
        buffer[:filled] = bytes(filled)
        self._zeros -= filled
        return filled


class _HashedTarget:
    """A target that hashes what is written."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self.sha256 = sha256()

    def write(self, octets: memoryview, /) -> None:
        self.sha256.update(octets)
        self._target.write(octets)


class HashedSource:
    """A source that hashes what is read."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.sha256 = sha256()

    def readinto(self, buffer: memoryview, /) -> int:
        """See ``Source``."""
        read = self._source.readinto(buffer) or 0
        self.sha256.update(buffer[:read])
        return read


class _UnpaddedTarget:
    """A target that gets the first ``size`` bytes and insists that the rest is zeros."""

    def __init__(self, target: Target, size: int) -> None:
        self._target = target
        self._left = size
        self.total = 0

    def write(self, octets: memoryview, /) -> None:
        kept = min(self._left, len(octets))
        self._target.write(octets[:kept])
        self._left -= kept
        self.total += len(octets)
        if bytes(octets[kept:]).strip(b"\0"):
            raise OpenError
