"""Ed25519 keys (RFC 8032) by libsodium, which refuses weak and non-canonical ones.

A key is named by its ``kid``, the SHA-256 of its 32 public bytes: whoever pins
a kid has pinned the key.
"""

from hashlib import sha256

from nacl.bindings import crypto_core_ed25519_is_valid_point
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey as _SigningKey
from nacl.signing import VerifyKey as _VerifyKey

from anchor.errors import FormatError, SignatureError

KEY_BYTES = 32
SIGNATURE_BYTES = 64


def kid_of(public: bytes) -> bytes:
    """The name of a public key: its SHA-256, 32 bytes."""
    return sha256(public).digest()


class SigningKey:
    """A secret Ed25519 key. Its ``repr`` shows the public name alone."""

    __slots__ = ("_key", "kid", "public")

    def __init__(self, seed: bytes) -> None:
        if len(seed) != KEY_BYTES:
            raise FormatError("an Ed25519 seed has 32 bytes")
        self._key = _SigningKey(seed)
        self.public = bytes(self._key.verify_key)
        self.kid = kid_of(self.public)

    @classmethod
    def generate(cls) -> "SigningKey":
        """Make a new key from the system's randomness."""
        return cls(bytes(_SigningKey.generate()))

    def sign(self, message: bytes) -> bytes:
        """The 64-byte signature over ``message``."""
        return self._key.sign(message).signature

    def seed(self) -> bytes:
        """The 32 secret bytes, for storing the key; never for a log line."""
        return bytes(self._key)

    def __repr__(self) -> str:
        return f"SigningKey(kid={self.kid.hex()[:16]}…)"


def verify_public_key(public: bytes) -> bytes:
    """Return ``public`` if it is a canonical point of the prime-order group.

    Raises:
        FormatError: for a key of the wrong length, of small order or off the curve.
    """
    if len(public) != KEY_BYTES or not crypto_core_ed25519_is_valid_point(public):
        raise FormatError("not a usable Ed25519 public key")
    return public


def verify_signature(public: bytes, message: bytes, signature: bytes) -> bytes:
    """Return ``message`` if ``public`` signed it.

    Raises:
        SignatureError: if the signature does not match, whatever the reason.
    """
    try:
        return _VerifyKey(public).verify(message, signature)
    except (BadSignatureError, ValueError, TypeError) as error:
        raise SignatureError("the signature does not match the signed bytes") from error
