"""A sealed blob on its way to a file: range by range, where it was broken off, and opened when it is whole.

The sealed bytes lie beside the file as ``<name>.sealed`` until they are all there; the opened ones as
``<name>.unfinished`` until the last of them is found to be the owner's. Neither side holds more
than a part in memory.
"""

import os
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from planetvault.errors import BrokenAnswer
from planetvault.http import PROBLEM_BYTES_MAX, Credential, exchange
from planetvault.sealing.blob import BlobReader, BlobReference, open_blob
from planetvault.sealing.blob_parts import sealed_size
from planetvault.sealing.errors import OpenError
from planetvault.sealing.seal import CHUNK_BYTES, HEADER_BYTES
from planetvault.sealing.stream import SEALED_CHUNK_BYTES
from planetvault.steps import Request, Steps, Work

PART_BYTES = 8 << 20
Progress = Callable[[int, int], None]
"""Called with (sealed bytes here, sealed bytes in all)."""


def fetch_file(
    target: str, who: Credential, reference: BlobReference, path: Path, progress: Progress | None
) -> Steps[Path]:
    """Fetch a blob into a file; a file that is begun is gone on with.

    Raises:
        OpenError: if it is not, to the last byte, what the reference names; nothing is left of it.
    """
    waiting, total = path.with_name(path.name + ".sealed"), sealed_size(reference.size)
    here: int = yield Work(lambda: _size(waiting))
    while here < total:
        octets = yield from fetch_range(target, who, here, min(here + PART_BYTES, total))
        here = yield Work(_appending(waiting, octets))
        if progress:
            progress(here, total)
    yield Work(lambda: _open(reference, waiting, path))
    return path


def fetch_range(target: str, who: Credential, start: int, end: int) -> Steps[bytes]:
    """Sealed bytes ``start`` up to ``end``.

    Raises:
        BrokenAnswer: if another number of bytes came.
    """
    # A refusal may be longer than the few bytes that were asked for.
    most = max(end - start, PROBLEM_BYTES_MAX)
    asked = Request("GET", target, None, {"range": f"bytes={start}-{end - 1}"}, most)
    answer = yield from exchange(asked, who)
    if len(answer.body) != end - start:
        raise BrokenAnswer("another range of the blob came than was asked for")
    return answer.body


def read_range(target: str, who: Credential, reference: BlobReference, start: int, size: int) -> Steps[bytes]:
    """At most ``size`` plain bytes of a blob from ``start`` on: header, last chunk, and those in between.

    Raises:
        OpenError: if they were not sealed by a holder of the blob's key.
    """
    total = sealed_size(reference.size)
    last = (total - HEADER_BYTES) // SEALED_CHUNK_BYTES
    end = min(start + size, reference.size)
    sparse = _Sparse(total)
    wanted = [(0, HEADER_BYTES), (_chunk(last), total)]
    if start < end:
        wanted.append((_chunk(start // CHUNK_BYTES), min(_chunk((end - 1) // CHUNK_BYTES + 1), total)))
    for begin, finish in wanted:
        if begin < finish:
            sparse.pieces.append((begin, (yield from fetch_range(target, who, begin, finish))))
    return BlobReader(reference, sparse).read(start, size)


def _chunk(index: int) -> int:
    return HEADER_BYTES + index * SEALED_CHUNK_BYTES


class _Sparse:
    """A stream of which only some pieces are here."""

    def __init__(self, size: int) -> None:
        self.pieces: list[tuple[int, bytes]] = []
        self._size, self._at = size, 0

    def seek(self, offset: int, whence: int = 0, /) -> int:
        self._at = offset if whence == os.SEEK_SET else self._size + offset
        return self._at

    def readinto(self, buffer: memoryview, /) -> int:
        for start, octets in self.pieces:
            if start <= self._at < start + len(octets):
                read = BytesIO(octets[self._at - start :]).readinto(buffer)
                self._at += read
                return read
        return 0


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _appending(path: Path, octets: bytes) -> Callable[[], int]:
    def append() -> int:
        with path.open("ab") as file:
            file.write(octets)
            file.flush()
            os.fsync(file.fileno())
            return file.tell()

    return append


def _open(reference: BlobReference, sealed: Path, path: Path) -> None:
    unfinished = path.with_name(path.name + ".unfinished")
    try:
        with sealed.open("rb", buffering=0) as source, unfinished.open("wb") as target:
            open_blob(reference, source, target)
        unfinished.replace(path)
    except OpenError:
        sealed.unlink(missing_ok=True)
        raise
    finally:
        unfinished.unlink(missing_ok=True)
    # Not where the disk was full: what came is whole, and can be opened again.
    sealed.unlink(missing_ok=True)
