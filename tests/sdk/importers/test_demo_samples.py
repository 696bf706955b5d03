"""The exports of two invented people: made anew byte for byte, read whole, and nobody's."""

import re
from pathlib import Path

import pytest
from planetvault.demo.samples import make
from planetvault.demo.samples.make import SAMPLES, write
from planetvault.importers import SkipReason, UnknownExport, gather, merge, read_export

from tests.sdk.importers.exports import NOW, SECRET

COMMITTED = Path(make.__file__).parent


def test_the_committed_samples_are_what_the_script_writes(tmp_path: Path) -> None:
    write(tmp_path)
    made = {path.relative_to(tmp_path).as_posix(): path.read_bytes() for path in tmp_path.rglob("*.*")}
    assert set(made) == set(SAMPLES)
    assert {name: (COMMITTED / name).read_bytes() for name in SAMPLES} == made


@pytest.mark.parametrize(
    ("name", "kept", "skipped", "duplicates"),
    [
        ("lin/my_spotify_data.zip", 367, {SkipReason.NO_TITLE: 1, SkipReason.EARLY_TIME: 1}, 1),
        ("lin/jd-bill.csv", 12, {SkipReason.ABOUT_A_PERSON: 1}, 0),
        ("lin/xapi-statements.jsonl", 8, {}, 0),
        ("maya/endsong_0.json", 366, {}, 0),
        ("maya/StreamingHistory_music_0.json", 54, {}, 0),
        ("maya/Your Orders.zip", 12, {SkipReason.BAD_MONEY: 1}, 0),
        ("maya/GetOwnedGames.json", 3, {SkipReason.NO_TITLE: 1}, 0),
    ],
)
def test_every_sample_is_read_and_its_traps_are_counted(
    name: str, kept: int, skipped: dict[SkipReason, int], duplicates: int
) -> None:
    summary = gather(read_export(COMMITTED / name, owner_secret=SECRET, imported_at=NOW)).summary
    assert (summary.kept, summary.skipped, summary.duplicates) == (kept, skipped, duplicates)


def test_the_long_and_the_short_history_of_maya_hold_each_play_once() -> None:
    names = ("maya/endsong_0.json", "maya/StreamingHistory_music_0.json")
    long, short = (
        gather(read_export(COMMITTED / name, owner_secret=SECRET, imported_at=NOW)).tables for name in names
    )
    assert set(short) < set(long)
    for place, table in short.items():
        assert merge(place.collection, long[place], table).unchanged


def test_every_address_is_from_a_range_kept_for_documentation() -> None:
    for name in SAMPLES:
        text = (COMMITTED / name).read_bytes().decode("utf-8", "replace")
        assert set(re.findall(r"\b\d+\.\d+\.\d+\.\d+\b", text)) <= {"203.0.113.7"}
        assert all(mail.endswith("@example.org") for mail in re.findall(r"[\w.]+@[\w.]+", text))


def test_the_scripts_themselves_are_no_export() -> None:
    with pytest.raises(UnknownExport):
        read_export(COMMITTED / "make.py", owner_secret=SECRET, imported_at=NOW)
