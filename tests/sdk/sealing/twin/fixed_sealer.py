"""A ``Sealer`` whose randomness is a named stream, so that vectors come out the same each time."""

from hashlib import sha256

from tests.sdk.sealing.twin import cobblestone
from tests.sdk.sealing.twin.hpke import Hpke

VERSION = b"\x01"


class FixedSealer:
    """Seals with the second implementation and draws "randomness" from a name.

    The n-th draw is SHA-256(name ‖ 00 ‖ n as 8 bytes ‖ block as 4 bytes), as many
    blocks as it takes. Never for real data: who knows the name knows every key.
    """

    def __init__(self, name: str) -> None:
        self._name = name.encode()
        self._draws = 0

    def random(self, size: int) -> bytes:
        start = self._name + b"\0" + self._draws.to_bytes(8)
        self._draws += 1
        blocks = (sha256(start + block.to_bytes(4)).digest() for block in range(-(-size // 32)))
        return b"".join(blocks)[:size]

    def seal(self, key: bytes, context: bytes, plaintext: bytes) -> bytes:
        return VERSION + cobblestone.encrypt(key, context, plaintext, self.random(24))

    def hseal(self, sealing_key: bytes, context: bytes, plaintext: bytes) -> bytes:
        return VERSION + Hpke().seal(sealing_key, context, plaintext, self.random(64))
