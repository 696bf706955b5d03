"""Steam's games."""

import json

import pytest
from planetvault.importers import SkipReason
from planetvault.importers.identity import Identity

from tests.sdk.importers.exports import GAME, NOW, SECRET, Row, as_games, record, records, skips


def test_minutes_become_seconds_and_the_snapshot_has_the_time_of_import() -> None:
    game = record(as_games({**GAME, "playtime_2weeks": 95}))
    assert (game["played_total_s"], game["played_recent_s"]) == (153_000, 5_700)
    assert (game["at"], game["last_played"]) == ("2027-03-14T09:26:53Z", "2025-03-04T20:15:30Z")
    assert game["id"] == Identity(SECRET, "steam").record_id("owned-games", "620", NOW.date().isoformat())


@pytest.mark.parametrize("last", [0, None])
def test_a_game_never_played_was_last_played_never(last: int | None) -> None:
    game = record(as_games({**GAME, "playtime_forever": 0, "rtime_last_played": last}))
    assert (game["last_played"], game["played_total_s"]) == (None, 0)


@pytest.mark.parametrize(
    "export",
    [
        json.dumps({"response": {"games": [GAME], "game_count": 1}}),
        json.dumps({"response": {"total_count": 1, "games": [GAME]}}, indent=2),
        json.dumps({"response": {"games": [GAME]}}) + "\n",
    ],
)
def test_every_order_of_the_answer_is_read(export: str) -> None:
    assert records(export.encode()) == records(as_games(GAME))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"name": None}, SkipReason.NO_TITLE),
        ({"appid": None}, SkipReason.NO_IDENTITY),
        ({"appid": "620"}, SkipReason.NO_IDENTITY),
        ({"appid": -1}, SkipReason.NO_IDENTITY),
        ({"playtime_forever": None}, SkipReason.BAD_NUMBER),
        ({"playtime_forever": 2**53}, SkipReason.BAD_NUMBER),
        ({"playtime_forever": 2**53 - 1}, SkipReason.BAD_NUMBER),
        ({"playtime_2weeks": 1.5}, SkipReason.BAD_NUMBER),
        ({"rtime_last_played": 10**15}, SkipReason.BAD_TIME),
        ({"rtime_last_played": 86_400}, SkipReason.EARLY_TIME),
        ({"rtime_last_played": 4_000_000_000}, SkipReason.FUTURE_TIME),
    ],
)
def test_a_game_that_cannot_be_read_is_skipped_with_its_reason(change: Row, reason: SkipReason) -> None:
    assert skips(as_games({**GAME, **change})) == [reason]
