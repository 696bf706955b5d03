"""Signatures by keys outside the prime-order group, which some verifiers accept.

A public key A = a·B + T with a point T of small order has valid signatures
wherever the challenge is a multiple of 8, and a key of small order alone (a = 0)
can be used by everybody. Whoever may choose such a key could later deny a
signature, or find one that only half of the world accepts. The same holds for a
signature whose R has a part of small order, which a proper key can make.
"""

from collections.abc import Callable
from hashlib import sha512

from nacl.bindings import (
    crypto_core_ed25519_add,
    crypto_core_ed25519_scalar_add,
    crypto_core_ed25519_scalar_mul,
    crypto_core_ed25519_scalar_reduce,
    crypto_scalarmult_ed25519_base_noclamp,
)

from anchor.keys import SigningKey
from tests.records.examples import seed

IDENTITY = bytes([1]) + bytes(31)
IDENTITY_NOT_REDUCED = (2**255 - 19 + 1).to_bytes(32, "little")
ORDER_8 = bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")
OFF_CURVE = bytes([2]) + bytes(31)
_NO_SCALAR = bytes(32)


def scalar(name: str) -> bytes:
    """A secret scalar that belongs to a name."""
    return crypto_core_ed25519_scalar_reduce(sha512(seed(name)).digest())


def mixed_order(name: str) -> bytes:
    """A key with a part of order 8."""
    return crypto_core_ed25519_add(crypto_scalarmult_ed25519_base_noclamp(scalar(name)), ORDER_8)


def signature_by(public: bytes, secret: bytes | None) -> Callable[[bytes], bytes]:
    """Sign so that a verifier which does not look at the key's order is content.

    ``secret`` is the scalar of the prime-order part, None for a key without one.
    """

    def sign(message: bytes) -> bytes:
        for attempt in range(1000):
            nonce = crypto_core_ed25519_scalar_reduce(sha512(b"%d" % attempt + message).digest())
            point = crypto_scalarmult_ed25519_base_noclamp(nonce)
            challenge = crypto_core_ed25519_scalar_reduce(sha512(point + public + message).digest())
            if challenge[0] % 8 == 0:
                product = crypto_core_ed25519_scalar_mul(challenge, secret or _NO_SCALAR)
                return point + crypto_core_ed25519_scalar_add(nonce, product)
        raise AssertionError("one in eight challenges is a multiple of 8")

    return sign


def signature_with_small_order_r(signer: SigningKey, message: bytes, *, alone: bool) -> bytes:
    """A signature by a proper key whose R has a part of small order.

    Where R is the neutral point ``alone``, the equation without cofactor holds; where a point
    of order 8 is added to a nonce's, the one with cofactor alone.
    """
    nonce = _NO_SCALAR if alone else scalar("nonce")
    proper = IDENTITY if alone else crypto_scalarmult_ed25519_base_noclamp(nonce)
    point = IDENTITY if alone else crypto_core_ed25519_add(proper, ORDER_8)
    challenge = crypto_core_ed25519_scalar_reduce(sha512(point + signer.public + message).digest())
    product = crypto_core_ed25519_scalar_mul(challenge, _scalar_of(signer))
    return point + crypto_core_ed25519_scalar_add(nonce, product)


def _scalar_of(signer: SigningKey) -> bytes:
    """The secret scalar of RFC 8032 §5.1.5, reduced."""
    clamped = bytearray(sha512(signer.seed()).digest()[:32])
    clamped[0] &= 248
    clamped[31] = clamped[31] & 127 | 64
    return crypto_core_ed25519_scalar_reduce(bytes(clamped) + bytes(32))
