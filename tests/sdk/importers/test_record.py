"""The shape of a record: page, schema, code and clusters say the same."""

import json
import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import (  # type: ignore[import-untyped]  # it ships no types
    Draft202012Validator,
    FormatChecker,
)
from planetvault.importers import COLUMNS, Kind, RowError, SkipReason, check_record
from planetvault.importers.record import FIELDS, TEXT_CHARS_MAX, WHOLE_MAX, Activity, File, Game, Order, Play

from tests.sdk.importers.exports import (
    ACCOUNT,
    AMAZON,
    EXTENDED,
    GAME,
    JD,
    STATEMENT,
    as_bill,
    as_csv,
    as_games,
    as_json,
    record,
)

ROOT = Path(__file__).parents[3]
SCHEMA = json.loads(files("planetvault.importers").joinpath("record.schema.json").read_text(encoding="utf-8"))
VALID = Draft202012Validator(SCHEMA, format_checker=FormatChecker())
EXPORTS = {
    "spotify extended": as_json(EXTENDED),
    "spotify account": as_json(ACCOUNT),
    "amazon": as_csv(AMAZON),
    "jd": as_bill(JD),
    "xapi": as_json(STATEMENT),
    "steam": as_games(GAME),
}
TYPES: Mapping[Kind, type] = {
    "music.play": Play,
    "commerce.order": Order,
    "education.activity": Activity,
    "game.session": Game,
    "document.file": File,
}


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("kind", get_args(Kind))
def test_schema_type_and_checks_have_the_same_fields(kind: Kind) -> None:
    told = SCHEMA["$defs"][kind]
    assert list(told["properties"]) == told["required"] == ["v", "kind", *COLUMNS[kind]]
    assert list(get_type_hints(TYPES[kind])) == told["required"]


@pytest.mark.parametrize("kind", get_args(Kind))
def test_the_page_lists_every_field_of_a_kind_in_order(kind: Kind) -> None:
    page = (ROOT / "docs/spec/data-record.md").read_text(encoding="utf-8")
    section = page.partition(f"### `{kind}`\n")[2].partition("\n## ")[0].partition("\n### ")[0]
    assert re.findall(r"^\| `([a-z_]+)` \|", section, re.MULTILINE) == list(COLUMNS[kind])


@pytest.mark.parametrize("export", EXPORTS.values(), ids=EXPORTS)
def test_every_importer_writes_what_schema_and_checks_accept(export: bytes) -> None:
    one = record(export)
    assert check_record(one) == one
    VALID.validate(one)


@pytest.mark.parametrize("export", EXPORTS.values(), ids=EXPORTS)
def test_a_record_with_a_key_more_or_less_is_refused(export: bytes) -> None:
    one = record(export)
    for name in one:
        with pytest.raises(RowError):
            check_record({key: value for key, value in one.items() if key != name})
    with pytest.raises(RowError):
        check_record({**one, "ip_addr": "203.0.113.7"})


def test_a_play_needs_one_time_at_least() -> None:
    one = record(EXPORTS["spotify extended"])
    with pytest.raises(RowError) as refused:
        check_record({**one, "end": None})
    assert refused.value.reason is SkipReason.BAD_TIME
    assert check_record({**one, "end": None, "start": "2026-03-04T20:15:30Z"})


STRANGE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from(["", "\0", "\ud800", "x" * (TEXT_CHARS_MAX + 1), "2026-02-30T00:00:00Z", "CN", "track"]),
    st.sampled_from(
        [WHOLE_MAX, WHOLE_MAX + 1, -WHOLE_MAX - 1, "2026-02-28T00:00:00Z", "2026-02-28T24:00:00Z"]
    ),
    st.lists(st.text(max_size=3), max_size=25),
    st.dictionaries(st.text(max_size=3), st.none(), max_size=2),
)


@given(st.data())
def test_schema_and_checks_agree_on_any_value_of_any_field(data: st.DataObject) -> None:
    one = record(EXPORTS[data.draw(st.sampled_from(sorted(EXPORTS)))])
    name = data.draw(st.sampled_from(sorted(one)))
    changed = {**one, name: data.draw(STRANGE)}
    try:
        check_record(changed)
    except RowError:
        assert not VALID.is_valid(changed) or _past_the_schema(changed)
    else:
        assert VALID.is_valid(changed)


def _past_the_schema(value: Mapping[str, object]) -> bool:
    """What JSON Schema cannot say: no lone surrogates; 1.0 is not a whole number; a day has a calendar."""
    texts = json.dumps(value)
    whole_as_float = any(isinstance(part, float) for name, part in value.items() if name != "score")
    return "\\ud8" in texts or whole_as_float or "02-30T" in texts


def test_every_check_has_its_limit() -> None:
    for fields in FIELDS.values():
        for check in fields.values():
            with pytest.raises(RowError):
                check(object())
