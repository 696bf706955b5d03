"""ML-KEM-768 encapsulation (FIPS 203) with its 32 random bytes given.

Libraries draw these bytes themselves; vectors need them fixed. Encapsulation is
all that is needed here: keys and decapsulation come from the library, which
thereby checks this code. Names follow the standard.
"""

from collections.abc import Sequence
from hashlib import sha3_256, sha3_512, shake_128, shake_256

Q = 3329
N = 256
K = 3
ETA = 2
DU, DV = 10, 4

Polynomial = list[int]


def _reversed_bits(value: int) -> int:
    return int(f"{value:07b}"[::-1], 2)


ZETAS = [pow(17, _reversed_bits(i), Q) for i in range(128)]
GAMMAS = [pow(17, 2 * _reversed_bits(i) + 1, Q) for i in range(128)]


def encapsulate(ek: bytes, m: bytes) -> tuple[bytes, bytes]:
    """ML-KEM.Encaps_internal (algorithm 17): the shared secret and the ciphertext."""
    g = sha3_512(m + sha3_256(ek).digest()).digest()
    return g[:32], _encrypt(ek, m, g[32:])


def _encrypt(ek: bytes, m: bytes, r: bytes) -> bytes:
    """K-PKE.Encrypt (algorithm 14)."""
    t = [_decode(ek[384 * i : 384 * (i + 1)], 12) for i in range(K)]
    rho = ek[384 * K :]
    y = [_ntt(_cbd(_prf(r, i))) for i in range(K)]
    e1 = [_cbd(_prf(r, K + i)) for i in range(K)]
    e2 = _cbd(_prf(r, 2 * K))
    a = [[_sample_ntt(rho + bytes([j, i])) for j in range(K)] for i in range(K)]
    columns = [[a[row][i] for row in range(K)] for i in range(K)]  # the transpose
    u = [_add(_inverse_ntt(_dot(columns[i], y)), e1[i]) for i in range(K)]
    mu = [_decompress(bit, 1) for bit in _decode(m, 1)]
    v = _add(_add(_inverse_ntt(_dot(t, y)), e2), mu)
    return b"".join(_encode(_compress_all(p, DU), DU) for p in u) + _encode(_compress_all(v, DV), DV)


def _prf(seed: bytes, n: int) -> bytes:
    return shake_256(seed + bytes([n])).digest(64 * ETA)


def _bits(octets: bytes) -> list[int]:
    return [octet >> i & 1 for octet in octets for i in range(8)]


def _decode(octets: bytes, d: int) -> Polynomial:
    """ByteDecode (algorithm 6)."""
    bits = _bits(octets)
    return [sum(bits[i * d + j] << j for j in range(d)) for i in range(N)]


def _encode(f: Polynomial, d: int) -> bytes:
    """ByteEncode (algorithm 5)."""
    return sum(value << i * d for i, value in enumerate(f)).to_bytes(32 * d, "little")


def _compress_all(f: Polynomial, d: int) -> Polynomial:
    return [((x << d) + Q // 2) // Q % (1 << d) for x in f]


def _decompress(x: int, d: int) -> int:
    return (x * Q + (1 << d - 1)) >> d


def _cbd(octets: bytes) -> Polynomial:
    """SamplePolyCBD (algorithm 8)."""
    b = _bits(octets)
    halves = [sum(b[i * ETA : (i + 1) * ETA]) for i in range(2 * N)]
    return [(halves[2 * i] - halves[2 * i + 1]) % Q for i in range(N)]


def _sample_ntt(seed: bytes) -> Polynomial:
    """SampleNTT (algorithm 7)."""
    stream = shake_128(seed).digest(3 * 512)
    values: Polynomial = []
    for at in range(0, len(stream), 3):
        b0, b1, b2 = stream[at : at + 3]
        values += [d for d in (b0 + 256 * (b1 % 16), b1 // 16 + 16 * b2) if d < Q]
    return values[:N]


def _ntt(f: Polynomial) -> Polynomial:
    """NTT (algorithm 9)."""
    f, i, length = list(f), 1, 128
    while length >= 2:
        for start in range(0, N, 2 * length):
            for j in range(start, start + length):
                t = ZETAS[i] * f[j + length] % Q
                f[j], f[j + length] = (f[j] + t) % Q, (f[j] - t) % Q
            i += 1
        length //= 2
    return f


def _inverse_ntt(f: Polynomial) -> Polynomial:
    """NTT⁻¹ (algorithm 10)."""
    f, i, length = list(f), 127, 2
    while length <= 128:
        for start in range(0, N, 2 * length):
            for j in range(start, start + length):
                t = f[j]
                f[j] = (t + f[j + length]) % Q
                f[j + length] = ZETAS[i] * (f[j + length] - t) % Q
            i -= 1
        length *= 2
    return [value * 3303 % Q for value in f]


def _multiply(f: Polynomial, g: Polynomial) -> Polynomial:
    """MultiplyNTTs (algorithm 11)."""
    h: Polynomial = []
    for i, gamma in enumerate(GAMMAS):
        (a0, a1), (b0, b1) = f[2 * i : 2 * i + 2], g[2 * i : 2 * i + 2]
        h += [(a0 * b0 + a1 * b1 * gamma) % Q, (a0 * b1 + a1 * b0) % Q]
    return h


def _add(f: Polynomial, g: Polynomial) -> Polynomial:
    return [(a + b) % Q for a, b in zip(f, g, strict=True)]


def _dot(left: Sequence[Polynomial], right: Sequence[Polynomial]) -> Polynomial:
    total = [0] * N
    for f, g in zip(left, right, strict=True):
        total = _add(total, _multiply(f, g))
    return total
