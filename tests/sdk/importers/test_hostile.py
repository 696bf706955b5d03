"""Bytes made to hurt: always a typed error or a counted skip, in bounded time and memory."""

import io
import json
import random
import struct
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planetvault.importers import (
    ExportDamaged,
    ExportError,
    ExportTooLarge,
    ImporterError,
    Kept,
    Skipped,
    SkipReason,
    archive,
    csv_rows,
    export,
    gather,
    json_rows,
    read_export,
    spotify,
)
from planetvault.importers.json_rows import ARRAY

from tests.sdk.importers.exports import (
    ACCOUNT,
    AMAZON,
    EXTENDED,
    GAME,
    JD,
    NOW,
    SECRET,
    STATEMENT,
    as_bill,
    as_csv,
    as_games,
    as_json,
    outcomes,
    skips,
    zipped,
)

GOOD = {
    "extended": as_json(EXTENDED, {**EXTENDED, "ts": "2026-03-05T00:00:00Z"}),
    "account": as_json(ACCOUNT, ACCOUNT),
    "amazon": as_csv(AMAZON, AMAZON),
    "jd": as_bill(JD, JD),
    "jd gb18030": as_bill(JD, JD, encoding="gb18030"),
    "xapi": as_json(STATEMENT, STATEMENT),
    "xapi lines": b"\n".join([json.dumps(STATEMENT).encode()] * 2),
    "xapi result": json.dumps({"statements": [STATEMENT], "more": ""}).encode(),
    "steam": as_games(GAME, GAME),
    "zip": zipped({"endsong_0.json": as_json(EXTENDED), "bill.csv": as_bill(JD)}),
}


# -- archives ------------------------------------------------------------------------


def test_a_zip_bomb_is_stopped_while_it_goes_off() -> None:
    bomb = zipped({"endsong_0.json": as_json(EXTENDED)[:-1] + b" " * (64 * 1024**2) + b"]"})
    assert len(bomb) < 1024**2
    with pytest.raises(ExportTooLarge, match="200 times"):
        outcomes(bomb)


def test_a_zip_that_lies_about_the_size_of_a_file_is_stopped_all_the_same() -> None:
    bomb = bytearray(zipped({"endsong_0.json": as_json(EXTENDED)[:-1] + b" " * (64 * 1024**2) + b"]"}))
    entry = bomb.rfind(b"PK\x01\x02")
    struct.pack_into("<L", bomb, entry + 24, 100)
    with pytest.raises(ExportError):
        outcomes(bytes(bomb))


def test_the_limit_counts_all_files_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "TOTAL_BYTES_MAX", 3_000)
    assert outcomes(zipped({"endsong_0.json": as_json(EXTENDED)}))
    with pytest.raises(ExportTooLarge, match="the export holds more"):
        outcomes(zipped({f"endsong_{n}.json": as_json(EXTENDED) for n in range(9)}))


def test_too_many_files_are_refused() -> None:
    crowd = zipped({f"{n}": b"" for n in range(archive.FILES_MAX + 1)})
    with pytest.raises(ExportTooLarge, match="files"):
        outcomes(crowd)


def test_a_list_of_files_that_is_a_bomb_itself_is_refused_before_it_is_read() -> None:
    names = (f"{n:0>300}" for n in range(archive.DIRECTORY_BYTES_MAX // 300))
    with pytest.raises(ExportTooLarge, match="list of files"):
        outcomes(zipped(dict.fromkeys(names, b""), zipfile.ZIP_STORED))


def test_a_list_of_files_whose_size_stands_in_zip64_is_measured_too() -> None:
    plain = zipped({"endsong_0.json": as_json(EXTENDED)})
    end = plain.rfind(b"PK\x05\x06")
    (directory_bytes, directory_at) = struct.unpack_from("<LL", plain, end + 12)
    for told, refused in ((directory_bytes, False), (10**12, True)):
        record = struct.pack("<4sQHHLLQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, told, directory_at)
        locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, end, 1)
        tail = bytearray(plain[end:])
        struct.pack_into("<L", tail, 12, 0xFFFFFFFF)
        big = plain[:end] + record + locator + bytes(tail)
        if refused:
            with pytest.raises(ExportTooLarge, match="list of files"):
                outcomes(big)
        else:
            assert len(outcomes(big)) == 1


def test_a_locked_zip_says_that_it_is_locked() -> None:
    locked = bytearray(zipped({"endsong_0.json": as_json(EXTENDED)}))
    for header, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.find(header) + at] |= 1
    with pytest.raises(ExportDamaged, match="password"):
        outcomes(bytes(locked))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_packed_as_no_provider_does_is_refused(method: int) -> None:
    with pytest.raises(ExportDamaged, match="no provider"):
        outcomes(zipped({"endsong_0.json": as_json(EXTENDED)}, method))


def test_a_wrong_checksum_is_noticed() -> None:
    stored = bytearray(zipped({"endsong_0.json": as_json(EXTENDED)}, zipfile.ZIP_STORED))
    stored[stored.find(b"Paper")] ^= 1
    with pytest.raises(ExportDamaged):
        outcomes(bytes(stored))


# -- JSON ----------------------------------------------------------------------------


def inside(text: str) -> bytes:
    """An extended history with ``text`` in place of a row's value."""
    return as_json({**EXTENDED, "shuffle": "HERE"}).replace(b'"HERE"', text.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("depth", [33, 500, 5_000, 100_000])
def test_a_deep_row_is_refused(depth: int) -> None:
    with pytest.raises(ExportTooLarge, match="deeper"):
        outcomes(inside("[" * depth + "]" * depth))
    with pytest.raises(ExportTooLarge, match="deeper"):
        outcomes(inside('{"a":' * depth + "1" + "}" * depth))


def test_a_wide_row_of_many_brackets_is_not_taken_for_a_deep_one() -> None:
    assert len(outcomes(inside("[" + ",".join(["[]"] * 500) + "]"))) == 1


def test_a_row_longer_than_the_limit_is_refused() -> None:
    with pytest.raises(ExportTooLarge, match="longer"):
        outcomes(inside('"' + "x" * json_rows.ROW_CHARS_MAX + '"'))
    with pytest.raises(ExportTooLarge, match="longer"):
        outcomes(inside('"' + "x" * (3 * json_rows.ROW_CHARS_MAX)))


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e999", "null", "-0", "1E-400"])
def test_a_number_that_is_none_is_no_length(value: str) -> None:
    export = as_json({**EXTENDED, "ms_played": "HERE"}).replace(b'"HERE"', value.encode())
    if value == "-0":
        assert isinstance(outcomes(export)[0], Kept)
    else:
        assert skips(export) == [SkipReason.BAD_NUMBER]


def test_a_number_of_a_million_digits_is_refused_at_once() -> None:
    with pytest.raises(ExportError):
        outcomes(inside("9" * 1_000_000))


@pytest.mark.parametrize("digits", [b"9", b"1.0", b"1e0"])
def test_a_number_without_an_end_between_rows_is_refused(digits: bytes) -> None:
    with pytest.raises(ExportTooLarge, match="longer"):
        outcomes(as_json(EXTENDED)[:-1] + b"," + digits + digits[-1:] * (4 * json_rows.ROW_CHARS_MAX) + b"]")


@pytest.mark.parametrize("text", [r'"\ud800"', r'"a\u0000b"', r'"\udc00\ud800"', r'"\u0007"'])
def test_characters_that_are_not_text_skip_their_row(text: str) -> None:
    export = as_json({**EXTENDED, "master_metadata_track_name": "HERE"}).replace(b'"HERE"', text.encode())
    assert skips(export) == [SkipReason.NOT_TEXT]


def test_lone_surrogates_in_what_makes_the_id_skip_their_row() -> None:
    export = as_json({**EXTENDED, "spotify_track_uri": "HERE"}).replace(b"HERE", rb"\ud800")
    assert skips(export) == [SkipReason.NOT_TEXT]


@pytest.mark.parametrize(
    "tail", [b"", b",", b"]]", b"] x", b"]\0", b"]" + b" " * 70_000, b"]" + b" " * 900_000 + b"x"]
)
def test_a_file_that_does_not_end_as_it_should_is_damaged(tail: bytes) -> None:
    with pytest.raises(ExportDamaged):
        outcomes(as_json(EXTENDED)[:-1] + tail)


def test_blanks_between_rows_may_go_on_for_long() -> None:
    assert len(outcomes(as_json(EXTENDED)[:-1] + b" " * 2_000_000 + b"]")) == 1


@pytest.mark.parametrize("name", [name for name in GOOD if name != "zip"])
def test_a_file_cut_anywhere_is_damaged_or_loses_no_row_unsaid(name: str) -> None:
    whole = GOOD[name]
    for end in range(0, len(whole), 7):
        _never_crashes(whole[:end])
    for end in range(len(whole) - 200, len(whole)):
        _never_crashes(whole[:end])


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp1252"])
@pytest.mark.parametrize("name", [name for name in GOOD if name not in ("zip", "jd gb18030")])
def test_another_encoding_is_read_right_or_refused(name: str, encoding: str) -> None:
    text = GOOD[name].decode("utf-8-sig")
    try:
        found = outcomes(text.replace("Paper", "Pâper").encode(encoding, "replace"))
    except ExportError:
        return
    names = {row.record["name"] for row in found if isinstance(row, Kept)}
    assert names <= {
        row.record["name"].replace("Paper", "Pâper") for row in outcomes(GOOD[name]) if isinstance(row, Kept)
    }


def test_an_amazon_file_saved_in_a_windows_code_page_is_damaged_not_garbled() -> None:
    with pytest.raises(ExportDamaged, match="encoding"):
        outcomes(as_csv({**AMAZON, "Product Name": "Crème brûlée"}, encoding="cp1252"))


@settings(max_examples=60)
@given(st.integers(1, 40), st.lists(st.integers(0, 10**6), min_size=2, max_size=4), st.booleans())
def test_rows_do_not_depend_on_how_the_file_is_cut_into_chunks(
    size: int, numbers: list[int], pretty: bool
) -> None:
    rows: list[object] = [
        EXTENDED,
        *numbers,
        {"a": 'b"],[{\\'},
        "é曲🌧",
        [[], {}],
        -12.5,
        1e-07,
        3e22,
        None,
        True,
        {},
    ]
    text = json.dumps(rows, ensure_ascii=pretty, indent=1 if pretty else None).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_rows, "CHUNK_BYTES", size)
        patch.setattr(json_rows, "FRAME_CHARS_MAX", 1)  # else all of it is read before the first row
        assert [row for _, row in json_rows.json_rows(io.BytesIO(text), "utf-8-sig", ARRAY)] == rows


@pytest.mark.parametrize("iri", ["a" * 900_000, "a" * 900_000 + "@", "a@" * 450_000, "a@b." * 225_000 + "@"])
def test_a_long_iri_takes_no_longer_for_looking_like_an_address(iri: str) -> None:
    (row,) = outcomes(as_json({**STATEMENT, "object": {"id": iri}}))
    assert isinstance(row, Skipped)


@pytest.mark.parametrize("name", ["master_metadata_track_name", "ts", "conn_country", "reason_end"])
def test_a_text_of_a_million_characters_in_any_field_is_survived(name: str) -> None:
    assert len(outcomes(as_json(EXTENDED, {**EXTENDED, name: "x" * 1_000_000}))) == 2


def test_what_is_remembered_of_platforms_is_small() -> None:
    assert isinstance(outcomes(as_json(EXTENDED, {**EXTENDED, "platform": "y" * 1_000_000}))[1], Kept)
    assert spotify._platform.cache_info().maxsize == 1024
    assert spotify._platform("y" * spotify.PLATFORM_CHARS) == "other"


# -- CSV -----------------------------------------------------------------------------


def test_an_open_quotation_mark_does_not_swallow_the_file() -> None:
    header = as_csv(AMAZON).splitlines(keepends=True)[0]
    with pytest.raises(ExportError):
        outcomes(header + b'"' + b"x,y\n" * csv_rows.ROW_CHARS_MAX)


def test_a_limit_on_a_row_is_none_on_all_rows_together() -> None:
    rows = csv_rows.ROW_CHARS_MAX // len(as_csv(AMAZON)) * 4
    assert len(outcomes(as_csv(*[AMAZON] * rows))) == rows


def test_a_line_without_an_end_is_refused() -> None:
    header = as_csv(AMAZON).splitlines(keepends=True)[0]
    with pytest.raises(ExportTooLarge, match="row is longer"):
        outcomes(header + b"x" * 10_000_000)


def test_many_cells_are_no_row_and_many_columns_no_header() -> None:
    header, row = as_csv(AMAZON).splitlines(keepends=True)
    assert skips(header + row.rstrip() + b",x" * 1_000 + b"\n") == [SkipReason.NOT_A_ROW]
    wide = header.rstrip() + b"".join(b",c%d" % n for n in range(csv_rows.COLUMNS_MAX)) + b"\n"
    with pytest.raises(ExportDamaged, match="columns"):
        outcomes(wide + row)


def test_two_columns_of_one_name_are_refused() -> None:
    header, row = as_csv(AMAZON).splitlines(keepends=True)
    with pytest.raises(ExportDamaged, match="columns"):
        outcomes(header.rstrip() + b",ASIN\n" + row)


def test_a_header_too_far_down_is_not_found() -> None:
    with pytest.raises(ExportDamaged, match="header"):
        outcomes(as_csv(JD, preamble="x\n" * csv_rows.PREAMBLE_ROWS_MAX))


def test_too_many_rows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "ROWS_MAX", 3)
    with pytest.raises(ExportTooLarge, match="rows"):
        outcomes(as_json(*[EXTENDED] * 4))


# -- anything ------------------------------------------------------------------------


def _never_crashes(content: bytes) -> None:
    """Read it all; whatever is wrong with it is a typed error or a counted skip."""
    try:
        reading = read_export(io.BytesIO(content), owner_secret=SECRET, imported_at=NOW)
        rows = list(reading)
    except ExportError:
        return
    except ImporterError as error:
        raise AssertionError("a row's error left the front door") from error
    summary = reading.summary
    assert summary.rows == len(rows) == summary.kept + sum(summary.skipped.values())
    assert all(isinstance(row, Kept | Skipped) for row in rows)
    json.dumps([row.record for row in rows if isinstance(row, Kept)], ensure_ascii=False).encode()


@given(st.sampled_from(sorted(GOOD)), st.randoms(use_true_random=False))
def test_flipped_removed_and_doubled_bytes_never_crash(name: str, dice: random.Random) -> None:
    content = bytearray(GOOD[name])
    for _ in range(dice.randint(1, 8)):
        at = dice.randrange(len(content))
        match dice.randrange(4):
            case 0:
                content[at] = dice.randrange(256)
            case 1:
                del content[at : at + dice.randrange(20)]
            case 2:
                content[at:at] = content[at : at + dice.randrange(50)]
            case _:
                content[at:at] = dice.choice(
                    [b"\0", b'"', b"\\", b"[", b"{", b"]", b"}", b"\xff", b"\r", b",", b"\\ud800"]
                )
        content = content or bytearray(b"x")
    _never_crashes(bytes(content))


@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"[", b'{"response":{"games":[', b"PK\x03\x04", b"PK\x05\x06", b"\xff\xfe"]),
)
def test_any_bytes_never_crash(content: bytes, start: bytes) -> None:
    _never_crashes(start + content)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
JSON_ROWS: list[tuple[dict[str, object], Callable[..., bytes]]] = [
    (EXTENDED, as_json),
    (ACCOUNT, as_json),
    (STATEMENT, as_json),
    (GAME, as_games),
]


@given(st.sampled_from(JSON_ROWS), st.data())
def test_any_value_in_any_place_of_a_json_row_is_kept_right_or_skipped(
    kind: tuple[dict[str, object], Callable[..., bytes]], data: st.DataObject
) -> None:
    row, wrap = kind
    changed = json.loads(json.dumps(row))
    for _ in range(data.draw(st.integers(1, 3))):
        place = changed
        while True:
            name = data.draw(st.sampled_from(sorted(place)))
            if not isinstance(place[name], dict) or not place[name] or data.draw(st.booleans()):
                break
            place = place[name]
        place[name] = data.draw(JSON)
    export = json.dumps([row, changed]) if wrap is as_json else wrap(row, changed).decode()
    _never_crashes(export.encode())


CELLS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.sampled_from(
    ["1e9", "9" * 40, "(已退款", "\0", '"']
)


@given(st.sampled_from([(AMAZON, as_csv), (JD, as_bill)]), st.data())
def test_any_text_in_any_cell_is_kept_right_or_skipped(
    kind: tuple[dict[str, str], Callable[..., bytes]], data: st.DataObject
) -> None:
    row, wrap = kind
    names = data.draw(st.lists(st.sampled_from(sorted(row)), min_size=1, max_size=3))
    _never_crashes(wrap(row, {**row, **{name: data.draw(CELLS) for name in names}}))


def test_hostile_rows_do_not_stop_the_good_ones_around_them() -> None:
    bad = {**EXTENDED, "ts": {}, "ms_played": []}
    gathered = gather(
        read_export(io.BytesIO(as_json(EXTENDED, bad, 7, EXTENDED)), owner_secret=SECRET, imported_at=NOW)
    )
    assert (gathered.summary.kept, gathered.summary.duplicates) == (2, 1)
    assert sum(gathered.summary.skipped.values()) == 2
