"""Recovery phrases: 128 bits as twelve words a person can write down (BIP-39).

The words are those of BIP-39's English list, so that any tool that knows the
format can check a phrase; the last word carries a 4-bit checksum. From the words
we take the entropy itself. BIP-39's own wallet seed is not used.
"""

from functools import cache
from hashlib import sha256
from importlib.resources import files

from planetvault.sealing.errors import InputError
from planetvault.sealing.lockers import RECOVERY_ENTROPY_BYTES

WORD_BITS = 11
CHECKSUM_BITS = 4
WORDS = 12
PHRASE_CHARACTERS_MAX = 512  # twelve words have at most 107; the rest is room for spaces


@cache
def word_list() -> tuple[str, ...]:
    """The 2,048 English words, in alphabetical order."""
    return tuple(files(__package__).joinpath("bip39_english.txt").read_text("ascii").split())


def words_of(entropy: bytes) -> str:
    """The phrase for 16 random bytes: twelve words, one space between them.

    Raises:
        InputError: for another length.
    """
    if len(entropy) != RECOVERY_ENTROPY_BYTES:
        raise InputError("a recovery phrase holds 16 bytes")
    bits = int.from_bytes(entropy) << CHECKSUM_BITS | _checksum(entropy)
    places = range((WORDS - 1) * WORD_BITS, -1, -WORD_BITS)
    return " ".join(word_list()[bits >> place & (1 << WORD_BITS) - 1] for place in places)


def entropy_of(phrase: str) -> bytes:
    """The 16 bytes behind a phrase as typed: any case, any white space.

    Raises:
        InputError: naming the first word that is not in the list, or if the checksum is off.
    """
    words = phrase[: PHRASE_CHARACTERS_MAX + 1].lower().split()
    if len(words) != WORDS or len(phrase) > PHRASE_CHARACTERS_MAX:
        raise InputError("a recovery phrase has twelve words")
    bits = 0
    for position, word in enumerate(words, 1):
        bits = bits << WORD_BITS | _index(position, word)
    entropy = (bits >> CHECKSUM_BITS).to_bytes(RECOVERY_ENTROPY_BYTES)
    if bits & (1 << CHECKSUM_BITS) - 1 != _checksum(entropy):
        raise InputError("these words do not belong together: look for a mistyped or swapped one")
    return entropy


def _index(position: int, word: str) -> int:
    try:
        return word_list().index(word)
    except ValueError:
        raise InputError(f"word {position} is not a word of recovery phrases") from None


def _checksum(entropy: bytes) -> int:
    return sha256(entropy).digest()[0] >> 8 - CHECKSUM_BITS
