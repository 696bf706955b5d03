"""What is wrong in the payload as JSON, and in its set of fields."""

from collections.abc import Iterator

from tests.vectors.record_scenarios.scenario import (
    FORMAT,
    Scenario,
    assemble,
    changed,
    compact,
    payload_of,
    refused,
    replaced,
)


def _payload(name: str, what: str, noun: str, payload: bytes) -> Scenario:
    return refused(f"{noun}_{name}", what, FORMAT, noun, assemble(noun, payload))


def _written(name: str, what: str, noun: str, old: str, new: str) -> Scenario:
    return refused(f"{noun}_{name}", what, FORMAT, noun, replaced(noun, old, new))


def _not_json() -> Iterator[Scenario]:
    whole = compact(payload_of("use"))
    text = whole.decode()
    yield _payload("payload_bom", "A byte order mark before the JSON.", "use", b"\xef\xbb\xbf" + whole)
    yield _payload("payload_utf16", "UTF-16 instead of UTF-8.", "use", text.encode("utf-16-le"))
    yield _payload("payload_cut", "The last brace is missing.", "use", whole[:-1])
    yield _payload("payload_then_more", "Something after the JSON.", "use", whole + b"{}")
    yield _payload("payload_array", "An array around the object.", "use", b"[" + whole + b"]")
    yield _payload("payload_text", "A text that holds the JSON.", "use", compact(text))
    yield _payload("payload_null", "Null instead of an object.", "use", b"null")
    yield _payload("payload_deep", "Nested beyond any use.", "use", b"[" * 6_000 + b"]" * 6_000)
    yield _payload("payload_comment", "A comment after the JSON.", "use", whole + b" // once")
    yield _payload("payload_trailing_comma", "A comma before the brace.", "use", whole[:-1] + b",}")
    yield _payload("payload_single_quotes", "Single quotes.", "use", text.replace('"', "'").encode())
    yield _payload(
        "payload_no_break_space", "A space that JSON does not know.", "use", whole + "\xa0".encode()
    )


def _not_unicode() -> Iterator[Scenario]:
    whole = compact(payload_of("ask"))
    reason = payload_of("ask")["reason"].encode()
    yield _payload("invalid_utf8", "A byte that is not UTF-8.", "ask", whole.replace(reason, b"caf\xe9"))
    yield _payload("overlong_utf8", "A slash in two bytes.", "ask", whole.replace(reason, b"a\xc0\xafb"))
    half = "\ud83d"
    yield _written("raw_surrogate", "Half a surrogate pair, in bytes.", "ask", reason.decode(), half)
    yield _written("lone_surrogate", "Half a surrogate pair, escaped.", "ask", reason.decode(), "a\\ud83d")
    swapped = "\\ude00\\ud83d"
    yield _written("swapped_surrogates", "A pair in the wrong order.", "ask", reason.decode(), swapped)
    yield _written("raw_tab", "A tab inside a text.", "ask", reason.decode(), "one\ttwo")
    yield _written("unknown_escape", "An escape that JSON does not know.", "ask", reason.decode(), "\\x41")


def _fields() -> Iterator[Scenario]:
    once = f'"grant":"{payload_of("use")["grant"]}"'
    yield _written("duplicate_field", "A field twice, with one value.", "use", once, f"{once},{once}")
    other = f'"grant":"{payload_of("use")["salt"]}"'
    yield _written("duplicate_field_other_value", "A field twice.", "use", once, f"{other},{once}")
    escaped = once.replace("grant", "\\u0067rant")
    yield _written(
        "duplicate_field_escaped", "A field twice, once with an escape.", "use", once, f"{escaped},{once}"
    )
    price = f'"price":{payload_of("grant")["price"]}'
    yield _written("duplicate_field", "A price twice.", "grant", price, f'"price":1,{price}')
    holder = '{"name":"vault.example"'
    twice = holder + ',"name":"vault.example"'
    yield _written("duplicate_field_in_holder", "A name twice, inside an object.", "grant", holder, twice)
    yield _written("duplicate_version", "The version twice.", "use", '{"v":1', '{"v":1,"v":1')
    yield from _sets_of_fields()


def _sets_of_fields() -> Iterator[Scenario]:
    without = {name: value for name, value in payload_of("use").items() if name != "last"}
    yield _payload("missing_field", "A field that may be null must still be there.", "use", compact(without))
    unsalted = {name: value for name, value in payload_of("use").items() if name != "salt"}
    yield _payload("missing_salt", "A record without salt.", "use", compact(unsalted))
    unknown = refused("use_unknown_field", "One field more.", FORMAT, "use", changed("use", note="hello"))
    yield unknown
    yield _written(
        "proto_field", "A field that JavaScript objects inherit.", "use", '{"v":1', '{"__proto__":{},"v":1'
    )
    yield _written(
        "proto_for_last", "The same, instead of a field.", "use", '"last":null', '"__proto__":null'
    )
    holder = {**payload_of("grant")["holders"][0], "share": 1}
    jws = changed("grant", holders=[holder])
    yield refused("grant_unknown_field_in_holder", "One field more, inside an object.", FORMAT, "grant", jws)
    jws = changed("grant", holders=[{"name": "vault.example"}])
    yield refused("grant_missing_field_in_holder", "One field less, inside an object.", FORMAT, "grant", jws)
    case = {("Grant" if name == "grant" else name): value for name, value in payload_of("use").items()}
    yield _payload("field_upper_case", "A field in another case.", "use", compact(case))


def _versions() -> Iterator[Scenario]:
    for name, what, new in (
        ("missing", "No version.", "{"),
        ("two", "A later version.", '{"v":2,'),
        ("zero", "Version zero.", '{"v":0,'),
        ("text", "The version as a text.", '{"v":"1",'),
        ("true", "True, which some languages take for 1.", '{"v":true,'),
        ("fraction", "The version as 1.0.", '{"v":1.0,'),
        ("null", "The version is null.", '{"v":null,'),
    ):
        yield _written(f"version_{name}", what, "use", '{"v":1,', new)


def scenarios() -> Iterator[Scenario]:
    """Everything of this page."""
    yield from _not_json()
    yield from _not_unicode()
    yield from _fields()
    yield from _versions()
