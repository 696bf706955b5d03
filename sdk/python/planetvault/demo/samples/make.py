"""Write the sample exports: the same bytes on every run, and nobody's data.

Lin lives in Shanghai, Maya in Leeds; neither exists, nor do their artists, shops
or courses. Addresses are from the ranges that RFC 5737 and RFC 3849 keep for
documentation, so that everybody can see them being left out. The files have the
traps of real ones: titles that are null, podcasts, a clock that was wrong, a
refund inside an amount, a preamble, a byte order mark.

    python -m planetvault.demo.samples.make [folder]
"""

# ruff: noqa: RUF001  # the bill's own punctuation

import json
import sys
import zipfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from random import Random
from typing import NamedTuple, TypeVar

from planetvault.demo.samples.catalogue import (
    LIN_COURSE,
    LIN_MUSIC,
    LIN_ORDERS,
    MAYA_GAMES,
    MAYA_MUSIC,
    MAYA_ORDERS,
    Song,
)

T = TypeVar("T")

FIRST_DAY = datetime(2026, 4, 1, tzinfo=UTC)
DAYS = 183
PLAYS_A_DAY = 2
ZIP_TIME = (2026, 10, 2, 9, 0, 0)

JD_PREAMBLE = """导出信息：
京东账号名：jd_sample_lin
申请时间：2026-10-01 09:30:00
日期区间：2026-04-01 至 2026-09-30
导出交易类型：全部
导出交易场景：全部

特别提示
1.本明细为虚构的示例数据，仅供演示使用；
2.部分退款的金额在金额栏内注明。

"""
JD_HEADER = "交易时间,商户名称,交易说明,金额,收/付款方式,交易状态,收/支,交易分类,交易订单号,商家订单号,备注"

AMAZON_HEADER = (
    "Website,Order ID,Order Date,Purchase Order Number,Currency,Unit Price,Unit Price Tax,"
    "Shipping Charge,Total Discounts,Total Owed,Shipment Item Subtotal,Shipment Item Subtotal Tax,"
    "ASIN,Product Condition,Quantity,Payment Instrument Type,Order Status,Shipment Status,Ship Date,"
    "Shipping Option,Shipping Address,Billing Address,Carrier Name & Tracking Number,Product Name,"
    "Gift Message,Gift Sender Name,Gift Recipient Contact Details,Item Serial Number"
)


class Listener(NamedTuple):
    """Who a history is made for: her songs, and what her service notes beside them."""

    seed: int
    songs: Sequence[Song]
    platforms: Sequence[str]
    country: str
    address: str


LIN = Listener(1, LIN_MUSIC, ("android", "ios", "web_player windows 10;chrome 138"), "CN", "203.0.113.7")
MAYA = Listener(
    2, MAYA_MUSIC, ("Android OS 10 API 29 (maker, model)", "OS X 14.1 [arm 2]", "cast"), "GB", "2001:db8::7"
)


def pick(dice: Random, choices: Sequence[T]) -> T:
    """One of ``choices``. Only ``random()`` promises the same numbers in every Python."""
    return choices[int(dice.random() * len(choices))]


def utc(moment: datetime) -> str:
    """A time as Spotify and xAPI write it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _moments(dice: Random) -> list[datetime]:
    """When plays end: more of them in the evening, none twice."""
    seconds = {
        int((day + 0.35 + 0.6 * dice.random()) * 86_400) for day in range(DAYS) for _ in range(PLAYS_A_DAY)
    }
    return [FIRST_DAY + timedelta(seconds=second) for second in sorted(seconds)]


def extended_history(listener: Listener) -> Iterator[dict[str, object]]:
    """Rows of Spotify's extended history."""
    dice = Random(listener.seed)  # noqa: S311  # a fixed sequence is the point
    for number, moment in enumerate(_moments(dice)):
        song = pick(dice, listener.songs)
        whole = dice.random() < 0.7  # noqa: PLR2004
        played = song.length_ms if whole else int(song.length_ms * dice.random())
        offline = dice.random() < 0.1  # noqa: PLR2004
        started = int(moment.timestamp()) - played // 1000
        yield {
            "ts": utc(moment),
            "platform": pick(dice, listener.platforms),
            "ms_played": played,
            "conn_country": "ZZ" if offline else listener.country,
            "ip_addr": listener.address,
            **_titles(song),
            "reason_start": "trackdone",
            "reason_end": "trackdone" if whole else pick(dice, ("fwdbtn", "endplay", "unexpected-exit")),
            "shuffle": number % 3 == 0,
            "skipped": None if number % 5 == 0 else not whole,
            "offline": offline,
            # Some versions of the app noted seconds, others milliseconds.
            "offline_timestamp": (started * (1000 if number % 2 else 1)) if offline else None,
            "incognito_mode": number % 40 == 7,  # noqa: PLR2004
        }


def _titles(song: Song) -> dict[str, object]:
    """The columns that name a track, an episode or a chapter; those of the other two are null."""
    track, episode, book = (song.media == media for media in ("track", "episode", "audiobook"))
    return {
        "master_metadata_track_name": song.name if track else None,
        "master_metadata_album_artist_name": song.artist if track else None,
        "master_metadata_album_album_name": song.album if track else None,
        "spotify_track_uri": song.link if track else None,
        "episode_name": song.name if episode else None,
        "episode_show_name": song.album if episode else None,
        "spotify_episode_uri": song.link if episode else None,
        "audiobook_title": song.album if book else None,
        "audiobook_uri": song.link if book else None,
        "audiobook_chapter_uri": None,
        "audiobook_chapter_title": song.name if book else None,
    }


def _traps(rows: Sequence[dict[str, object]]) -> list[dict[str, object]]:
    """What real histories have too: a play without a title, one by a wrong clock, one noted twice."""
    nameless = {**rows[10], **dict.fromkeys(_titles(LIN_MUSIC[0])), "ms_played": 0}
    wrong_clock = {**rows[20], "ts": "1970-01-01T00:03:20Z"}
    return [*rows[:30], nameless, wrong_clock, rows[5], *rows[30:]]


def lin_spotify() -> bytes:
    """A ZIP as Spotify sends it today. Stored, not packed: packing differs between versions of zlib."""
    rows = _traps(list(extended_history(LIN)))
    half = len(rows) // 2
    return zipped(
        {
            "Spotify Extended Streaming History/ReadMeFirst.txt": b"Invented sample data.\n",
            "Spotify Extended Streaming History/Streaming_History_Audio_2026_0.json": as_json(rows[:half]),
            "Spotify Extended Streaming History/Streaming_History_Audio_2026_1.json": as_json(rows[half:]),
        }
    )


def maya_endsong() -> bytes:
    """The layout of before 2023, with user name and address under their older names."""
    renamed = {"ip_addr": "ip_addr_decrypted"}
    rows = [{renamed.get(name, name): cell for name, cell in row.items()} for row in extended_history(MAYA)]
    return as_json([{"username": "sample-maya", **row, "user_agent_decrypted": "unknown"} for row in rows])


def maya_account_data() -> bytes:
    """The short history: the same plays of September, to the minute."""
    rows = [
        {
            "endTime": str(row["ts"])[:16].replace("T", " "),
            "artistName": row["master_metadata_album_artist_name"],
            "trackName": row["master_metadata_track_name"],
            "msPlayed": row["ms_played"],
        }
        for row in extended_history(MAYA)
        if str(row["ts"]).startswith("2026-09") and row["master_metadata_track_name"]
    ]
    return as_json(rows)


def lin_jd() -> bytes:
    """A JD bill: byte order mark, preamble, cells padded with tabs."""
    rows = [",".join((*cells[:8], f"{cells[8]}\t", "1000000000001\t", " ", "")) for cells in LIN_ORDERS]
    return ("\ufeff" + JD_PREAMBLE + "\n".join((JD_HEADER, *rows)) + "\n").encode()


def maya_amazon() -> bytes:
    """A ZIP as Amazon sends it: a CSV with byte order mark and CRLF, addresses and gifts included."""
    orders = ("\ufeff" + "\r\n".join((AMAZON_HEADER, *MAYA_ORDERS)) + "\r\n").encode()
    return zipped({"Retail.OrderHistory.1/Retail.OrderHistory.1.csv": orders})


def lin_xapi() -> bytes:
    """A course as xAPI statements, one a line: registered, seen, answered, completed."""
    return b"".join(json.dumps(statement, ensure_ascii=False).encode() + b"\n" for statement in _statements())


def _statements() -> Iterator[dict[str, object]]:
    actor = {"account": {"homePage": "https://lms.example", "name": "student-0042"}, "objectType": "Agent"}
    course = {
        "id": "https://lms.example/course/rivers",
        "definition": {"name": {"en": "Rivers of the World"}},
    }
    for number, step in enumerate(LIN_COURSE, start=1):
        moment = FIRST_DAY + timedelta(days=3 * number, hours=11, minutes=7 * number)
        statement: dict[str, object] = {
            "id": f"5f0c1a4e-0000-4000-8000-{number:012d}",
            "actor": actor,
            "verb": {"id": step.verb, "display": {"en": step.verb.rsplit("/", 1)[-1]}},
            "object": {
                "objectType": "Activity",
                "id": f"https://lms.example/course/rivers/{step.path}?session=sample",
                "definition": {"name": {"en": step.name, "zh-CN": step.name_zh}, "type": step.type},
            },
            "context": {"contextActivities": {"parent": [course]}},
            "timestamp": moment.strftime("%Y-%m-%dT%H:%M:%S.250Z"),
            "version": "1.0.3",
        }
        yield statement | ({"result": step.result} if step.result else {})


def maya_steam() -> bytes:
    """The answer of GetOwnedGames."""
    return as_json({"response": {"game_count": len(MAYA_GAMES), "games": MAYA_GAMES}})


def as_json(value: object) -> bytes:
    """JSON as exports have it, in UTF-8."""
    return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"


def zipped(members: dict[str, bytes]) -> bytes:
    """A ZIP with fixed times."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members.items():
            entry = zipfile.ZipInfo(name, ZIP_TIME)
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return out.getvalue()


SAMPLES = {
    "lin/my_spotify_data.zip": lin_spotify,
    "lin/jd-bill.csv": lin_jd,
    "lin/xapi-statements.jsonl": lin_xapi,
    "maya/endsong_0.json": maya_endsong,
    "maya/StreamingHistory_music_0.json": maya_account_data,
    "maya/Your Orders.zip": maya_amazon,
    "maya/GetOwnedGames.json": maya_steam,
}


def write(folder: Path) -> None:
    """Write every sample below ``folder``."""
    for name, make in SAMPLES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(make())


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
