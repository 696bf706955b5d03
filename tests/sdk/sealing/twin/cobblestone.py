"""Cobblestone-256: c2sp.org/chunked-encryption with AES-256-GCM and HKDF-SHA-512, salt given."""

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.sdk.sealing.twin.hkdf import expand

CHUNK = 16 * 1024
KEY, SALT = 32, 24
NAME = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0"


def encrypt(key: bytes, context: bytes, plaintext: bytes, salt: bytes) -> bytes:
    """salt(24) ‖ commitment(32) ‖ chunks, the last one shorter than 16 KiB."""
    derived = derive(key, context, salt)
    aead, base = AESGCM(derived[:32]), int.from_bytes(derived[32:44])
    chunks = [plaintext[at : at + CHUNK] for at in range(0, len(plaintext) + 1, CHUNK)]
    sealed = [aead.encrypt((base ^ n).to_bytes(12), chunk, None) for n, chunk in enumerate(chunks)]
    return b"".join([salt, derived[44:], *sealed])


def decrypt(key: bytes, context: bytes, message: bytes) -> bytes:
    """The plaintext; any exception means that it does not open."""
    salt, commitment, rest = message[:24], message[24:56], message[56:]
    derived = derive(key, context, salt)
    if derived[44:] != commitment:
        raise ValueError("another key, salt or context")
    aead, base = AESGCM(derived[:32]), int.from_bytes(derived[32:44])
    chunks = [rest[at : at + CHUNK + 16] for at in range(0, len(rest) + 1, CHUNK + 16)]
    return b"".join(aead.decrypt((base ^ n).to_bytes(12), chunk, None) for n, chunk in enumerate(chunks))


def derive(key: bytes, context: bytes, salt: bytes) -> bytes:
    """key(32) ‖ base nonce(12) ‖ commitment(32)."""
    if len(key) != KEY or len(salt) != SALT:
        raise ValueError("a key has 32 bytes and a salt 24")
    return expand("sha512", key, NAME + salt + context, 76)
