"""Steam's games: the answer of ``IPlayerService/GetOwnedGames`` or ``GetRecentlyPlayedGames``.

Running totals, not events: minutes played in all and in the last two weeks, at
the moment of the answer. The answer does not say when it was given, so the
import's time is taken. Two snapshots show by their difference what was played.

Source: Steamworks documentation, "IPlayerService Interface".
"""

import re
from collections.abc import Iterator
from io import BufferedReader

from planetvault.importers.cells import text
from planetvault.importers.errors import RowError, SkipReason
from planetvault.importers.format import Format, Row, leaving_out
from planetvault.importers.identity import Identity
from planetvault.importers.json_rows import Frame, json_rows
from planetvault.importers.record import VERSION, WHOLE_MAX, Game
from planetvault.importers.times import Times

SECONDS_PER_MINUTE = 60

_GAMES = Frame(
    re.compile(
        r'\s*\{\s*"response"\s*:\s*\{\s*(?:"(?:game|total)_count"\s*:\s*\d{1,9}\s*,\s*)?"games"\s*:\s*\['
    ),
    re.compile(r'\s*(?:,\s*"(?:game|total)_count"\s*:\s*\d{1,9}\s*)?\}\s*\}\s*'),
)
_KEPT = ("appid", "name", "playtime_forever", "playtime_2weeks", "rtime_last_played")
_DROPPED = (
    "img_icon_url",
    "img_logo_url",
    "has_community_visible_stats",
    "has_leaderboards",
    "has_workshop",
    "has_market",
    "has_dlc",
    "content_descriptorids",
    "capsule_filename",
    "sort_as",
    "playtime_windows_forever",
    "playtime_mac_forever",
    "playtime_linux_forever",
    "playtime_deck_forever",
    "playtime_disconnected",
)


def _seconds(minutes: object) -> int:
    if type(minutes) is not int or not 0 <= minutes <= WHOLE_MAX:
        raise RowError(SkipReason.BAD_NUMBER)
    return minutes * SECONDS_PER_MINUTE


def _record(row: Row, identity: Identity, times: Times) -> Game:
    app, name = row.get("appid"), text(row.get("name"))
    if type(app) is not int or not 0 <= app <= WHOLE_MAX:
        raise RowError(SkipReason.NO_IDENTITY)
    if name is None:
        raise RowError(SkipReason.NO_TITLE)
    recent, last = row.get("playtime_2weeks"), row.get("rtime_last_played")
    return {
        "v": VERSION,
        "kind": "game.session",
        # One snapshot a day: a second one of the same day brings the first up to date.
        "id": identity.record_id("owned-games", f"{app:d}", times.imported_at[:10]),
        "name": name,
        "ref": f"steam:app:{app:d}",
        "played_total_s": _seconds(row.get("playtime_forever")),
        "played_recent_s": None if recent is None else _seconds(recent),
        "at": times.imported_at,
        "last_played": times.unix(last) if last else None,
    }


def _rows(stream: BufferedReader, encoding: str) -> Iterator[tuple[int, object]]:
    return json_rows(stream, encoding, _GAMES)


OWNED_GAMES = Format(
    provider="steam",
    name="owned-games",
    title="Steam owned games",
    knows=lambda _name, head: _GAMES.opening.match(head) is not None,
    rows=_rows,
    record=_record,
    left_out=leaving_out((*_KEPT, *_DROPPED), _KEPT),
)
