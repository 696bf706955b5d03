"""Spotify's plays."""

import pytest
from planetvault.importers import SkipReason, gather, read_export
from planetvault.importers.spotify import _platform

from tests.sdk.importers.exports import (
    ACCOUNT,
    EXTENDED,
    NO_TRACK,
    NOW,
    SECRET,
    Row,
    as_json,
    record,
    records,
    skips,
    summary_of,
    zipped,
)


def test_a_play_is_dated_by_its_end_and_its_start_is_not_made_up() -> None:
    play = record(as_json(EXTENDED))
    assert (play["start"], play["end"], play["precision"]) == (None, "2026-03-04T20:15:30Z", "second")
    assert play["played_ms"] == 201_000


def test_the_older_layout_gives_the_same_record() -> None:
    older = {"ip_addr_decrypted" if name == "ip_addr" else name: cell for name, cell in EXTENDED.items()}
    older |= {
        "username": "example",
        "user_agent_decrypted": "unknown",
        "platform": "Android OS 10 (maker, model)",
    }
    assert records(as_json(older)) == records(as_json(EXTENDED))


def test_a_podcast_has_its_show_and_no_artist() -> None:
    play = record(as_json({**EXTENDED, **NO_TRACK, "episode_name": "Moss", "episode_show_name": "A Podcast"}))
    assert (play["media"], play["name"], play["by"], play["in"]) == ("episode", "Moss", [], "A Podcast")


def test_an_audiobook_has_its_chapter_or_else_its_own_name() -> None:
    book = {**EXTENDED, **NO_TRACK, "audiobook_title": "A Book", "audiobook_uri": "spotify:show:1"}
    assert record(as_json(book))["name"] == "A Book"
    chapter = record(as_json({**book, "audiobook_chapter_title": "Chapter 3"}))
    assert (chapter["media"], chapter["name"], chapter["in"]) == ("audiobook", "Chapter 3", "A Book")


@pytest.mark.parametrize(
    ("told", "country"), [("CN", "CN"), ("ZZ", None), ("", None), (None, None), ("cn", None)]
)
def test_a_country_is_a_code_or_unknown(told: str | None, country: str | None) -> None:
    assert record(as_json({**EXTENDED, "conn_country": told}))["country"] == country


@pytest.mark.parametrize(
    ("reason", "completed"),
    [("trackdone", True), ("fwdbtn", False), ("unknown", False), ("", None), (None, None)],
)
def test_a_play_is_complete_only_when_the_track_was_done(reason: str | None, completed: bool | None) -> None:
    assert record(as_json({**EXTENDED, "reason_end": reason}))["completed"] is completed


@pytest.mark.parametrize(
    ("told", "platform"),
    [
        ("Android OS 4.2.2 API 17 (maker, model)", "android"),
        ("iOS 13.4 (iPhone11,8)", "ios"),
        ("OS X 11.2.3 [arm 2]", "macos"),
        ("Windows 10 (10.0.19042; x64)", "windows"),
        ("web_player windows 10;chrome 91.0", "web"),
        ("Partner google cast_audio;Chromecast", "cast"),
        ("Partner sonos_ppc Sonos", "cast"),
        ("Partner ps4 playstation", "console"),
        ("Partner android_tv maker;model", "tv"),
        ("Linux [x86-64 0]", "linux"),
        ("something new", "other"),
        ("not_applicable", None),
        ("", None),
    ],
)
def test_a_platform_is_a_family_without_version_and_model(told: str, platform: str | None) -> None:
    assert _platform(told) == platform
    assert record(as_json({**EXTENDED, "platform": told}))["platform"] == platform


def test_platform_and_address_do_not_change_the_id_of_a_play() -> None:
    again = {**EXTENDED, "platform": "ios", "ip_addr": "2001:db8::1", "conn_country": "ZZ"}
    assert record(as_json(again))["id"] == record(as_json(EXTENDED))["id"]


@pytest.mark.parametrize(
    "change", [{"ts": "2026-03-04T20:15:31Z"}, {"ms_played": 1}, {"spotify_track_uri": "x"}]
)
def test_another_time_length_or_track_is_another_play(change: Row) -> None:
    assert record(as_json({**EXTENDED, **change}))["id"] != record(as_json(EXTENDED))["id"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (NO_TRACK, SkipReason.NO_TITLE),
        ({"master_metadata_track_name": "  "}, SkipReason.NO_TITLE),
        ({"master_metadata_track_name": 7}, SkipReason.BAD_VALUE),
        ({"master_metadata_track_name": "a\0b"}, SkipReason.NOT_TEXT),
        ({"master_metadata_track_name": "x" * 2_001}, SkipReason.TOO_LONG),
        ({"ts": None}, SkipReason.BAD_TIME),
        ({"ts": "1970-01-01T00:00:00Z"}, SkipReason.EARLY_TIME),
        ({"ts": "2199-01-01T00:00:00Z"}, SkipReason.FUTURE_TIME),
        ({"ms_played": None}, SkipReason.BAD_NUMBER),
        ({"ms_played": -1}, SkipReason.BAD_NUMBER),
        ({"ms_played": True}, SkipReason.BAD_NUMBER),
        ({"ms_played": 2**53}, SkipReason.BAD_NUMBER),
        ({"ms_played": 1.5}, SkipReason.BAD_NUMBER),
        ({"offline": "yes"}, SkipReason.BAD_VALUE),
    ],
)
def test_a_row_that_holds_no_play_is_skipped_with_its_reason(change: Row, reason: SkipReason) -> None:
    assert skips(as_json({**EXTENDED, **change})) == [reason]


def test_the_short_history_is_to_the_minute() -> None:
    play = record(as_json(ACCOUNT))
    assert (play["end"], play["precision"], play["by"]) == (
        "2026-03-04T20:15:00Z",
        "minute",
        ["The Tin Umbrellas"],
    )


def test_the_short_history_of_podcasts_has_shows() -> None:
    told = {"endTime": "2026-03-04 20:15", "podcastName": "A Podcast", "episodeName": "Moss", "msPlayed": 5}
    play = record(as_json(told))
    assert (play["media"], play["name"], play["in"], play["by"]) == ("episode", "Moss", "A Podcast", [])


def test_a_row_of_the_short_history_without_title_or_length_is_skipped() -> None:
    rows = ({**ACCOUNT, "trackName": ""}, {**ACCOUNT, "msPlayed": "1"})
    assert skips(as_json(*rows)) == [SkipReason.NO_TITLE, SkipReason.BAD_NUMBER]


def test_both_histories_together_hold_each_play_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    export = tmp_path_factory.mktemp("both") / "both.zip"
    other = {**EXTENDED, "ts": "2026-03-04T21:00:00Z"}
    members = {"StreamingHistory_music_0.json": as_json(ACCOUNT), "endsong_0.json": as_json(EXTENDED, other)}
    export.write_bytes(zipped(members))
    gathered = gather(read_export(export, owner_secret=SECRET, imported_at=NOW))
    (table,) = gathered.tables.values()
    assert table["precision"] == ["second", "second"]
    assert (gathered.summary.kept, gathered.summary.duplicates) == (3, 1)


def test_an_empty_list_is_known_by_its_file_name(tmp_path_factory: pytest.TempPathFactory) -> None:
    export = tmp_path_factory.mktemp("empty") / "StreamingHistory_podcast_0.json"
    export.write_bytes(b"[ ]\n")
    reading = read_export(export, owner_secret=SECRET, imported_at=NOW)
    assert list(reading) == []
    assert reading.summary.rows == 0


def test_skipped_fields_are_named_and_strange_ones_only_counted() -> None:
    told = summary_of(as_json({**EXTENDED, "someone@example.org": 1}, EXTENDED)).left_out
    assert told == {
        "ip_addr": 2,
        "reason_start": 2,
        "shuffle": 2,
        "skipped": 2,
        "fields unknown to this reader": 1,
    }
