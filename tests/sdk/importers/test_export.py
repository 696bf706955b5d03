"""The front door."""

import io
import os
from pathlib import Path

import pytest
from planetvault.importers import ExportDamaged, Kept, Skipped, SkipReason, UnknownExport, gather, read_export

from tests.sdk.importers.exports import (
    ACCOUNT,
    AMAZON,
    EXTENDED,
    GAME,
    JD,
    NO_TRACK,
    NOW,
    SECRET,
    STATEMENT,
    as_bill,
    as_csv,
    as_games,
    as_json,
    outcomes,
    summary_of,
    zipped,
)

EVERYTHING = {
    "Spotify Extended Streaming History/Streaming_History_Audio_2026_0.json": as_json(EXTENDED),
    "Spotify Extended Streaming History/ReadMe.pdf": b"%PDF-1.7",
    "Spotify Account Data/Userdata.json": b'{"email": "someone@example.org"}',
    "Spotify Account Data/StreamingHistory_music_0.json": as_json({**ACCOUNT, "trackName": "Another"}),
    "Retail.OrderHistory.1/Retail.OrderHistory.1.csv": as_csv(AMAZON),
    "bill.csv": as_bill(JD),
    "statements.jsonl": as_json(STATEMENT),
    "games.json": as_games(GAME),
}


@pytest.mark.parametrize("name", ["games.json", "no-ending", "wrong.csv", "Streaming_History_Audio_1.json"])
def test_a_file_is_known_by_its_content_whatever_its_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(as_games(GAME))
    reading = read_export(tmp_path / name, owner_secret=SECRET, imported_at=NOW)
    assert reading.summary.formats == ("Steam owned games",)


def test_one_zip_may_hold_every_format_and_what_is_not_known_is_counted() -> None:
    summary = summary_of(zipped(EVERYTHING))
    assert len(summary.formats) == 6
    assert (summary.files, summary.files_ignored, summary.kept) == (6, 2, 6)


def test_a_folder_is_read_like_the_zip_it_came_from(tmp_path: Path) -> None:
    for name, content in EVERYTHING.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    folder = gather(read_export(str(tmp_path), owner_secret=SECRET, imported_at=NOW))
    packed = gather(read_export(io.BytesIO(zipped(EVERYTHING)), owner_secret=SECRET, imported_at=NOW))
    assert folder == packed


def test_links_and_pipes_in_a_folder_are_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "elsewhere.json"
    secret.write_bytes(as_json(EXTENDED))
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "link.json").symlink_to(secret)
    (folder / "up.json").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe.json")
    with pytest.raises(UnknownExport):
        read_export(folder, owner_secret=SECRET, imported_at=NOW)


def test_a_file_of_the_caller_stays_open_and_is_read_from_its_start() -> None:
    for export in (as_json(EXTENDED), zipped(EVERYTHING)):
        stream = io.BytesIO(export)
        stream.seek(5)
        assert list(read_export(stream, owner_secret=SECRET, imported_at=NOW))
        assert not stream.closed


def test_reading_twice_gives_the_same_and_counts_anew() -> None:
    reading = read_export(io.BytesIO(zipped(EVERYTHING)), owner_secret=SECRET, imported_at=NOW)
    first, figures = list(reading), reading.summary
    assert list(reading) == first
    assert reading.summary == figures


def test_rows_are_kept_or_skipped_and_the_figures_add_up() -> None:
    rows = (EXTENDED, {**EXTENDED, **NO_TRACK}, {**EXTENDED, "ts": "2025-12-31T23:59:59Z"}, "text", 5, None)
    export = as_json(*rows)
    found = outcomes(export)
    assert [type(row) for row in found] == [Kept, Skipped, Kept, Skipped, Skipped, Skipped]
    summary = summary_of(export)
    assert summary.rows == summary.kept + sum(summary.skipped.values()) == len(rows)
    assert summary.skipped == {SkipReason.NO_TITLE: 1, SkipReason.NOT_A_ROW: 3}
    assert (summary.first, summary.last) == ("2025-12-31T23:59:59Z", "2026-03-04T20:15:30Z")


def test_a_skipped_row_says_where_it_stood(tmp_path: Path) -> None:
    export = tmp_path / "a\u202e\x07name.json"
    export.write_bytes(as_json(EXTENDED, {**EXTENDED, **NO_TRACK}))
    skipped = [
        row for row in read_export(export, owner_secret=SECRET, imported_at=NOW) if isinstance(row, Skipped)
    ]
    assert [(row.where.file, row.where.row) for row in skipped] == [("a��name.json", 2)]
    assert skipped[0].reason == "has no title"


def test_rows_are_made_as_they_are_asked_for() -> None:
    broken_later = as_json(*[EXTENDED] * 2_000)[:-1]
    rows = iter(read_export(io.BytesIO(broken_later), owner_secret=SECRET, imported_at=NOW))
    assert isinstance(next(rows), Kept)
    with pytest.raises(ExportDamaged):
        list(rows)


def test_progress_grows_to_the_whole(tmp_path: Path) -> None:
    export = tmp_path / "endsong_0.json"
    export.write_bytes(as_json(*[EXTENDED] * 2_000))
    seen: list[tuple[int, int]] = []
    reading = read_export(
        export, owner_secret=SECRET, imported_at=NOW, progress=lambda done, total: seen.append((done, total))
    )
    assert seen == []
    assert len(list(reading)) == 2_000
    assert seen == sorted(seen)
    assert seen[-1] == (export.stat().st_size, export.stat().st_size)


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[]", b"\0" * 100, b"%PDF-1.7", b"a,b\n1,2\n", b"[1,2,3]", b'{"response":{}}', zipped({})],
)
def test_a_file_that_no_reader_knows_is_refused_and_told_what_could_be_read(content: bytes) -> None:
    with pytest.raises(UnknownExport, match=r"Spotify extended streaming history, .*xAPI statements"):
        read_export(io.BytesIO(content), owner_secret=SECRET, imported_at=NOW)


def test_a_path_that_leads_nowhere_or_to_a_device_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.json", Path("/dev/zero"), tmp_path):
        with pytest.raises(UnknownExport):
            read_export(path, owner_secret=SECRET, imported_at=NOW)


def test_wrong_arguments_are_named_before_anything_is_read(tmp_path: Path) -> None:
    export = io.BytesIO(as_json(EXTENDED))
    with pytest.raises(ValueError, match="32 bytes"):
        read_export(export, owner_secret=b"short", imported_at=NOW)
    with pytest.raises(ValueError, match="zone"):
        read_export(export, owner_secret=SECRET, imported_at=NOW.replace(tzinfo=None))
    with pytest.raises(UnknownExport):
        read_export(tmp_path / "missing", owner_secret=SECRET, imported_at=NOW)
