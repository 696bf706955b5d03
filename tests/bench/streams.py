"""Large things: 64 MiB sealed as a stream and as a blob, and the memory that 2 GiB take.

``python -m tests.bench.streams BYTES`` seals so many bytes, kept nowhere, and writes the most
memory that this process had, in KiB.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from planetvault.sealing.blob import seal_blob
from planetvault.sealing.seal import TAG_BYTES
from planetvault.sealing.stream import PIECE_BYTES, seal_stream

from tests.bench.figure import Figure, seconds

MIB, GIB = 1 << 20, 1 << 30
STREAM_BYTES, LARGE_BYTES = 64 * MIB, 2 * GIB
STREAM_LEAST = 0.6
GROWTH_KIB_MOST = 1024
"""What 2 GiB may take beyond 64 MiB: two runs of one program differ by some pages."""
ROUNDS = 7
KEY = bytes(range(32))


class Memory:
    """``size`` bytes to read, those of ``piece`` again and again."""

    def __init__(self, size: int, piece: bytes) -> None:
        self._left, self._piece, self._at = size, memoryview(piece), 0

    def readinto(self, buffer: memoryview, /) -> int:
        """Fill ``buffer`` from the front; 0 at the end."""
        size = min(len(buffer), self._left, len(self._piece) - self._at)
        buffer[:size] = self._piece[self._at : self._at + size]
        self._left, self._at = self._left - size, (self._at + size) % len(self._piece)
        return size


class Nowhere:
    """Takes everything and keeps nothing."""

    def write(self, octets: memoryview, /) -> None:
        """Forget ``octets``."""


def figures(_folder: Path, quick: bool) -> Iterator[Figure]:
    """Each best of some rounds; 256 MiB in a quick run where 2 GiB are meant."""
    data = os.urandom(STREAM_BYTES)
    raw, hashing = _mebibytes(lambda: _encrypt(data)), _mebibytes(lambda: sha256(data))
    stream = _mebibytes(lambda: seal_stream(KEY, b"a stream", Memory(len(data), data), Nowhere()))
    name = "64 MiB sealed as a stream"
    yield Figure(name, stream, "MiB/s", raw, "raw AES-256-GCM", least=STREAM_LEAST * raw)
    blob = _mebibytes(lambda: _blob(len(data), data))
    bound = 1 / (1 / raw + 1 / hashing)
    yield Figure("… as a blob, padded and hashed", blob, "MiB/s", bound, "raw AES and SHA-256")
    large = LARGE_BYTES // (8 if quick else 1)
    small_kib, large_kib = _peak_kib(STREAM_BYTES), _peak_kib(large)
    yield Figure(
        f"memory while {large // MIB:,} MiB are sealed",
        large_kib / 1024,
        "MiB",
        small_kib / 1024,
        "the same for 64 MiB",
        most=(small_kib + GROWTH_KIB_MOST) / 1024,
    )


def _mebibytes(work: Callable[[], object]) -> float:
    return STREAM_BYTES / MIB / min(seconds(work) for _ in range(ROUNDS))


def _encrypt(data: bytes) -> None:
    """As fast as the library goes: piece by piece into one buffer."""
    cipher, nonce = AESGCM(KEY), bytes(12)
    whole, sealed = memoryview(data), bytearray(PIECE_BYTES + TAG_BYTES)
    for at in range(0, len(data), PIECE_BYTES):
        cipher.encrypt_into(nonce, whole[at : at + PIECE_BYTES], None, sealed)


def _blob(size: int, piece: bytes) -> None:
    seal_blob(Memory(size, piece), Nowhere(), name="a", media_type="a/b")


def _peak_kib(size: int) -> int:
    command = [sys.executable, "-m", "tests.bench.streams", str(size)]
    return int(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


def main() -> None:
    """Run as a program."""
    _blob(int(sys.argv[1]), os.urandom(PIECE_BYTES))
    # Not ru_maxrss: that of a child begins with its parent's.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    sys.stdout.write(status.partition("VmHWM:")[2].split()[0] + "\n")


if __name__ == "__main__":
    main()
