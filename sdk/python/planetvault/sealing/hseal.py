"""``hseal`` and ``hunseal``: sealing to somebody's public key.

HPKE base mode (RFC 9180) with X-Wing (X25519 + ML-KEM-768, KEM 0x647a),
HKDF-SHA256 (0x0001) and AES-256-GCM (0x0002). Everything that binds the blob to
its place goes into HPKE's ``info``. A blob is ``01 ‖ enc(1120) ‖ ciphertext``.

Anyone can seal to a public key, the server too. So a blob opened here is secret
but not yet authentic: the caller compares it with a commitment that was signed.
"""

from hashlib import shake_256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from anchor.keys import kid_of
from planetvault.sealing.errors import InputError, OpenError
from planetvault.sealing.seal import VERSION, verify_key

MLKEM_PUBLIC_BYTES = 1184
PUBLIC_BYTES = 1216
MLKEM_SEED_BYTES = 64
XWING_EXPANDED_BYTES = 96
HSEALED_BYTES_MAX = 4096  # only keys are sealed to public keys
HSEAL_OVERHEAD_BYTES = 1137  # version 1, enc 1120, tag 16

_SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class OpeningKey:
    """A secret X-Wing key, kept as its 32-byte seed. Its ``repr`` shows the public name alone."""

    __slots__ = ("_key", "_seed", "kid", "public")

    def __init__(self, seed: bytes) -> None:
        # draft-connolly-cfrg-xwing-kem: the seed expands to both halves.
        expanded = shake_256(verify_key(seed)).digest(XWING_EXPANDED_BYTES)
        mlkem = MLKEM768PrivateKey.from_seed_bytes(expanded[:MLKEM_SEED_BYTES])
        x25519 = X25519PrivateKey.from_private_bytes(expanded[MLKEM_SEED_BYTES:])
        self._seed = bytes(seed)
        self._key = MLKEM768X25519PrivateKey(mlkem, x25519)
        self.public = mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()
        self.kid = kid_of(self.public)

    def seed(self) -> bytes:
        """The 32 secret bytes, for storing the key; never for a log line."""
        return self._seed

    def hunseal(self, context: bytes, blob: bytes) -> bytes:
        """Return what was sealed to this key for ``context``.

        Raises:
            OpenError: whatever the reason.
        """
        if blob[:1] != VERSION or len(blob) > HSEALED_BYTES_MAX:
            raise OpenError
        try:
            return _SUITE.decrypt(memoryview(blob)[1:], self._key, context)
        except InvalidTag:
            raise OpenError from None

    def __repr__(self) -> str:
        return f"OpeningKey(kid={self.kid.hex()[:16]}…)"


def verify_sealing_key(sealing_key: bytes) -> MLKEM768X25519PublicKey:
    """Return the X-Wing public key in ``sealing_key``, 1216 bytes: ML-KEM-768 ‖ X25519.

    Raises:
        InputError: for another length, or coefficients out of range (FIPS 203 §7.2).
    """
    if len(sealing_key) != PUBLIC_BYTES:
        raise InputError("an X-Wing public key has 1216 bytes")
    try:
        mlkem = MLKEM768PublicKey.from_public_bytes(sealing_key[:MLKEM_PUBLIC_BYTES])
        x25519 = X25519PublicKey.from_public_bytes(sealing_key[MLKEM_PUBLIC_BYTES:])
    except ValueError as error:
        raise InputError("not a usable X-Wing public key") from error
    return MLKEM768X25519PublicKey(mlkem, x25519)


def hseal(sealing_key: bytes, context: bytes, plaintext: bytes) -> bytes:
    """Seal ``plaintext`` to an X-Wing public key for the place that ``context`` names.

    Raises:
        InputError: if ``sealing_key`` is not a usable key.
    """
    key = verify_sealing_key(sealing_key)
    try:
        return VERSION + _SUITE.encrypt(plaintext, key, context)
    except ValueError as error:  # an X25519 point of small order
        raise InputError("not a usable X-Wing public key") from error
