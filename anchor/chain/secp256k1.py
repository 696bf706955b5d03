"""Who signed: an ECDSA public key from a signature over secp256k1 (SEC 1 version 2, §4.1.6).

A verifier needs this alone of the curve, over public values only, so it is written out here:
nothing in it is secret and nothing has to take constant time. About 5 ms a signature.
"""

from anchor.chain.keccak import keccak256
from anchor.errors import FormatError, SignatureError

FIELD = 2**256 - 2**32 - 977
ORDER = 0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141
GENERATOR = (
    0x79BE667E_F9DCBBAC_55A06295_CE870B07_029BFCDB_2DCE28D9_59F2815B_16F81798,
    0x483ADA77_26A3C465_5DA4FBFC_0E1108A8_FD17B448_A6855419_9C47D08F_FB10D4B8,
)
SIGNATURE_BYTES = 65
Point = tuple[int, int, int]
"""Jacobian: the affine point (x / z², y / z³); z is 0 for the point at infinity."""


def recover_address(digest: bytes, signature: bytes) -> bytes:
    """The 20-byte account that signed this 32-byte digest; ``signature`` is r ‖ s ‖ v, v being 0 or 1.

    Raises:
        FormatError: if it is not of this form.
        SignatureError: if no key made it.
    """
    if len(signature) != SIGNATURE_BYTES or signature[64] > 1:
        raise FormatError("a signature is r, s and 0 or 1")
    r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:64])
    if not (0 < r < ORDER and 0 < s < ORDER):
        raise SignatureError("a signature is out of range")
    y = _root(r**3 + 7)
    if y is None:
        raise SignatureError("no key made this signature")
    nonce = (r, y if y & 1 == signature[64] else FIELD - y, 1)
    inverse = pow(r, -1, ORDER)
    key = _sum(
        _times(-int.from_bytes(digest) * inverse % ORDER, (*GENERATOR, 1)), _times(s * inverse % ORDER, nonce)
    )
    return keccak256(_affine(key))[-20:]


def _root(square: int) -> int | None:
    root = pow(square, (FIELD + 1) // 4, FIELD)
    return root if root * root % FIELD == square % FIELD else None


def _affine(point: Point) -> bytes:
    x, y, z = point
    if not z:
        raise SignatureError("no key made this signature")
    inverse = pow(z, -1, FIELD)
    return b"".join((value % FIELD).to_bytes(32) for value in (x * inverse**2, y * inverse**3))


def _times(scalar: int, point: Point) -> Point:
    found: Point = (0, 1, 0)
    for bit in f"{scalar:b}":
        found = _double(found)
        if bit == "1":
            found = _sum(found, point)
    return found


def _double(point: Point) -> Point:
    x, y, z = point
    if not z or not y:
        return (0, 1, 0)
    square = y * y % FIELD
    s, m = 4 * x * square % FIELD, 3 * x * x % FIELD
    doubled = (m * m - 2 * s) % FIELD
    return doubled, (m * (s - doubled) - 8 * square * square) % FIELD, 2 * y * z % FIELD


def _sum(one: Point, other: Point) -> Point:
    if not one[2] or not other[2]:
        return one if one[2] else other
    one_z, other_z = one[2] ** 2 % FIELD, other[2] ** 2 % FIELD
    u, v = one[0] * other_z % FIELD, other[0] * one_z % FIELD
    s, t = one[1] * other_z * other[2] % FIELD, other[1] * one_z * one[2] % FIELD
    if u == v:
        return _double(one) if s == t else (0, 1, 0)
    h, r = v - u, t - s
    cube = h**3 % FIELD
    x = (r * r - cube - 2 * u * h * h) % FIELD
    return x, (r * (u * h * h - x) - s * cube) % FIELD, h * one[2] * other[2] % FIELD
