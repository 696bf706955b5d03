"""One share of a secret as words a person can write down (SLIP-39).

::

    id(15) ‖ extendable(1) ‖ exponent(4) ‖ group(4) ‖ group threshold - 1(4) ‖ groups - 1(4)
    ‖ index(4) ‖ threshold - 1(4) ‖ zeros up to whole words ‖ value ‖ checksum of three words

Each word stands for ten bits. The checksum, a Reed-Solomon code, finds up to three mistyped words.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, reduce
from importlib.resources import files
from operator import xor

from planetvault.sealing.errors import InputError

SHARE_CHARACTERS_MAX = 1024  # 33 words have at most 296; the rest is room for spaces
WORD_BITS = 10
CHECKSUM_WORDS = 3
HEADER_WORDS = 4
WORDS_MIN = 20
WORDS_MAX = 59  # a secret of 64 bytes: four times what we split
_CUSTOM = (b"shamir", b"shamir_extendable")
_GENERATOR = (
    0xE0E040, 0x1C1C080, 0x3838100, 0x7070200, 0xE0E0009,
    0x1C0C2412, 0x38086C24, 0x3090FC48, 0x21B1F890, 0x3F3F120,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Share:
    """One share, as its words say it. Shares of one secret agree in everything before ``group``."""

    identifier: int
    extendable: int
    exponent: int
    group_threshold: int
    groups: int
    group: int
    index: int
    threshold: int
    value: bytes = field(repr=False)

    @property
    def secret(self) -> tuple[int, ...]:
        """What all shares of one secret have in common."""
        return self.identifier, self.extendable, self.exponent, self.group_threshold, self.groups

    @property
    def words(self) -> str:
        """The share in words, one space between them."""
        head = self.identifier
        for value, bits in (
            (self.extendable, 1), (self.exponent, 4), (self.group, 4), (self.group_threshold - 1, 4),
            (self.groups - 1, 4), (self.index, 4), (self.threshold - 1, 4),
        ):  # fmt: skip
            head = head << bits | value
        width = -(-len(self.value) * 8 // WORD_BITS)
        bits = head << width * WORD_BITS | int.from_bytes(self.value)
        data = _indices(bits, HEADER_WORDS + width)
        checked = (*_CUSTOM[self.extendable], *data, *[0] * CHECKSUM_WORDS)
        checksum = _indices(_polymod(checked) ^ 1, CHECKSUM_WORDS)
        return " ".join(word_list()[index] for index in (*data, *checksum))


@cache
def word_list() -> tuple[str, ...]:
    """The 1,024 English words, in alphabetical order."""
    return tuple(files(__package__).joinpath("slip39_english.txt").read_text("ascii").split())


def read_share(text: str) -> Share:
    """Read one share as typed.

    Raises:
        InputError: naming the first word that is not in the list, or if the checksum is off.
    """
    words = text[: SHARE_CHARACTERS_MAX + 1].lower().split()
    if not WORDS_MIN <= len(words) <= WORDS_MAX or len(text) > SHARE_CHARACTERS_MAX:
        raise InputError("a share has twenty words, or thirty-three")
    indices = [_index(position, word) for position, word in enumerate(words, 1)]
    head = _number(indices[:HEADER_WORDS])
    extendable = head >> 24 & 1
    if _polymod((*_CUSTOM[extendable], *indices)) != 1:
        raise InputError("these words do not belong together: look for a mistyped or swapped one")
    share = Share(
        head >> 25, extendable, head >> 20 & 15, (head >> 12 & 15) + 1, (head >> 8 & 15) + 1,
        head >> 16 & 15, head >> 4 & 15, (head & 15) + 1, _value(indices[HEADER_WORDS:-CHECKSUM_WORDS]),
    )  # fmt: skip
    if share.group_threshold > share.groups:
        raise InputError("this share asks for more groups than there are")
    return share


def _index(position: int, word: str) -> int:
    try:
        return word_list().index(word)
    except ValueError:
        raise InputError(f"word {position} is not a word of shares") from None


def _value(indices: Sequence[int]) -> bytes:
    """The bytes of a share; zeros stand before them up to whole words."""
    padding = len(indices) * WORD_BITS % 16
    size = (len(indices) * WORD_BITS - padding) // 8
    value = _number(indices)
    if padding > 8 or value >> size * 8:  # noqa: PLR2004 - more would be room for another two bytes
        raise InputError("this share does not begin with the zeros it must")
    return value.to_bytes(size)


def _number(indices: Sequence[int]) -> int:
    return reduce(lambda bits, index: bits << WORD_BITS | index, indices, 0)


def _indices(bits: int, words: int) -> list[int]:
    return [bits >> place * WORD_BITS & (1 << WORD_BITS) - 1 for place in range(words - 1, -1, -1)]


def _polymod(values: Sequence[int]) -> int:
    """The Reed-Solomon code over GF(1024) that finds up to three mistyped words."""
    checksum = 1
    for value in values:
        top = checksum >> 20
        checksum = (checksum & 0xFFFFF) << WORD_BITS ^ value
        checksum ^= reduce(xor, (one for i, one in enumerate(_GENERATOR) if top >> i & 1), 0)
    return checksum
