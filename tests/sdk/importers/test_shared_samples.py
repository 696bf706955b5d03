"""Exports from other projects' fixtures. They lie beside the repository; without them these tests skip."""

import pytest
from planetvault.importers import Kept, gather, read_export
from planetvault.importers.tables import Gathered

from tests.sdk.importers.exports import NOW, SECRET
from tests.sdk.importers.test_record import ROOT, VALID

SAMPLES = ROOT.parent / "shared" / "samples"
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="no shared samples beside the repository")


def read(name: str) -> Gathered:
    reading = read_export(SAMPLES / name, owner_secret=SECRET, imported_at=NOW)
    for row in reading:
        if isinstance(row, Kept):
            VALID.validate(row.record)
    return gather(reading)


@pytest.mark.parametrize(
    ("name", "kept", "skipped"),
    [
        ("music/listenbrainz/spotify_streaming_2023.json", 5, 0),
        ("constructed/music/spotify/Streaming_History_Audio_2025_1.json", 3, 1),
        ("constructed/music/spotify/StreamingHistory_music_0.json", 2, 0),
        ("commerce/double-entry-generator/example-jd-records.csv", 26, 0),
        ("constructed/commerce/amazon/Retail.OrderHistory.1.csv", 2, 0),
        ("constructed/education/xapi_statements.jsonl", 2, 0),
        ("constructed/games/steam/IPlayerService_GetOwnedGames.json", 2, 0),
    ],
)
def test_a_sample_is_read_whole(name: str, kept: int, skipped: int) -> None:
    summary = read(name).summary
    assert (summary.kept, sum(summary.skipped.values())) == (kept, skipped)


def test_ninety_statements_fit_and_those_said_twice_are_seen() -> None:
    summary = read("education/xapi_expected").summary
    assert (summary.files, summary.kept, summary.skipped) == (77, 90, {})
    assert summary.duplicates == 25


def test_a_real_bill_adds_up_to_what_its_preamble_says() -> None:
    (table,) = read("commerce/double-entry-generator/example-jd-records.csv").tables.values()
    text = (SAMPLES / "commerce/double-entry-generator/example-jd-records.csv").read_text("utf-8-sig")
    assert "支出：16笔(含4笔部分退款)，1648.43元" in text  # noqa: RUF001  # the bill's own punctuation
    assert table["status"].count("partly-refunded") == 4
    # What the bill calls spending: orders neither free of account nor refunded in full, less what came back.
    spent = [
        (total, refunded)
        for total, refunded, status, category in zip(
            *(table[name] for name in ("total_micros", "refunded_micros", "status", "category")), strict=True
        )
        if status in ("paid", "partly-refunded") and category != "先享后付"
    ]
    assert len(spent) == 16
    assert sum(total - refunded for total, refunded in spent) == 1_648_430_000


def test_all_samples_at_once_are_told_apart_and_the_rest_is_counted() -> None:
    summary = read("constructed").summary
    assert len(summary.formats) == summary.files == 5
    assert (summary.kept, summary.files_ignored) == (11, 9)
    assert summary.duplicates == 2  # the short history tells of two plays of the long one
