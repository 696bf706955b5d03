"""RLP, the way the EVM writes lists of bytes (Ethereum yellow paper, appendix B), read strictly.

An item is bytes or a list of items. What has a shorter form, or is followed by anything, is
refused, so that every item has one form: a hash over it can't be met by two.
"""

from collections.abc import Sequence
from typing import TypeAlias

from anchor.errors import FormatError

Item: TypeAlias = "bytes | Sequence[Item]"
SHORT_MAX = 55
NESTING_MAX = 8
"""A node within a node of a trie, or the extra data of a header, is three deep."""


def write_rlp(item: Item) -> bytes:
    """The bytes of an item."""
    if isinstance(item, bytes):
        if len(item) == 1 and item[0] < 0x80:  # noqa: PLR2004 - the mark of an item longer than a byte
            return item
        return _headed(0x80, item)
    return _headed(0xC0, b"".join(map(write_rlp, item)))


def read_rlp(raw: bytes) -> Item:
    """The item that ``write_rlp`` wrote.

    Raises:
        FormatError: for any other bytes.
    """
    item, end = _read(raw, 0, NESTING_MAX)
    if end != len(raw):
        raise FormatError("bytes follow an RLP item")
    return item


def read_list(item: Item, *lengths: int) -> Sequence[Item]:
    """The items of a list that has one of these lengths.

    Raises:
        FormatError: for bytes, or another length.
    """
    if isinstance(item, bytes) or (lengths and len(item) not in lengths):
        raise FormatError("an RLP list is of another shape")
    return item


def read_string(item: Item, *lengths: int) -> bytes:
    """The bytes of an item that has one of these lengths.

    Raises:
        FormatError: for a list, or another length.
    """
    if not isinstance(item, bytes) or (lengths and len(item) not in lengths):
        raise FormatError("an RLP string is of another length")
    return item


def read_number(item: Item) -> int:
    """A whole number without leading zeros, of at most eight bytes.

    Raises:
        FormatError: for anything else.
    """
    digits = read_string(item, *range(9))
    if digits[:1] == b"\0":
        raise FormatError("an RLP number with leading zeros")
    return int.from_bytes(digits)


def _headed(mark: int, content: bytes) -> bytes:
    if len(content) <= SHORT_MAX:
        return bytes([mark + len(content)]) + content
    length = _digits(len(content))
    return bytes([mark + SHORT_MAX + len(length)]) + length + content


def _digits(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8)


def _read(raw: bytes, at: int, depth: int) -> tuple[Item, int]:
    if at >= len(raw) or depth == 0:
        raise FormatError("RLP ends early, or is nested too deeply")
    first = raw[at]
    if first < 0x80:  # noqa: PLR2004 - as above
        return raw[at : at + 1], at + 1
    mark = 0x80 if first < 0xC0 else 0xC0  # noqa: PLR2004 - the mark of a list
    start, end = _span(raw, at, first - mark)
    if mark == 0x80:  # noqa: PLR2004 - as above
        content = raw[start:end]
        if len(content) == 1 and content[0] < 0x80:  # noqa: PLR2004 - as above
            raise FormatError("an RLP byte has a shorter form")
        return content, end
    items = []
    while start < end:
        item, start = _read(raw[:end], start, depth - 1)
        items.append(item)
    return items, end


def _span(raw: bytes, at: int, length: int) -> tuple[int, int]:
    """Where the content begins and ends; ``length`` is what the first byte says."""
    start = at + 1
    if length > SHORT_MAX:
        start += length - SHORT_MAX
        digits = raw[at + 1 : start]
        length = int.from_bytes(digits)
        if length <= SHORT_MAX or digits[:1] == b"\0":
            raise FormatError("an RLP length has a shorter form")
    if start + length > len(raw):
        raise FormatError("RLP ends early")
    return start, start + length
