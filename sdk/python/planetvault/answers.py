"""Reading what the vault answers: JSON that nobody signed, so nothing in it is believed, only checked.

Unlike signed records, an answer may grow: names this client does not know are passed over.
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NoReturn

from anchor.encoding import from_base64url
from anchor.errors import FormatError
from anchor.records.proof import JWS
from anchor.records.shape import INTEGER_MAX, Time, binary
from planetvault.errors import BrokenAnswer

TEXT_MAX = 4096

_TIME = Time.__metadata__[0]  # type: ignore[attr-defined]  # how records write a time


class Fields:
    """A JSON object of an answer. Every getter names the field, checks its type, or raises BrokenAnswer."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def names(self) -> list[str]:
        """Every name it has."""
        return list(self._values)

    def parameters(self, name: str) -> dict[str, str | int]:
        """An object of texts and whole numbers."""
        values = self._object(name)
        if any(type(value) not in {str, int} for value in values.values()):
            raise BrokenAnswer(f"the answer has more than texts and whole numbers in {name}")
        return values

    def text(self, name: str) -> str:
        """A text of at most TEXT_MAX characters."""
        value = self._values.get(name)
        if type(value) is not str or len(value) > TEXT_MAX:
            raise BrokenAnswer(f"the answer has no text {name}")
        return value

    def maybe_text(self, name: str) -> str | None:
        """A text, or null."""
        return None if self._values.get(name) is None else self.text(name)

    def text_or(self, name: str, otherwise: str) -> str:
        """A text, or ``otherwise`` if there is none."""
        value = self._values.get(name)
        return value[:TEXT_MAX] if type(value) is str else otherwise

    def maybe_boolean(self, name: str) -> bool | None:
        """True, false or null."""
        value = self._values.get(name)
        if value is not None and type(value) is not bool:
            raise BrokenAnswer(f"the answer has no {name} that is true or false")
        return value

    def integer(self, name: str) -> int:
        """A whole number from 0 to 2^53 - 1."""
        value = self._values.get(name)
        if type(value) is not int or not 0 <= value <= INTEGER_MAX:
            raise BrokenAnswer(f"the answer has no whole number {name}")
        return value

    def maybe_integer(self, name: str) -> int | None:
        """A whole number, or null."""
        return None if self._values.get(name) is None else self.integer(name)

    def integer_or(self, name: str, otherwise: int) -> int:
        """A whole number, or ``otherwise`` if there is none."""
        value = self._values.get(name)
        return value if type(value) is int else otherwise

    def time(self, name: str) -> datetime:
        """A time such as 2026-01-31T12:00:00Z."""
        try:
            moment: datetime = _TIME.read(self._values.get(name))
        except FormatError as error:
            raise BrokenAnswer(f"the answer has no time {name}") from error
        return moment

    def record(self, name: str) -> bytes:
        """A signed record, as it was signed."""
        return record(self._values.get(name))

    def maybe_record(self, name: str) -> bytes | None:
        """A signed record, or null."""
        return None if self._values.get(name) is None else self.record(name)

    def records(self, name: str) -> list[bytes]:
        """A list of signed records."""
        return [record(value) for value in self._list(name)]

    def sealed(self, name: str) -> bytes:
        """Bytes of any length, as base64url."""
        return _bytes(self._values.get(name))

    def sealed_list(self, name: str) -> list[bytes]:
        """A list of bytes."""
        return [_bytes(value) for value in self._list(name)]

    def identifier(self, name: str) -> bytes:
        """16 bytes."""
        return _sized(self._values.get(name), 16)

    def hash(self, name: str) -> bytes:
        """32 bytes."""
        return _sized(self._values.get(name), 32)

    def hashes(self, name: str) -> list[bytes]:
        """A list of 32 bytes each."""
        return [_sized(value, 32) for value in self._list(name)]

    def maybe_hash(self, name: str) -> bytes | None:
        """32 bytes, or null."""
        return None if self._values.get(name) is None else self.hash(name)

    def texts(self, name: str) -> list[str]:
        """A list of texts."""
        values = self._list(name)
        if any(type(value) is not str or len(value) > TEXT_MAX for value in values):
            raise BrokenAnswer(f"the answer has no list of texts {name}")
        return values

    def object(self, name: str) -> "Fields":
        """An object."""
        return Fields(self._object(name))

    def objects(self, name: str) -> "list[Fields]":
        """A list of objects."""
        values = self._list(name)
        if any(type(value) is not dict for value in values):
            raise BrokenAnswer(f"the answer has no list of objects {name}")
        return [Fields(value) for value in values]

    def sealed_by_id(self, name: str) -> dict[bytes, bytes]:
        """Bytes by a 16-byte id."""
        return {_sized(key, 16): _bytes(value) for key, value in self._object(name).items()}

    def sealed_by_name(self, name: str) -> dict[str, bytes]:
        """Bytes by a name."""
        return {key: _bytes(value) for key, value in self._object(name).items()}

    def _object(self, name: str) -> dict[str, Any]:
        value = self._values.get(name)
        if type(value) is not dict:
            raise BrokenAnswer(f"the answer has no object {name}")
        return value

    def _list(self, name: str) -> list[Any]:
        value = self._values.get(name)
        if type(value) is not list:
            raise BrokenAnswer(f"the answer has no list {name}")
        return value


def read_answer(body: bytes) -> Fields:
    """The JSON object in the body of an answer, which may have megabytes.

    Raises:
        BrokenAnswer: if it holds anything else, or a number with a fraction.
    """
    try:
        value = _decode(body.decode())
    except (ValueError, RecursionError) as error:
        raise BrokenAnswer("the answer is not JSON as the vault writes it") from error
    if type(value) is not dict:
        raise BrokenAnswer("the answer is not a JSON object")
    return Fields(value)


def _refuse(number: str) -> NoReturn:
    raise ValueError(f"a number of {len(number)} characters that is not whole")


_decode = json.JSONDecoder(parse_float=_refuse, parse_constant=_refuse).decode


def record(value: Any) -> bytes:
    """A compact JWS.

    Raises:
        BrokenAnswer: for anything else.
    """
    try:
        text: str = JWS.read(value)
    except FormatError as error:
        raise BrokenAnswer("the answer has no signed record where one should be") from error
    return text.encode("ascii")


def read_hex(text: str, size: int) -> bytes:
    """``0x`` and so many bytes in hexadecimal digits, as chains write addresses and hashes.

    Raises:
        BrokenAnswer: for anything else.
    """
    if not re.fullmatch(r"0x(?:[0-9a-fA-F]{2})*", text, re.ASCII) or len(text) != 2 + 2 * size:
        raise BrokenAnswer(f"there are no {size} bytes in hexadecimal digits, after 0x")
    return bytes.fromhex(text[2:])


def _sized(value: Any, size: int) -> bytes:
    try:
        octets: bytes = binary(size).read(value)
    except FormatError as error:
        raise BrokenAnswer(f"the answer has no {size} bytes where there should be") from error
    return octets


def _bytes(value: Any) -> bytes:
    if type(value) is not str:
        raise BrokenAnswer("the answer has no bytes where there should be")
    try:
        return from_base64url(value)
    except FormatError as error:
        raise BrokenAnswer("the answer has bytes that are no base64url") from error
