"""``kdf``, ``seal`` and ``unseal``: the symmetric half of everything sealed here.

Sealing is Cobblestone-256 (c2sp.org/chunked-encryption with AES-256-GCM and
HKDF-SHA-512): it commits to its key, so that no ciphertext opens under two keys,
it binds a context, and it draws 24 random bytes for each message, so that there
is no nonce to keep. A sealed blob is ``01 ‖ salt(24) ‖ commitment(32) ‖ chunks``.
There is no negotiation: any other first byte is an error.
"""

from cryptography.cobblestone import Cobblestone256Decryptor, Cobblestone256Encryptor
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from planetvault.sealing.errors import InputError, OpenError

KEY_BYTES = 32
VERSION = b"\x01"
SEALED_BYTES_MAX = 8 * 1024 * 1024  # the largest value, 7 MiB, padded and sealed, stays below
OVERHEAD_BYTES = 73  # version 1, salt 24, commitment 32, tag 16: for values under 16 KiB


def kdf(key: bytes, context: bytes) -> bytes:
    """Derive 32 bytes for one purpose: HKDF-Expand-SHA256 (RFC 5869 §2.3)."""
    return HKDFExpand(SHA256(), KEY_BYTES, context).derive(verify_key(key))


def verify_key(key: bytes) -> bytes:
    """Return ``key`` if it has the length of one.

    Raises:
        InputError: for any other length than 32 bytes.
    """
    if len(key) != KEY_BYTES:
        raise InputError("a key has 32 bytes")
    return key


def seal(key: bytes, context: bytes, plaintext: bytes) -> bytes:
    """Seal ``plaintext`` under ``key`` for the place that ``context`` names."""
    encryptor = Cobblestone256Encryptor(verify_key(key), context)
    return b"".join([VERSION, encryptor.update(plaintext), encryptor.finalize()])


def unseal(key: bytes, context: bytes, blob: bytes) -> bytes:
    """Return what was sealed under ``key`` for ``context``.

    Raises:
        OpenError: whatever the reason.
    """
    if blob[:1] != VERSION or len(blob) > SEALED_BYTES_MAX:
        raise OpenError
    decryptor = Cobblestone256Decryptor(verify_key(key), context)
    try:
        return decryptor.update(memoryview(blob)[1:]) + decryptor.finalize()
    except InvalidTag:
        raise OpenError from None
