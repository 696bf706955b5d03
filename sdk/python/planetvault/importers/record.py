"""The one shape of each kind of data, whatever export it came from.

A record is a flat JSON object: its keys are the columns that are later sealed
one by one, so nothing is renamed between an export's row and a partner's
program. Every key of a kind is always there; what the export did not say is
null. The page is docs/spec/data-record.md, the same rules as JSON Schema are in
record.schema.json beside this file, and a test holds the three together.

The words come from the field: schema.org MusicRecording, OrderItem and PlayAction,
xAPI 1.0.3 verbs and scores, ISO 3166 and ISO 4217 codes, RFC 3339 times in UTC.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Literal, TypedDict, cast

from planetvault.importers.errors import RowError, SkipReason

VERSION: Literal[1] = 1

Kind = Literal["music.play", "commerce.order", "education.activity", "game.session", "document.file"]
Precision = Literal["second", "minute", "day"]

# One stream of a track, an episode or a chapter. (A class body cannot say ``in``.)
Play = TypedDict(
    "Play",
    {
        "v": Literal[1],
        "kind": Literal["music.play"],
        "id": str,
        "name": str,
        "by": list[str],
        "in": str | None,
        "media": str,
        "ref": str | None,
        "played_ms": int,
        "start": str | None,
        "end": str | None,
        "precision": Precision,
        "completed": bool | None,
        "platform": str | None,
        "offline": bool | None,
        "private": bool | None,
        "country": str | None,
    },
)


class Order(TypedDict):
    """One thing bought, or the money that came back for it."""

    v: Literal[1]
    kind: Literal["commerce.order"]
    id: str
    name: str
    category: str | None
    quantity: int | None
    ref: str | None
    basket: str
    at: str
    precision: Precision
    total_micros: int
    price_micros: int | None
    refunded_micros: int
    currency: str
    status: str
    seller: str | None


# One thing a learner did.
Activity = TypedDict(
    "Activity",
    {
        "v": Literal[1],
        "kind": Literal["education.activity"],
        "id": str,
        "name": str,
        "type": str | None,
        "in": str | None,
        "ref": str | None,
        "verb": str,
        "at": str,
        "precision": Precision,
        "completed": bool | None,
        "success": bool | None,
        "score": float | None,
        "duration_ms": int | None,
    },
)


class Game(TypedDict):
    """What one game's counters stood at in one snapshot."""

    v: Literal[1]
    kind: Literal["game.session"]
    id: str
    name: str
    ref: str
    played_total_s: int
    played_recent_s: int | None
    at: str
    last_played: str | None


class File(TypedDict):
    """One file an owner keeps. ``content`` refers to its bytes and opens them."""

    v: Literal[1]
    kind: Literal["document.file"]
    id: str
    name: str
    type: str
    size_bytes: int
    at: str
    content: str
    grants: list[str]


Record = Play | Order | Activity | Game | File

TEXT_CHARS_MAX = 2_000  # the longest real title seen has a few hundred; a book pasted into one is no title
LIST_ITEMS_MAX = 20
WHOLE_MAX = 2**53 - 1  # what JSON carries exactly in every language

_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
_ID = re.compile(r"[a-z][a-z0-9-]{0,31}:[0-9a-f]{32}")
_BASKET = re.compile(r"[0-9a-f]{32}")
_TIME = re.compile(r"[12]\d{3}-\d\d-\d\dT(?:[01]\d|2[0-3]):\d\d:\d\dZ", re.ASCII)
_COUNTRY = re.compile(r"[A-Z]{2}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,63}/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}")  # RFC 6838 §4.2
_REFERENCE = re.compile(r"[A-Za-z0-9_-]{100,1000}")

Check = Callable[[object], None]


def _text(value: object) -> None:
    if type(value) is not str:
        raise RowError(SkipReason.BAD_VALUE)
    if not value:
        raise RowError(SkipReason.NO_TITLE)
    if len(value) > TEXT_CHARS_MAX:
        raise RowError(SkipReason.TOO_LONG)
    if _NO_TEXT.search(value):
        raise RowError(SkipReason.NOT_TEXT)


def _texts(value: object) -> None:
    if type(value) is not list:
        raise RowError(SkipReason.BAD_VALUE)
    if len(value) > LIST_ITEMS_MAX:
        raise RowError(SkipReason.TOO_LONG)
    for text in value:
        _text(text)


def _time(value: object) -> None:
    if type(value) is not str or not _TIME.fullmatch(value):
        raise RowError(SkipReason.BAD_TIME)
    try:
        datetime.fromisoformat(value)
    except ValueError as error:
        raise RowError(SkipReason.BAD_TIME) from error


def _whole(least: int) -> Check:
    def check(value: object) -> None:
        if type(value) is not int or not least <= value <= WHOLE_MAX:
            raise RowError(SkipReason.BAD_NUMBER)

    return check


def _score(value: object) -> None:
    if type(value) not in (float, int) or not -1 <= cast("float", value) <= 1:  # NaN is not between either
        raise RowError(SkipReason.BAD_NUMBER)


def _yes_no(value: object) -> None:
    if type(value) is not bool:
        raise RowError(SkipReason.BAD_VALUE)


def _shape(pattern: re.Pattern[str]) -> Check:
    def check(value: object) -> None:
        if type(value) is not str or not pattern.fullmatch(value):
            raise RowError(SkipReason.BAD_VALUE)

    return check


def _one_of(*words: str) -> Check:
    allowed = frozenset(words)

    def check(value: object) -> None:
        if type(value) is not str or value not in allowed:
            raise RowError(SkipReason.BAD_VALUE)

    return check


def _maybe(check: Check) -> Check:
    def or_null(value: object) -> None:
        if value is not None:
            check(value)

    return or_null


PLATFORMS = ("android", "ios", "windows", "macos", "linux", "web", "cast", "tv", "console", "car", "other")
MEDIA = ("track", "episode", "audiobook")
STATUSES = ("paid", "partly-refunded", "refunded", "refund", "cancelled", "pending", "other")
PRECISIONS = ("second", "minute", "day")

# Every column of every kind, in the order of the page, with what may stand in it.
FIELDS: Mapping[Kind, Mapping[str, Check]] = {
    "music.play": {
        "id": _shape(_ID),
        "name": _text,
        "by": _texts,
        "in": _maybe(_text),
        "media": _one_of(*MEDIA),
        "ref": _maybe(_text),
        "played_ms": _whole(0),
        "start": _maybe(_time),
        "end": _maybe(_time),
        "precision": _one_of(*PRECISIONS),
        "completed": _maybe(_yes_no),
        "platform": _maybe(_one_of(*PLATFORMS)),
        "offline": _maybe(_yes_no),
        "private": _maybe(_yes_no),
        "country": _maybe(_shape(_COUNTRY)),
    },
    "commerce.order": {
        "id": _shape(_ID),
        "name": _text,
        "category": _maybe(_text),
        "quantity": _maybe(_whole(0)),
        "ref": _maybe(_text),
        "basket": _shape(_BASKET),
        "at": _time,
        "precision": _one_of(*PRECISIONS),
        "total_micros": _whole(-WHOLE_MAX),
        "price_micros": _maybe(_whole(0)),
        "refunded_micros": _whole(0),
        "currency": _shape(_CURRENCY),
        "status": _one_of(*STATUSES),
        "seller": _maybe(_text),
    },
    "education.activity": {
        "id": _shape(_ID),
        "name": _text,
        "type": _maybe(_text),
        "in": _maybe(_text),
        "ref": _maybe(_text),
        "verb": _text,
        "at": _time,
        "precision": _one_of(*PRECISIONS),
        "completed": _maybe(_yes_no),
        "success": _maybe(_yes_no),
        "score": _maybe(_score),
        "duration_ms": _maybe(_whole(0)),
    },
    "game.session": {
        "id": _shape(_ID),
        "name": _text,
        "ref": _text,
        "played_total_s": _whole(0),
        "played_recent_s": _maybe(_whole(0)),
        "at": _time,
        "last_played": _maybe(_time),
    },
    "document.file": {
        "id": _shape(_ID),
        "name": _text,
        "type": _shape(_MEDIA_TYPE),
        "size_bytes": _whole(0),
        "at": _time,
        "content": _shape(_REFERENCE),
        "grants": _texts,
    },
}

KINDS: frozenset[str] = frozenset(FIELDS)
COLUMNS: Mapping[Kind, tuple[str, ...]] = {kind: tuple(fields) for kind, fields in FIELDS.items()}
_KEYS = {kind: frozenset(fields) | {"v", "kind"} for kind, fields in FIELDS.items()}


def check_record(value: Mapping[str, object]) -> Record:
    """Return ``value`` if it is a record of its kind, to the letter of docs/spec/data-record.md.

    Raises:
        RowError: for an unknown kind or version, a missing or foreign key, a value out of range.
    """
    kind = value.get("kind")
    if (
        not isinstance(kind, str)
        or kind not in KINDS
        or type(value.get("v")) is not int
        or value["v"] != VERSION
    ):
        raise RowError(SkipReason.BAD_VALUE)
    kind = cast("Kind", kind)
    if value.keys() != _KEYS[kind]:
        raise RowError(SkipReason.BAD_VALUE)
    for name, check in FIELDS[kind].items():
        check(value[name])
    if kind == "music.play" and value["start"] is None and value["end"] is None:
        raise RowError(SkipReason.BAD_TIME)
    return cast("Record", value)  # every key and value was looked at just above


def time_of(record: Record) -> str:
    """When it happened: the end of a play if known, else its start; ``at`` of all others."""
    if record["kind"] == "music.play":
        return record["end"] or record["start"] or ""
    return record["at"]
