"""The vocabulary of fields: what each JSON value may be, and what it is in Python.

A record is a frozen dataclass whose fields are written with the types of this
page, so that one line says name, Python type and wire format::

    grant: Hash              # 43 characters of base64url  <->  32 bytes
    price: Micros            # whole micros of the record's currency
    last: MaybeHash          # the same as Hash, or null

``read`` and ``write`` turn a JSON object into such a dataclass and back. Reading
is strict: every field present, none unknown, every value in its range.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from dataclasses import fields as dataclass_fields
from datetime import UTC, datetime
from itertools import pairwise
from typing import Annotated, Any, NoReturn, TypeVar, get_type_hints

from anchor.encoding import from_base64url, to_base64url
from anchor.errors import FormatError

INTEGER_MAX = 2**53 - 1
"""The largest integer every JSON reader keeps exactly (RFC 8259 §6)."""
INTEGER_DIGITS_MAX = 16
NESTING_MAX = 64
"""No format here goes deeper than six. The parser's own limit is one that others may raise."""
# A string is eaten to its end, or to the end of all: so the search is linear whatever comes.
_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*+\\?"?', re.DOTALL)
_ONE_KIND = bytes.maketrans(b"{}", b"[]")
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wire:
    """How one kind of value travels: ``read`` checks and converts, ``write`` converts back.

    ``write`` refuses what ``read`` would refuse, so that nobody signs what nobody can read.
    """

    read: Callable[[Any], Any]
    write: Callable[[Any], Any]


def _same(value: Any) -> Any:
    return value


def integer(low: int, high: int) -> Wire:
    """A whole number from ``low`` to ``high``."""

    def read(value: Any) -> int:
        if type(value) is not int or not low <= value <= high:
            raise FormatError(f"expected a whole number from {low} to {high}")
        return value

    return Wire(read, read)


def binary(size: int) -> Wire:
    """Exactly ``size`` bytes, as canonical base64url."""
    length = -(-size * 4 // 3)

    def read(value: Any) -> bytes:
        if type(value) is not str or len(value) != length:
            raise FormatError(f"expected {size} bytes as {length} characters of base64url")
        return from_base64url(value)

    def write(value: Any) -> str:
        if type(value) is not bytes or len(value) != size:
            raise FormatError(f"expected {size} bytes")
        return to_base64url(value)

    return Wire(read, write)


def blob(most: int) -> Wire:
    """One to ``most`` bytes, as canonical base64url."""
    longest = -(-most * 4 // 3)

    def read(value: Any) -> bytes:
        if type(value) is not str or not 0 < len(value) <= longest:
            raise FormatError(f"expected 1 to {most} bytes as base64url")
        return from_base64url(value)

    def write(value: Any) -> str:
        if type(value) is not bytes or not 0 < len(value) <= most:
            raise FormatError(f"expected 1 to {most} bytes")
        return to_base64url(value)

    return Wire(read, write)


_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, halves of surrogate pairs, and the marks that turn the reading direction,
with which a name could show itself as another."""


def text(longest: int) -> Wire:
    """One to ``longest`` characters, all of them printable."""

    def read(value: Any) -> str:
        if type(value) is not str or not 0 < len(value) <= longest or _UNPRINTABLE.search(value):
            raise FormatError(f"expected a printable text of 1 to {longest} characters")
        return value

    return Wire(read, read)


def pattern(expression: str, longest: int) -> Wire:
    """A text of at most ``longest`` characters that matches ``expression`` as a whole."""
    matches = re.compile(expression, re.ASCII).fullmatch

    def read(value: Any) -> str:
        if type(value) is not str or len(value) > longest or matches(value) is None:
            raise FormatError(f"expected a text of the form {expression}")
        return value

    return Wire(read, read)


def one_of(*values: str) -> Wire:
    """One of a few fixed words."""

    def read(value: Any) -> str:
        if value not in values:
            raise FormatError(f"expected one of {', '.join(values)}")
        return str(value)

    return Wire(read, read)


def nullable(wire: Wire) -> Wire:
    """The same, or null."""
    return Wire(
        lambda value: None if value is None else wire.read(value),
        lambda value: None if value is None else wire.write(value),
    )


def many(wire: Wire, fewest: int, most: int, *, ascending: Callable[[Any], Any] | None = None) -> Wire:
    """A list of ``fewest`` to ``most`` values; with ``ascending``, each key once and in order."""

    def ordered(values: tuple[Any, ...]) -> tuple[Any, ...]:
        if not fewest <= len(values) <= most:
            raise FormatError(f"expected a list of {fewest} to {most}")
        if ascending and any(a >= b for a, b in pairwise(map(ascending, values))):
            raise FormatError("expected a list in ascending order, without repeats")
        return values

    def read(value: Any) -> tuple[Any, ...]:
        if type(value) is not list or len(value) > most:
            raise FormatError(f"expected a list of {fewest} to {most}")
        return ordered(tuple(map(wire.read, value)))

    def write(values: Any) -> list[Any]:
        if type(values) is not tuple:
            raise FormatError(f"expected a list of {fewest} to {most}")
        written = [wire.write(value) for value in values]
        ordered(values)
        return written

    return Wire(read, write)


def nested(kind: type) -> Wire:
    """An object with the fields of ``kind``."""

    def write_nested(value: Any) -> dict[str, Any]:
        if type(value) is not kind:
            raise FormatError(f"expected a {kind.__name__}")
        return write(value)

    return Wire(lambda value: read(value, kind), write_nested)


def _read_boolean(value: Any) -> bool:
    if type(value) is not bool:
        raise FormatError("expected true or false")
    return value


_TIME = "%Y-%m-%dT%H:%M:%SZ"
_TIME_LENGTH = 20


def _read_time(value: Any) -> datetime:
    if type(value) is not str or len(value) != _TIME_LENGTH or value[-1] != "Z" or not value.isascii():
        raise FormatError("expected a time such as 2026-01-31T12:00:00Z")
    try:
        return datetime.fromisoformat(value)
    except ValueError as error:
        raise FormatError("expected a time such as 2026-01-31T12:00:00Z") from error


def _read_canonical_time(value: Any) -> datetime:
    moment = _read_time(value)
    if write_time(moment) != value:
        raise FormatError("expected a time such as 2026-01-31T12:00:00Z")
    return moment


def _write_time(moment: Any) -> str:
    if type(moment) is not datetime or moment.tzinfo is None:
        raise FormatError("expected a time that knows its zone")
    try:
        return write_time(moment)
    except OverflowError as error:
        raise FormatError("expected a time that UTC can say") from error


def write_time(moment: datetime) -> str:
    """RFC 3339 in UTC, whole seconds: ``2026-01-31T12:00:00Z``."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


DOMAIN = pattern(r"(?=.{3,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]", 253)
ORIGIN = pattern(r"[a-z0-9][a-z0-9.-]{0,200}(:[0-9]{1,5})?(/[a-z0-9._-]{1,64}){0,4}", 512)
CLUSTER = pattern(r"[a-z]{1,32}\.[a-z]{1,32}/[a-z]{1,32}", 100)
PURPOSE = pattern(r"dpv:[A-Za-z]{1,80}", 84)
TIME = Wire(_read_canonical_time, _write_time)

Id = Annotated[bytes, binary(16)]
MaybeId = Annotated[bytes | None, nullable(binary(16))]
Hash = Annotated[bytes, binary(32)]
MaybeHash = Annotated[bytes | None, nullable(binary(32))]
Salt = Annotated[bytes, binary(32)]
PublicKey = Annotated[bytes, binary(32)]
SealingKey = Annotated[bytes, binary(1216)]
"""An X-Wing public key: ML-KEM-768 (1184 bytes) and X25519 (32)."""
Boolean = Annotated[bool, Wire(_read_boolean, _read_boolean)]
Time = Annotated[datetime, TIME]
Count = Annotated[int, integer(0, INTEGER_MAX)]
Ordinal = Annotated[int, integer(1, INTEGER_MAX)]
Micros = Annotated[int, integer(0, INTEGER_MAX)]
Days = Annotated[int, integer(0, 36_525)]
BasisPoints = Annotated[int, integer(0, 10_000)]
Text80 = Annotated[str, text(80)]
Text500 = Annotated[str, text(500)]
Currency = Annotated[str, pattern("[A-Z]{3}", 3)]
Domain = Annotated[str, DOMAIN]
MaybeDomain = Annotated[str | None, nullable(DOMAIN)]
Origin = Annotated[str, ORIGIN]
Language = Annotated[str, one_of("en", "zh-CN")]
Clusters = Annotated[tuple[str, ...], many(CLUSTER, 1, 32, ascending=_same)]
Purpose = Annotated[str, PURPOSE]
MaybePurpose = Annotated[str | None, nullable(PURPOSE)]
Purposes = Annotated[tuple[str, ...], many(PURPOSE, 1, 8, ascending=_same)]


Address = Annotated[bytes, binary(20)]
Items = Annotated[tuple[bytes, ...], many(binary(16), 1, 64, ascending=_same)]
AccountAction = Annotated[str, one_of("create", "add", "remove", "rotate")]
LockerKind = Annotated[str, one_of("device", "passkey", "password", "recovery", "guardians")]
PayoutWay = Annotated[str, one_of("manual", "evm")]
PayoutOutcome = Annotated[str, one_of("settled", "failed", "returned")]
RewardKind = Annotated[str, one_of("membership", "coupon", "course")]
Finality = Annotated[str, pattern(r"none|bft|tag:[a-z]{1,16}|depth:[0-9]{1,6}", 32)]


_WIRES: dict[type, Mapping[str, Wire]] = {}


def wires_of(kind: type) -> Mapping[str, Wire]:
    """Every field of a dataclass with its wire, in the order they are written."""
    if kind not in _WIRES:
        hints = get_type_hints(kind, include_extras=True)
        _WIRES[kind] = {field.name: hints[field.name].__metadata__[0] for field in dataclass_fields(kind)}
    return _WIRES[kind]


def read(value: Any, kind: type[T]) -> T:
    """Read a JSON object as ``kind``.

    Raises:
        FormatError: for a missing or unknown field, or a value out of its range.
    """
    wires = wires_of(kind)
    if type(value) is not dict or value.keys() != wires.keys():
        raise FormatError(f"expected an object with exactly: {', '.join(wires)}")
    return kind(**{name: wire.read(value[name]) for name, wire in wires.items()})


def write(record: Any) -> dict[str, Any]:
    """Write a dataclass of this vocabulary as a JSON object."""
    return {name: wire.write(getattr(record, name)) for name, wire in wires_of(type(record)).items()}


def as_written(record: Any) -> Any:
    """The record as every reader will see it: its times are in UTC and whole seconds."""
    times = {name: getattr(record, name) for name, wire in wires_of(type(record)).items() if wire is TIME}
    told = {name: _told(time) for name, time in times.items() if time.microsecond or time.tzinfo is not UTC}
    return replace(record, **told) if told else record


def _told(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)


@dataclass(frozen=True, slots=True)
class Holder:
    """One holder of a share of a grant key, and the commitment to that share."""

    name: Domain
    commitment: Hash


@dataclass(frozen=True, slots=True)
class OpenedItem:
    """An item a use opened: its version, and one hash over its sealed fields."""

    item: Id
    version: Ordinal
    sealed: Hash


@dataclass(frozen=True, slots=True)
class SealedField:
    """A field of an item version: its id, and the SHA-256 of its ciphertext."""

    field: Id
    sealed: Hash


Holders = Annotated[tuple[Holder, ...], many(nested(Holder), 1, 8)]
OpenedItems = Annotated[
    tuple[OpenedItem, ...], many(nested(OpenedItem), 0, 64, ascending=lambda opened: opened.item)
]
Fields = Annotated[
    tuple[SealedField, ...], many(nested(SealedField), 0, 256, ascending=lambda sealed: sealed.field)
]


def _refuse_number(_: str) -> NoReturn:
    raise FormatError("numbers are whole: fractions, exponents, NaN and Infinity are not read")


def _read_integer(digits: str) -> int:
    if len(digits) > INTEGER_DIGITS_MAX or digits == "-0":
        raise FormatError("a number is out of range")
    return int(digits)


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise FormatError("an object names one field twice")
    return value


_decode = json.JSONDecoder(
    object_pairs_hook=_without_repeats,
    parse_float=_refuse_number,
    parse_constant=_refuse_number,
    parse_int=_read_integer,
).decode


def _verify_shallow(raw: bytes) -> bytes:
    """Return JSON that is not nested too deeply; what is inside strings does not count.

    Only the brackets are kept, of one kind, and each round takes the innermost pairs away: what is
    left after so many rounds was deeper. No byte is looked at by the interpreter.
    """
    if raw.count(b"[") + raw.count(b"{") > NESTING_MAX:
        left = _STRINGS.sub(b"", raw).translate(_ONE_KIND, _NO_BRACKETS)
        for _ in range(NESTING_MAX):
            left = left.replace(b"[]", b"")
        if left:
            raise FormatError(f"JSON here is nested at most {NESTING_MAX} deep")
    return raw


def read_json(raw: bytes) -> Any:
    """Parse JSON strictly: UTF-8 without a mark, no repeated names, whole numbers only.

    Raises:
        FormatError: for anything else.
    """
    _verify_shallow(raw)
    try:
        return _decode(raw.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise FormatError("not the JSON of a record") from error


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def write_json(value: Any) -> bytes:
    """Write JSON in UTF-8 without spaces."""
    return _encode(value).encode("utf-8")
