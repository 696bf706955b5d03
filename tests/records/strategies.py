"""Any record of any kind: one strategy for each word of the vocabulary, joined by the kinds' own fields."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, get_origin, get_type_hints

from hypothesis import strategies as st

from anchor.records import shape
from anchor.records.shape import Wire, wires_of
from anchor.records.signed import Record

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_LETTERS_AND_DIGITS = _LETTERS + "0123456789"

VOCABULARY: dict[str, Wire] = {
    name: hint.__metadata__[0]
    for name, hint in vars(shape).items()
    if get_origin(hint) is Annotated and isinstance(hint.__metadata__[0], Wire)
}
"""Every word for a field, with its wire."""


def word_of(wire: Wire) -> str:
    """The word for a wire. Two wires may do the same, so it is the object that counts."""
    return next(name for name, known in VOCABULARY.items() if known is wire)


def _octets(size: int) -> st.SearchStrategy[bytes]:
    return st.binary(min_size=size, max_size=size)


def _numbers(low: int, high: int) -> st.SearchStrategy[int]:
    return st.integers(low, high)


def _printable(longest: int) -> st.SearchStrategy[str]:
    marks = "\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    characters = st.characters(exclude_categories=("Cc", "Cs"), exclude_characters=marks)
    return st.text(characters, min_size=1, max_size=longest)


def _ascending(values: st.SearchStrategy[Any], fewest: int, most: int, key: Callable[[Any], Any]) -> Any:
    lists = st.lists(values, min_size=fewest, max_size=min(most, 5), unique_by=key)
    return lists.map(lambda chosen: tuple(sorted(chosen, key=key)))


def _words(letters: str, longest: int) -> st.SearchStrategy[str]:
    return st.text(letters, min_size=1, max_size=longest)


def _same(value: Any) -> Any:
    return value


def _of_nested(kind: type) -> st.SearchStrategy[Any]:
    return st.builds(kind, **{name: of_word(word_of(wire)) for name, wire in wires_of(kind).items()})


_label = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
_domains = st.builds(
    lambda labels, top: ".".join([*labels, top]),
    st.lists(_label, min_size=1, max_size=3),
    st.from_regex(r"[a-z][a-z0-9-]{0,10}[a-z0-9]", fullmatch=True),
)
_origins = st.builds(
    lambda host, port, path: host + port + "".join(f"/{part}" for part in path),
    _domains,
    st.just("") | _numbers(0, 99_999).map(lambda port: f":{port}"),
    st.lists(_words(_LETTERS_AND_DIGITS + "._-", 64), max_size=4),
)
_purposes = _words(_LETTERS + _LETTERS.upper(), 80).map(lambda name: f"dpv:{name}")
_clusters = st.tuples(*[_words(_LETTERS, 32)] * 3).map(lambda parts: f"{parts[0]}.{parts[1]}/{parts[2]}")
_times = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone
_finality = (
    st.sampled_from(["none", "bft"])
    | _words(_LETTERS, 16).map(lambda tag: f"tag:{tag}")
    | _numbers(0, 999_999).map(lambda blocks: f"depth:{blocks}")
)

_SIMPLE: dict[str, Callable[[], st.SearchStrategy[Any]]] = {
    "Id": lambda: _octets(16),
    "Hash": lambda: _octets(32),
    "MaybeHash": lambda: st.none() | _octets(32),
    "MaybeId": lambda: st.none() | _octets(16),
    "Salt": lambda: _octets(32),
    "PublicKey": lambda: _octets(32),
    "SealingKey": lambda: _octets(32).map(lambda part: part * 38),
    "Address": lambda: _octets(20),
    "Boolean": st.booleans,
    "Time": lambda: _times.map(lambda time: time.replace(microsecond=0)),
    "Count": lambda: _numbers(0, 2**53 - 1),
    "Ordinal": lambda: _numbers(1, 2**53 - 1),
    "Micros": lambda: _numbers(0, 2**53 - 1),
    "Days": lambda: _numbers(0, 36_525),
    "BasisPoints": lambda: _numbers(0, 10_000),
    "Text80": lambda: _printable(80),
    "Text500": lambda: _printable(500),
    "Currency": lambda: st.text(_LETTERS.upper(), min_size=3, max_size=3),
    "Domain": lambda: _domains,
    "MaybeDomain": lambda: st.none() | _domains,
    "Origin": lambda: _origins,
    "Language": lambda: st.sampled_from(["en", "zh-CN"]),
    "Clusters": lambda: _ascending(_clusters, 1, 32, _same),
    "Purpose": lambda: _purposes,
    "MaybePurpose": lambda: st.none() | _purposes,
    "Purposes": lambda: _ascending(_purposes, 1, 8, _same),
    "Items": lambda: _ascending(_octets(16), 1, 64, _same),
    "AccountAction": lambda: st.sampled_from(["create", "add", "remove", "rotate"]),
    "LockerKind": lambda: st.sampled_from(["device", "passkey", "password", "recovery", "guardians"]),
    "PayoutWay": lambda: st.sampled_from(["manual", "evm"]),
    "PayoutOutcome": lambda: st.sampled_from(["settled", "failed", "returned"]),
    "RewardKind": lambda: st.sampled_from(["membership", "coupon", "course"]),
    "Finality": lambda: _finality,
    "Holders": lambda: st.lists(_of_nested(shape.Holder), min_size=1, max_size=8).map(tuple),
    "OpenedItems": lambda: _ascending(_of_nested(shape.OpenedItem), 0, 64, lambda opened: opened.item),
    "Fields": lambda: _ascending(_of_nested(shape.SealedField), 0, 256, lambda sealed: sealed.field),
}


def of_word(word: str) -> st.SearchStrategy[Any]:
    """Any value of a word of the vocabulary."""
    return _SIMPLE[word]()


def records(kind: type[Record]) -> st.SearchStrategy[Any]:
    """Any record of a kind."""
    hints = get_type_hints(kind, include_extras=True)
    fields = {name: of_word(word_of(hints[name].__metadata__[0])) for name in wires_of(kind)}
    return st.builds(kind, **fields)


def json_values() -> st.SearchStrategy[Any]:
    """Any JSON value, with what JSON can carry and records never do."""
    numbers = st.integers() | st.floats() | st.just(2**53) | st.just(-1)
    simple = st.none() | st.booleans() | numbers | st.text(max_size=20)
    return st.recursive(
        simple,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
        max_leaves=12,
    )
