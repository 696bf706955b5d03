"""Spotify's plays: the extended history, and the short one of the account data.

The extended history comes as ``Streaming_History_Audio_<years>_<n>.json``, before
2023 as ``endsong_<n>.json`` with a few fields named otherwise. Each row is one
stream; ``ts`` is when it *ended*, in UTC; ``master_metadata_…`` are null for
podcasts and audiobooks. Nothing states when a stream began: subtracting
``ms_played`` would be wrong for every pause, so ``start`` stays null.

The account data (``StreamingHistory_music_<n>.json``, older ``StreamingHistory<n>.json``)
has the last year, to the minute, with no album and no link to the track.

Source: Spotify, "Understanding my data", and the ReadMe inside the extended history.
"""

import re
from collections.abc import Iterator
from functools import lru_cache, partial
from io import BufferedReader

from planetvault.importers.cells import text, yes_no
from planetvault.importers.errors import RowError, SkipReason
from planetvault.importers.format import Format, Row, leaving_out
from planetvault.importers.identity import Identity
from planetvault.importers.json_rows import ARRAY, json_rows
from planetvault.importers.record import VERSION, Play
from planetvault.importers.times import Times

_EXTENDED_KEPT = (
    "ts",
    "platform",
    "ms_played",
    "conn_country",
    "master_metadata_track_name",
    "master_metadata_album_artist_name",
    "master_metadata_album_album_name",
    "spotify_track_uri",
    "episode_name",
    "episode_show_name",
    "spotify_episode_uri",
    "audiobook_title",
    "audiobook_uri",
    "audiobook_chapter_uri",
    "audiobook_chapter_title",
    "reason_end",
    "offline",
    "incognito_mode",
)
_EXTENDED_DROPPED = (
    "ip_addr",
    "ip_addr_decrypted",
    "username",
    "user_agent_decrypted",
    "city",
    "region",
    "metro_code",
    "latitude",
    "longitude",
    "reason_start",
    "shuffle",
    "skipped",
    "offline_timestamp",
)
_ACCOUNT_KEPT = ("endTime", "artistName", "trackName", "podcastName", "episodeName", "msPlayed")

_EXTENDED_FILE = re.compile(r"(?:.*/)?(?:Streaming_History_(?:Audio|Video)_.*|endsong_\d+)\.json", re.ASCII)
_ACCOUNT_FILE = re.compile(r"(?:.*/)?StreamingHistory(?:_music_|_podcast_)?\d+\.json", re.ASCII)
_COUNTRY = re.compile(r"[A-Z]{2}")
_NOWHERE = "ZZ"  # what Spotify writes for a country it did not know

PLATFORM_CHARS = 200  # is enough to tell, and what is remembered of a hostile file

# The first word that is found says what it played on. Versions, models and makers are left out:
# "Android OS 10 API 29 (maker, model)" points at one person far better than "android" does.
_PLATFORM_WORDS = (
    ("web", ("web_player", "webplayer", "web player")),
    ("cast", ("cast", "sonos", "speaker", "alexa", "echo", "homepod", "bose", "denon")),
    ("console", ("playstation", "ps3", "ps4", "ps5", "xbox")),
    ("tv", ("tv", "roku", "fire_", "samsung_tizen", "lg_webos", "webos")),
    ("car", ("car ", "carplay", "automotive", "tesla", "car_thing")),
    ("android", ("android",)),
    ("ios", ("ios", "iphone", "ipad", "watchos")),
    ("windows", ("windows",)),
    ("macos", ("os x", "osx", "macos")),
    ("linux", ("linux",)),
)


@lru_cache(maxsize=1024)
def _platform(told: str) -> str | None:
    words = told.strip().lower()
    if not words or words == "not_applicable":
        return None
    return next((kind for kind, signs in _PLATFORM_WORDS if any(sign in words for sign in signs)), "other")


def _country(cell: object) -> str | None:
    told = text(cell)
    return told if told and told != _NOWHERE and _COUNTRY.fullmatch(told) else None


def _title(row: Row) -> tuple[str, str, list[str], str | None, object]:
    """(media, name, by, in, ref) of the track, episode or chapter that the row names."""
    if name := text(row.get("master_metadata_track_name")):
        artist = text(row.get("master_metadata_album_artist_name"))
        album = text(row.get("master_metadata_album_album_name"))
        return "track", name, [artist] if artist else [], album, row.get("spotify_track_uri")
    if name := text(row.get("episode_name")):
        return "episode", name, [], text(row.get("episode_show_name")), row.get("spotify_episode_uri")
    book = text(row.get("audiobook_title"))
    if name := text(row.get("audiobook_chapter_title")) or book:
        return "audiobook", name, [], book, row.get("audiobook_chapter_uri") or row.get("audiobook_uri")
    raise RowError(SkipReason.NO_TITLE)


def _extended(row: Row, identity: Identity, times: Times) -> Play:
    media, name, by, album, link = _title(row)
    ref = text(link)
    end = times.iso(row.get("ts"))
    played_ms = row.get("ms_played")
    if type(played_ms) is not int:
        raise RowError(SkipReason.BAD_NUMBER)
    reason_end = text(row.get("reason_end"))
    return {
        "v": VERSION,
        "kind": "music.play",
        # Without the platform: its wording changed between exports of the same play.
        "id": identity.record_id("extended", end, ref or name, f"{played_ms:d}"),
        "name": name,
        "by": by,
        "in": album,
        "media": media,
        "ref": ref,
        "played_ms": played_ms,
        "start": None,
        "end": end,
        "precision": "second",
        "completed": None if reason_end is None else reason_end == "trackdone",
        "platform": _platform((text(row.get("platform")) or "")[:PLATFORM_CHARS]),
        "offline": yes_no(row.get("offline")),
        "private": yes_no(row.get("incognito_mode")),
        "country": _country(row.get("conn_country")),
    }


def _account(row: Row, identity: Identity, times: Times) -> Play:
    episode = text(row.get("episodeName"))
    name = text(row.get("trackName")) or episode
    if name is None:
        raise RowError(SkipReason.NO_TITLE)
    artist = text(row.get("artistName"))
    end = times.iso(row.get("endTime"))
    played_ms = row.get("msPlayed")
    if type(played_ms) is not int:
        raise RowError(SkipReason.BAD_NUMBER)
    show = text(row.get("podcastName"))
    return {
        "v": VERSION,
        "kind": "music.play",
        "id": identity.record_id("account", end, artist or show or "", name, f"{played_ms:d}"),
        "name": name,
        "by": [artist] if artist else [],
        "in": show,
        "media": "episode" if episode else "track",
        "ref": None,
        "played_ms": played_ms,
        "start": None,
        "end": end,
        "precision": "minute",
        "completed": None,
        "platform": None,
        "offline": None,
        "private": None,
        "country": None,
    }


def _has(head: str, *names: str) -> bool:
    return head.lstrip().startswith("[") and all(f'"{name}"' in head for name in names)


def _rows(stream: BufferedReader, encoding: str) -> Iterator[tuple[int, object]]:
    return json_rows(stream, encoding, ARRAY)


def _knows(pattern: re.Pattern[str], names: tuple[str, ...], file_name: str, head: str) -> bool:
    """By its fields; by its name only when it is an empty list, which has none."""
    return _has(head, *names) or (
        pattern.fullmatch(file_name) is not None and head.split() in (["[]"], ["[", "]"])
    )


EXTENDED = Format(
    provider="spotify",
    name="extended",
    title="Spotify extended streaming history",
    knows=partial(_knows, _EXTENDED_FILE, ("ts", "ms_played")),
    rows=_rows,
    record=_extended,
    left_out=leaving_out((*_EXTENDED_KEPT, *_EXTENDED_DROPPED), _EXTENDED_KEPT),
)
ACCOUNT = Format(
    provider="spotify",
    name="account",
    title="Spotify account data",
    knows=partial(_knows, _ACCOUNT_FILE, ("endTime", "msPlayed")),
    rows=_rows,
    record=_account,
    left_out=leaving_out(_ACCOUNT_KEPT, _ACCOUNT_KEPT),
)
