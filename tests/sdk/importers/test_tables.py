"""Records gathered into the tables that become items."""

from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from planetvault.importers import (
    COLUMNS,
    Columns,
    Place,
    Play,
    Record,
    TableError,
    check_columns,
    check_record,
    group,
    merge,
    tables,
)

from tests.sdk.importers.exports import AMAZON, EXTENDED, GAME, as_csv, as_games, as_json, record, records

PLAY = cast("Play", record(as_json(EXTENDED)))
MINUTES = st.integers(0, 3)
NAMES = st.sampled_from(["Paper Lanterns", "Low Tide"])


def play(number: int, **changes: object) -> Play:
    told = {**PLAY, "id": f"spotify:{number:032x}", **changes}
    return cast("Play", check_record(told))


@st.composite
def plays(draw: st.DrawFn) -> list[Record]:
    """Plays of one month: some with one id, some to the minute, some differing in a column alone."""
    found: list[Record] = []
    for number in draw(st.lists(st.integers(0, 6), max_size=12)):
        exact = number % 3 > 0
        end = f"2026-03-04T20:1{number % 2}:{30 if exact else 0:02d}Z"
        found.append(
            play(
                number,
                end=end,
                precision="second" if exact else "minute",
                name=draw(NAMES),
                offline=draw(st.booleans()),
            )
        )
    return found


def table_of(records: list[Record]) -> Columns:
    return group(records).get(MARCH) or {name: [] for name in COLUMNS["music.play"]}


MARCH = Place("music.play", "2026-03")


def test_a_table_has_each_column_once_and_every_row_in_its_order() -> None:
    later, sooner = play(1, end="2026-03-09T00:00:00Z"), play(2, end="2026-03-01T00:00:00Z")
    table = table_of([later, sooner])
    assert list(table) == list(COLUMNS["music.play"])
    assert table["id"] == [sooner["id"], later["id"]]
    for name, values in table.items():
        assert values == [sooner[name], later[name]]  # type: ignore[literal-required]  # every column is a key


def test_items_are_months_in_utc_and_snapshots_are_days() -> None:
    midnight = (play(1, end="2026-03-31T23:59:59Z"), play(2, end="2026-04-01T00:00:00Z"))
    assert list(group(midnight)) == [Place("music.play", "2026-03"), Place("music.play", "2026-04")]
    assert list(group(records(as_csv(AMAZON)))) == [Place("commerce.order", "2026-02")]
    assert list(group(records(as_games(GAME)))) == [Place("game.session", "2027-03-14")]


def test_a_play_of_which_only_the_start_is_known_goes_by_it() -> None:
    (place,) = group([play(1, end=None, start="2026-05-01T00:00:00Z")])
    assert place.period == "2026-05"


def test_the_same_import_again_changes_nothing() -> None:
    table = table_of([play(1), play(2)])
    again = merge("music.play", table, table)
    assert again.unchanged
    assert (again.columns, again.added, again.updated) == (table, 0, 0)


def test_a_new_row_is_added_in_its_place() -> None:
    first = table_of([play(1, end="2026-03-02T00:00:00Z")])
    merged = merge("music.play", first, table_of([play(2, end="2026-03-01T00:00:00Z")]))
    assert not merged.unchanged
    assert (merged.added, merged.updated) == (1, 0)
    assert merged.columns["end"] == ["2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z"]


def test_a_row_that_changed_since_is_brought_up_to_date() -> None:
    before = group(records(as_csv(AMAZON)))
    after = group(records(as_csv({**AMAZON, "Order Status": "Cancelled"})))
    (place,) = before
    merged = merge(place.collection, before[place], after[place])
    assert (merged.added, merged.updated, merged.unchanged) == (0, 1, False)
    assert merged.columns["status"] == ["cancelled"]


def test_a_play_to_the_minute_gives_way_to_the_same_one_to_the_second() -> None:
    rough = play(1, end="2026-03-04T20:15:00Z", precision="minute")
    exact = play(2, end="2026-03-04T20:15:30Z")
    for first, second in ((rough, exact), (exact, rough)):
        merged = merge("music.play", table_of([first]), table_of([second]))
        assert merged.columns["id"] == [exact["id"]]
    assert merge("music.play", table_of([exact]), table_of([rough])).unchanged


@pytest.mark.parametrize("change", [{"name": "Low Tide"}, {"played_ms": 1}, {"end": "2026-03-04T20:16:00Z"}])
def test_a_play_to_the_minute_that_is_another_one_stays(change: dict[str, object]) -> None:
    rough = play(1, **{"end": "2026-03-04T20:15:00Z", "precision": "minute", **change})
    assert len(table_of([rough, play(2, end="2026-03-04T20:15:30Z")])["id"]) == 2


@given(plays(), plays())
def test_merging_is_idempotent(one: list[Record], other: list[Record]) -> None:
    merged = merge("music.play", table_of(one), table_of(other)).columns
    assert merge("music.play", merged, table_of(other)).unchanged
    assert merge("music.play", merged, merged).unchanged


@given(plays(), plays())
def test_merging_gives_the_same_ids_in_either_order(one: list[Record], other: list[Record]) -> None:
    for row in (*one, *other):  # the same id says the same name, else which one stays would matter
        row["name"] = "Low Tide"
    first = merge("music.play", table_of(one), table_of(other)).columns["id"]
    second = merge("music.play", table_of(other), table_of(one)).columns["id"]
    assert first == second


@given(plays(), plays())
def test_merging_is_the_same_as_importing_all_at_once(one: list[Record], other: list[Record]) -> None:
    together = table_of([*one, *other])
    for row in (*one, *other):
        row["name"] = "Low Tide"
    in_turn = merge("music.play", table_of(one), table_of(other)).columns
    assert set(in_turn["id"]) <= {row["id"] for row in (*one, *other)}
    assert in_turn["id"] == table_of([*one, *other])["id"]
    check_columns("music.play", together)


@given(plays(), plays())
def test_every_row_stays_whole(one: list[Record], other: list[Record]) -> None:
    table = merge("music.play", table_of(one), table_of(other)).columns
    rows = [dict(zip(table, values, strict=True)) for values in zip(*table.values(), strict=True)]
    given_rows = [{name: row[name] for name in table} for row in (*one, *other)]  # type: ignore[literal-required]  # every column is a key
    assert all(row in given_rows for row in rows)
    assert check_columns("music.play", table) == table
    assert table["end"] == sorted(cast("list[str]", table["end"]))


def test_columns_that_are_no_table_are_refused() -> None:
    table = table_of([play(1), play(2)])
    broken: list[dict[str, object]] = [
        {name: values for name, values in table.items() if name != "country"},
        {**table, "ip_addr": [None, None]},
        {**table, "country": ["CN"]},
        {**table, "country": ["CN", "China"]},
        {**table, "country": "CN"},
        {**table, "id": [PLAY["id"], PLAY["id"]]},
        {**table, "played_ms": [1, True]},
    ]
    for columns in broken:
        with pytest.raises(TableError):
            check_columns("music.play", columns)
        with pytest.raises(TableError):
            merge("music.play", table, cast("Columns", columns))


def test_a_table_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "TABLE_ROWS_MAX", 2)
    with pytest.raises(TableError, match="at most 2 rows"):
        group([play(1), play(2), play(3)])


def test_a_score_written_as_a_whole_number_by_another_program_changes_nothing() -> None:
    told = {"id": "a", "verb": {"id": "v"}, "actor": {}, "timestamp": "2026-03-04T20:15:30Z"}
    told |= {"object": {"id": "https://lms.example"}, "result": {"score": {"scaled": 1.0}}}
    ((place, table),) = group(records(as_json(told))).items()
    assert merge(place.collection, {**table, "score": [1]}, table).unchanged
