"""A blob sealed part by part, the same bytes each time, so that an upload goes on where it broke off.

Sealing twice would otherwise give two streams: the salt of each is drawn anew. Here it is derived
from the blob's key and the SHA-256 of the file::

    salt = first 24 bytes of HMAC-SHA256(key, "planetvault/blob-salt/v1" ‖ 00 ‖ SHA-256(file))

so the same file gives the same stream, and a file that was changed another. A file may change after it was
hashed, too. So its outline holds a hash for each window of 8 MiB, and what was sealed of a window leaves
this page only if what was read of it is what was hashed: no nonce ever meets two plaintexts. Specification:
docs/spec/item.md, Blobs.
"""

import hmac
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from planetvault.errors import FileChanged
from planetvault.sealing.blob import HashedSource, PaddedSource, place_of
from planetvault.sealing.padding import padded_size
from planetvault.sealing.seal import CHUNK_BYTES, HEADER_BYTES, SALT_BYTES, TAG_BYTES, VERSION
from planetvault.sealing.stream import NONCE_BYTES, derive_stream, read_exactly

_SALTED = b"planetvault/blob-salt/v1\0"
WINDOW_CHUNKS = 512
WINDOW_BYTES = WINDOW_CHUNKS * CHUNK_BYTES
_PIECE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Outline:
    """What a file is: its ``size`` in bytes, and the SHA-256 of it up to the end of each window of 8 MiB."""

    size: int
    prefixes: tuple[bytes, ...]

    @property
    def digest(self) -> bytes:
        """The SHA-256 of the whole file."""
        return self.prefixes[-1]


def outline_of(path: Path) -> Outline:
    """Read a file once, piece by piece."""
    read, prefixes = sha256(), list[bytes]()
    with path.open("rb", buffering=0) as file:
        while piece := file.read(_PIECE_BYTES - file.tell() % _PIECE_BYTES):
            read.update(piece)
            if file.tell() % WINDOW_BYTES == 0:
                prefixes.append(read.digest())
        size = file.tell()
    if not prefixes or size % WINDOW_BYTES:
        prefixes.append(read.digest())
    return Outline(size, tuple(prefixes))


@dataclass(frozen=True, slots=True)
class BlobPlan:
    """What a file will be sealed as; id and key are random."""

    blob_id: bytes
    key: bytes = field(repr=False)
    outline: Outline

    @property
    def sealed_size(self) -> int:
        """How many bytes the sealed stream has."""
        return sealed_size(self.outline.size)

    @property
    def salt(self) -> bytes:
        """The stream's salt."""
        return hmac.digest(self.key, _SALTED + self.outline.digest, "sha256")[:SALT_BYTES]

    def verify_read(self, window: int, prefix: bytes) -> None:
        """Return if the file up to the end of this window, or up to its own, is what was hashed.

        Raises:
            FileChanged: if it is not.
        """
        prefixes = self.outline.prefixes
        if prefix != prefixes[min(window, len(prefixes) - 1)]:
            raise FileChanged("the file changes while it is read: make a copy, and put that")


def sealed_size(size: int) -> int:
    """How many bytes a blob of ``size`` plain bytes has when it is sealed, with its padding."""
    padded = padded_size(size)
    return HEADER_BYTES + padded + (padded // CHUNK_BYTES + 1) * TAG_BYTES


def seal_parts(plan: BlobPlan, path: Path, part_bytes: int) -> Iterator[bytes]:
    """The sealed stream of a file, cut every ``part_bytes``; the same bytes each time.

    No more than a window and a part are held at a time.

    Raises:
        FileChanged: before anything leaves that is not of the file as it was hashed.
    """
    key, base, commitment = derive_stream(plan.key, place_of(plan.blob_id), plan.salt)
    aead, number, waiting = AESGCM(key), int.from_bytes(base), bytearray(VERSION + plan.salt + commitment)
    with path.open("rb", buffering=0) as file:
        read = HashedSource(file)
        source, index, more = PaddedSource(read), 0, True
        while more:
            chunk = read_exactly(source, CHUNK_BYTES)
            more = len(chunk) == CHUNK_BYTES
            waiting += aead.encrypt((number ^ index).to_bytes(NONCE_BYTES), chunk, None)
            index += 1
            if not more or index % WINDOW_CHUNKS == 0:
                plan.verify_read((index - 1) // WINDOW_CHUNKS, read.sha256.digest())
                yield from _whole_parts(waiting, part_bytes)
    if waiting:
        yield bytes(waiting)


def _whole_parts(waiting: bytearray, part_bytes: int) -> Iterator[bytes]:
    while len(waiting) >= part_bytes:
        with memoryview(waiting) as view:
            part = bytes(view[:part_bytes])
        del waiting[:part_bytes]
        yield part
