"""A blob sealed part by part, the same bytes each time, so that an upload goes on where it broke off.

Sealing twice would otherwise give two streams: the salt of each is drawn anew. Here it is derived
from the blob's key and the SHA-256 of the file::

    salt = first 24 bytes of HMAC-SHA256(key, "planetvault/blob-salt/v1" ‖ 00 ‖ SHA-256(file))

so the same file gives the same stream, and a file that was changed another: no nonce ever meets two
plaintexts. Specification: docs/spec/item.md, Blobs.
"""

import hmac
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import file_digest
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from planetvault.sealing.blob import PaddedSource, place_of
from planetvault.sealing.padding import padded_size
from planetvault.sealing.seal import CHUNK_BYTES, HEADER_BYTES, SALT_BYTES, TAG_BYTES, VERSION
from planetvault.sealing.stream import NONCE_BYTES, derive_stream, read_exactly

_SALTED = b"planetvault/blob-salt/v1\0"


@dataclass(frozen=True, slots=True)
class BlobPlan:
    """What a file will be sealed as: id and key are random, ``digest`` is the SHA-256 of the file."""

    blob_id: bytes
    key: bytes = field(repr=False)
    digest: bytes
    size: int

    @property
    def sealed_size(self) -> int:
        """How many bytes the sealed stream has."""
        return sealed_size(self.size)


def digest_of(path: Path) -> tuple[bytes, int]:
    """SHA-256 and size of a file, read piece by piece."""
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").digest()
        return digest, file.tell()


def sealed_size(size: int) -> int:
    """How many bytes a blob of ``size`` plain bytes has when it is sealed, with its padding."""
    padded = padded_size(size)
    return HEADER_BYTES + padded + (padded // CHUNK_BYTES + 1) * TAG_BYTES


def seal_parts(plan: BlobPlan, path: Path, part_bytes: int) -> Iterator[bytes]:
    """The sealed stream of a file, cut every ``part_bytes``; the same bytes each time.

    One part is held at a time.
    """
    salt = hmac.digest(plan.key, _SALTED + plan.digest, "sha256")[:SALT_BYTES]
    key, base, commitment = derive_stream(plan.key, place_of(plan.blob_id), salt)
    aead, number, waiting = AESGCM(key), int.from_bytes(base), bytearray(VERSION + salt + commitment)
    with path.open("rb", buffering=0) as file:
        source, index, more = PaddedSource(file), 0, True
        while more:
            chunk = read_exactly(source, CHUNK_BYTES)
            more = len(chunk) == CHUNK_BYTES
            waiting += aead.encrypt((number ^ index).to_bytes(NONCE_BYTES), chunk, None)
            index += 1
            while len(waiting) >= part_bytes:
                with memoryview(waiting) as view:
                    part = bytes(view[:part_bytes])
                del waiting[:part_bytes]
                yield part
    if waiting:
        yield bytes(waiting)
