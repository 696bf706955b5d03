"""Stretching a password with Argon2id (RFC 9106), within bounds the client sets.

Salt and cost are stored by the server, which could return a weaker cost to make
guessing cheap, or an absurd one to stall us. So both ends are bounded here, and
the values are bound into what is derived from the result.
"""

import unicodedata
from dataclasses import dataclass

from nacl.pwhash import argon2id

from planetvault.sealing.errors import InputError, WeakKeyError
from planetvault.sealing.seal import KEY_BYTES
from planetvault.sealing.sealer import FRESH, Sealer

SALT_BYTES = 16
PASSES_MIN = 3
PASSES_MAX = 16
MEMORY_KIB_MIN = 64 * 1024
MEMORY_KIB_MAX = 1024 * 1024
PASSWORD_BYTES_MAX = 1024
KIB = 1024


@dataclass(frozen=True, slots=True)
class Stretching:
    """Salt and cost of one password locker. Argon2id version 1.3, one lane, 32 bytes out.

    Raises:
        WeakKeyError: for fewer than 3 or more than 16 passes, less than 64 MiB or
            more than 1 GiB of memory, or a salt that has not 16 bytes.
    """

    salt: bytes
    passes: int = PASSES_MIN
    memory_kib: int = MEMORY_KIB_MIN

    def __post_init__(self) -> None:
        if len(self.salt) != SALT_BYTES:
            raise WeakKeyError("the salt of a password has 16 bytes")
        if not PASSES_MIN <= self.passes <= PASSES_MAX:
            raise WeakKeyError("a password is stretched with 3 to 16 passes")
        if not MEMORY_KIB_MIN <= self.memory_kib <= MEMORY_KIB_MAX:
            raise WeakKeyError("a password is stretched over 64 MiB to 1 GiB of memory")


@dataclass(frozen=True, slots=True)
class Cost:
    """What one guess at a password costs: passes over so much memory."""

    passes: int = PASSES_MIN
    memory_kib: int = MEMORY_KIB_MIN


TODAY = Cost()
"""What new lockers cost. One that costs less is made anew when it is next opened."""


def new_stretching(sealer: Sealer = FRESH, cost: Cost = TODAY) -> Stretching:
    """Choose a salt, at the cost of today unless told otherwise."""
    return Stretching(sealer.random(SALT_BYTES), cost.passes, cost.memory_kib)


def stretch(password: str, stretching: Stretching) -> bytes:
    """Return 32 bytes from a password in Unicode form NFKC.

    Raises:
        InputError: for an empty password, one over 1,024 bytes, or malformed Unicode.
    """
    try:
        octets = unicodedata.normalize("NFKC", password).encode()
    except UnicodeEncodeError as error:
        raise InputError("a password is well-formed Unicode") from error
    if not 0 < len(octets) <= PASSWORD_BYTES_MAX:
        raise InputError("a password has 1 to 1,024 bytes")
    cost = stretching.passes, stretching.memory_kib * KIB
    return argon2id.kdf(KEY_BYTES, octets, stretching.salt, *cost)
