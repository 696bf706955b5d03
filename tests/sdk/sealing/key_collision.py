"""One AES-256-GCM ciphertext that opens under two keys: what plain GCM allows.

GCM's tag is a polynomial in a value H that depends on the key alone. With two
blocks of ciphertext there is enough freedom to choose the second so that both
polynomials give the same tag (Dodis, Grubbs, Ristenpart, Woodage, "Fast Message
Franking", CRYPTO 2018; Len, Grubbs, Ristenpart, "Partitioning Oracle Attacks",
USENIX Security 2021).
"""

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

BLOCK = 16
ONE = 1 << 127  # GCM writes polynomials with the lowest power first
REDUCTION = 0xE1 << 120


def opens_under_both(first: tuple[bytes, bytes], second: tuple[bytes, bytes]) -> bytes:
    """A ciphertext with its tag, for two pairs of key and 12-byte nonce."""
    (h1, pad1), (h2, pad2) = _hash_key_and_pad(*first), _hash_key_and_pad(*second)
    block = int.from_bytes(b"any first block!")
    lengths = 2 * BLOCK * 8
    cubes = _multiply(h1, _multiply(h1, h1)) ^ _multiply(h2, _multiply(h2, h2))
    squares = _multiply(h1, h1) ^ _multiply(h2, h2)
    wanted = _multiply(block, cubes) ^ _multiply(lengths, h1 ^ h2) ^ pad1 ^ pad2
    last = _multiply(wanted, _inverse(squares))
    hashed = _multiply(_multiply(_multiply(block, h1) ^ last, h1) ^ lengths, h1)
    return b"".join(value.to_bytes(BLOCK) for value in (block, last, hashed ^ pad1))


def _hash_key_and_pad(key: bytes, nonce: bytes) -> tuple[int, int]:
    encryptor = Cipher(AES(key), ECB()).encryptor()  # noqa: S305 - single blocks, as GCM is defined
    first = encryptor.update(bytes(BLOCK))
    return int.from_bytes(first), int.from_bytes(encryptor.update(nonce + b"\0\0\0\1"))


def _multiply(left: int, right: int) -> int:
    """Multiplication in GF(2^128), NIST SP 800-38D algorithm 1."""
    product = 0
    for place in range(127, -1, -1):
        if left >> place & 1:
            product ^= right
        right = right >> 1 ^ (REDUCTION if right & 1 else 0)
    return product


def _inverse(value: int) -> int:
    """value^(2^128 - 2)."""
    result, power = ONE, value
    for _ in range(127):
        power = _multiply(power, power)
        result = _multiply(result, power)
    return result
