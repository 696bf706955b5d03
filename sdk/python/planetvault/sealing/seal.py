"""``kdf``, ``seal`` and ``unseal``: the symmetric half of everything sealed here.

Sealing is Cobblestone-256 (c2sp.org/chunked-encryption with AES-256-GCM and
HKDF-SHA-512): it commits to its key, so that no ciphertext opens under two keys,
it binds a context, and it draws 24 random bytes for each message, so that there
is no nonce to keep. A sealed blob is ``01 ‖ salt(24) ‖ commitment(32) ‖ chunks``.
There is no negotiation: any other first byte is an error.
"""

from io import BytesIO

from cryptography.cobblestone import Cobblestone256Decryptor, Cobblestone256Encryptor
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from planetvault.sealing.errors import InputError, OpenError

KEY_BYTES = 32
VERSION = b"\x01"
SEALED_BYTES_MAX = 8 * 1024 * 1024  # the largest value, 7 MiB, padded and sealed, stays below
CHUNK_BYTES = 16 * 1024
TAG_BYTES = 16
SALT_BYTES = 24
COMMITMENT_BYTES = 32
HEADER_BYTES = len(VERSION) + SALT_BYTES + COMMITMENT_BYTES
OVERHEAD_BYTES = HEADER_BYTES + TAG_BYTES  # for values under one chunk


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


def sealed_size(size: int) -> int:
    """How long ``size`` bytes are when sealed: every chunk has a tag, and the last one is shorter."""
    return HEADER_BYTES + size + (size // CHUNK_BYTES + 1) * TAG_BYTES


def seal(key: bytes, context: bytes, plaintext: bytes) -> bytes:
    """Seal ``plaintext`` under ``key`` for the place that ``context`` names.

    Straight into the bytes that are returned: to copy a large value costs more than to encrypt it.
    """
    encryptor = Cobblestone256Encryptor(verify_key(key), context)
    sealed = BytesIO(bytes(sealed_size(len(plaintext))))
    with sealed.getbuffer() as place:
        place[:1] = VERSION
        end = 1 + encryptor.update_into(plaintext, place[1:])
        place[end:] = encryptor.finalize()
    return sealed.getvalue()


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
