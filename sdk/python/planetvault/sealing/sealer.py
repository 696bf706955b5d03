"""Where randomness enters: every function that seals takes a ``Sealer``.

``FRESH`` draws from the operating system and is what everyone uses. The vectors
are built with a second implementation whose randomness is given, so that they
come out the same each time; see tests/sdk/sealing/twin.
"""

from secrets import token_bytes
from typing import Protocol

from planetvault.sealing.hseal import hseal
from planetvault.sealing.seal import seal


class Sealer(Protocol):
    """The three things that need randomness."""

    def random(self, size: int) -> bytes:
        """Return ``size`` new random bytes: a key, an id, a share."""
        ...

    def seal(self, key: bytes, context: bytes, plaintext: bytes) -> bytes:
        """Seal under a key, as ``planetvault.sealing.seal.seal``."""
        ...

    def hseal(self, sealing_key: bytes, context: bytes, plaintext: bytes) -> bytes:
        """Seal to a public key, as ``planetvault.sealing.hseal.hseal``."""
        ...


class SystemSealer:
    """Seals with the operating system's randomness, through the ``cryptography`` library."""

    def random(self, size: int) -> bytes:
        """Return ``size`` new random bytes."""
        return token_bytes(size)

    def seal(self, key: bytes, context: bytes, plaintext: bytes) -> bytes:
        """Seal under a key."""
        return seal(key, context, plaintext)

    def hseal(self, sealing_key: bytes, context: bytes, plaintext: bytes) -> bytes:
        """Seal to a public key."""
        return hseal(sealing_key, context, plaintext)


FRESH: Sealer = SystemSealer()
