"""HKDF (RFC 5869) from HMAC alone."""

from hmac import digest


def extract(hash_name: str, salt: bytes, secret: bytes) -> bytes:
    """HKDF-Extract, §2.2. Like HMAC, it takes an empty salt for one of zeros."""
    return digest(salt, secret, hash_name)


def expand(hash_name: str, key: bytes, info: bytes, size: int) -> bytes:
    """HKDF-Expand, §2.3."""
    output = block = b""
    counter = 1
    while len(output) < size:
        block = digest(key, block + info + bytes([counter]), hash_name)
        output += block
        counter += 1
    return output[:size]
