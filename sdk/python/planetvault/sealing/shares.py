"""A secret split among several people, any t of whom bring it back, as words (SLIP-39).

::

    shares = split(secret, threshold=2, shares=3)     three texts of twenty words
    combine(shares[:2]) == secret                     any two; one alone tells nothing

A share is a point on a curve over GF(256), one curve a byte: t points fix it, t - 1 fit any secret.
A digest that is split along with the secret tells shares that don't belong together. The words are
those of SLIP-39, so that any tool that knows the format can bring the secret back. We make shares
of one group; shares of several groups are read as well.

Specification: https://github.com/satoshilabs/slips/blob/master/slip-0039.md, without a passphrase.
"""

import hmac
from collections.abc import Mapping, Sequence
from functools import reduce
from hashlib import pbkdf2_hmac
from operator import xor

from planetvault.sealing.errors import InputError
from planetvault.sealing.sealer import FRESH, Sealer
from planetvault.sealing.share_words import Share, read_share

SHARES_MAX = 16
SECRET_BYTES_MIN = 16
ROUNDS = 4
ITERATIONS = 2500  # in each round, when the exponent is 0: our secrets are random, nobody guesses them
DIGEST_BYTES = 4
DIGEST_X, SECRET_X = 254, 255

Points = Mapping[int, bytes]
"""Points of a curve: at x, the value of each byte."""


def split(secret: bytes, *, threshold: int, shares: int, sealer: Sealer = FRESH) -> tuple[str, ...]:
    """Split a secret so that any ``threshold`` of ``shares`` texts bring it back.

    Args:
        secret: 16 bytes or more, an even number, all of them random.
        threshold: 2 or more.
        shares: at most 16.
        sealer: where randomness comes from.

    Raises:
        InputError: for anything else.
    """
    if not 2 <= threshold <= shares <= SHARES_MAX:  # noqa: PLR2004 - one share that opens alone is no share
        raise InputError("a secret is split among 2 to 16 people, and needs 2 of them or more")
    if len(secret) < SECRET_BYTES_MIN or len(secret) % 2:
        raise InputError("a secret has 16 bytes or more, an even number of them")
    identifier = int.from_bytes(sealer.random(2)) >> 1
    encrypted = _feistel(secret, range(ROUNDS), 0, b"")
    points = _points(encrypted, threshold, shares, sealer)
    return tuple(
        Share(identifier, 1, 0, 1, 1, 0, index, threshold, points[index]).words for index in range(shares)
    )


def combine(texts: Sequence[str], passphrase: bytes = b"") -> bytes:
    """The secret behind exactly as many shares as it needs, as typed: any case, any white space.

    Raises:
        InputError: if one is mistyped, some are missing or too many, or they don't belong together.
    """
    shares = [read_share(text) for text in texts]
    if len({share.secret for share in shares}) != 1:
        raise InputError("these shares are not of one secret")
    first, groups = shares[0], dict[int, list[Share]]()
    for share in shares:
        groups.setdefault(share.group, []).append(share)
    points = {group: _of_group(members) for group, members in groups.items()}
    encrypted = _secret_of(points, first.group_threshold)
    salt = b"" if first.extendable else b"shamir" + first.identifier.to_bytes(2)
    return _feistel(encrypted, range(ROUNDS)[::-1], first.exponent, passphrase, salt)


# -- the curve ---------------------------------------------------------------------------


def _points(secret: bytes, threshold: int, shares: int, sealer: Sealer) -> Points:
    """Points 0 … shares - 1 of a curve that goes through the secret and its digest."""
    filling = sealer.random(len(secret) - DIGEST_BYTES)
    points = {index: sealer.random(len(secret)) for index in range(threshold - 2)}
    fixed = points | {DIGEST_X: _digest(filling, secret) + filling, SECRET_X: secret}
    return points | {index: _at(index, fixed) for index in range(threshold - 2, shares)}


def _of_group(members: Sequence[Share]) -> bytes:
    first, points = members[0], {share.index: share.value for share in members}
    if any(share.threshold != first.threshold for share in members) or len(points) != len(members):
        raise InputError("these shares are not of one secret, or one is there twice")
    return _secret_of(points, first.threshold)


def _secret_of(points: Points, threshold: int) -> bytes:
    """What a curve hides, if its digest agrees."""
    if len(points) != threshold:
        raise InputError(f"this takes exactly {threshold} shares, not {len(points)}")
    if len({len(value) for value in points.values()}) != 1:
        raise InputError("these shares are not of one secret")
    if threshold == 1:
        return next(iter(points.values()))
    secret, mixed = _at(SECRET_X, points), _at(DIGEST_X, points)
    if not hmac.compare_digest(mixed[:DIGEST_BYTES], _digest(mixed[DIGEST_BYTES:], secret)):
        raise InputError("these shares do not belong together")
    return secret


def _digest(key: bytes, secret: bytes) -> bytes:
    return hmac.digest(key, secret, "sha256")[:DIGEST_BYTES]


def _at(x: int, points: Points) -> bytes:
    """The curve through ``points``, at ``x``: Lagrange's formula, where minus is XOR."""
    result = bytes(len(next(iter(points.values()))))
    for own, value in points.items():
        others = [other for other in points if other != own]
        above = reduce(_times, (x ^ other for other in others), 1)
        below = reduce(_times, (own ^ other for other in others), 1)
        weight = _times(above, _inverse(below))
        result = bytes(sum_ ^ _times(weight, byte) for sum_, byte in zip(result, value, strict=True))
    return result


def _times(a: int, b: int) -> int:
    """The product in GF(256) with x^8 + x^4 + x^3 + x + 1; no table that a secret would choose from."""
    product = 0
    for _ in range(8):
        product ^= -(b & 1) & a
        a = a << 1 ^ -(a >> 7) & 0x11B
        b >>= 1
    return product


def _inverse(a: int) -> int:
    """The power 254 of it: 2, 4, 8 … 128 together."""
    result, square = 1, a
    for _ in range(7):
        square = _times(square, square)
        result = _times(result, square)
    return result


def _feistel(
    secret: bytes, rounds: Sequence[int], exponent: int, passphrase: bytes, salt: bytes = b""
) -> bytes:
    """SLIP-39's cipher: without a passphrase it hides nothing, and mixes every bit of the secret into all."""
    half = len(secret) // 2
    left, right = secret[:half], secret[half:]
    for number in rounds:
        iterations = ITERATIONS << exponent
        key = pbkdf2_hmac("sha256", bytes([number]) + passphrase, salt + right, iterations, half)
        left, right = right, bytes(map(xor, left, key))
    return right + left
