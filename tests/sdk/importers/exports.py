"""Small exports of every format, made in the test that needs them."""

import csv
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from planetvault.importers import ImportSummary, Kept, Record, Skipped, SkipReason, read_export

SECRET = bytes(range(32))
NOW = datetime(2027, 3, 14, 9, 26, 53, tzinfo=UTC)

Row = dict[str, object]

EXTENDED: Row = {
    "ts": "2026-03-04T20:15:30Z",
    "platform": "android",
    "ms_played": 201_000,
    "conn_country": "CN",
    "ip_addr": "203.0.113.7",
    "master_metadata_track_name": "Paper Lanterns",
    "master_metadata_album_artist_name": "The Tin Umbrellas",
    "master_metadata_album_album_name": "Low Tide Radio",
    "spotify_track_uri": "spotify:track:0000000000000000000001",
    "episode_name": None,
    "episode_show_name": None,
    "spotify_episode_uri": None,
    "reason_start": "trackdone",
    "reason_end": "trackdone",
    "shuffle": False,
    "skipped": False,
    "offline": False,
    "offline_timestamp": None,
    "incognito_mode": False,
}
NO_TRACK = {
    "master_metadata_track_name": None,
    "master_metadata_album_artist_name": None,
    "master_metadata_album_album_name": None,
    "spotify_track_uri": None,
}
ACCOUNT: Row = {
    "endTime": "2026-03-04 20:15",
    "artistName": "The Tin Umbrellas",
    "trackName": "Paper Lanterns",
    "msPlayed": 201_000,
}
AMAZON = {
    "Website": "Amazon.com",
    "Order ID": "111-0000000-0000001",
    "Order Date": "2026-02-04T20:39:52Z",
    "Purchase Order Number": "Not Applicable",
    "Currency": "USD",
    "Unit Price": "13.99",
    "Unit Price Tax": "0.50",
    "Shipping Charge": "0",
    "Total Discounts": "0",
    "Total Owed": "14.49",
    "Shipment Item Subtotal": "13.99",
    "Shipment Item Subtotal Tax": "0.50",
    "ASIN": "B000000001",
    "Product Condition": "New",
    "Quantity": "1",
    "Payment Instrument Type": "Visa - 0000",
    "Order Status": "Closed",
    "Shipment Status": "Shipped",
    "Ship Date": "2026-02-05T03:08:19.087Z",
    "Shipping Option": "standard",
    "Shipping Address": "1 Nowhere Lane",
    "Billing Address": "1 Nowhere Lane",
    "Carrier Name & Tracking Number": "Not Available",
    "Product Name": "USB-C cable, 2 m",
    "Gift Message": "Not Available",
    "Gift Sender Name": "Not Available",
    "Gift Recipient Contact Details": "Not Available",
    "Item Serial Number": "Not Available",
}
JD = {
    "交易时间": "2026-02-28 12:00:00\t",
    "商户名称": "示例商户",
    "交易说明": "河流地理入门",
    "金额": "46.80",
    "收/付款方式": "示例银行信用卡(0000)",
    "交易状态": "交易成功",
    "收/支": "支出",
    "交易分类": "图书文娱",
    "交易订单号": "JDX0001\t",
    "商家订单号": "9001\t",
    "备注": " ",
}
JD_PREAMBLE = "导出信息：\n京东账号名：jd_example\n\n"  # noqa: RUF001  # the bill's own punctuation
STATEMENT: Row = {
    "id": "0b2f0f4e-6c3e-4a38-9a5d-000000000001",
    "actor": {"account": {"homePage": "https://lms.example", "name": "user-7"}},
    "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
    "object": {"id": "https://lms.example/unit/1", "definition": {"name": {"en": "Unit 1"}}},
    "timestamp": "2026-03-04T20:15:30.123Z",
}
GAME: Row = {
    "appid": 620,
    "name": "Moss & Stone",
    "playtime_forever": 2_550,
    "rtime_last_played": 1_741_119_330,
}


def as_json(*rows: object) -> bytes:
    """A JSON array of rows."""
    return json.dumps(rows, ensure_ascii=False).encode()


def as_csv(*rows: Mapping[str, str], preamble: str = "", encoding: str = "utf-8-sig") -> bytes:
    """A CSV with the columns of its first row."""
    out = io.StringIO()
    table = csv.DictWriter(out, list(rows[0]))
    table.writeheader()
    table.writerows(rows)
    return (preamble + out.getvalue()).encode(encoding)


def as_bill(*rows: Mapping[str, str], encoding: str = "utf-8-sig") -> bytes:
    """A JD bill with its preamble."""
    return as_csv(*rows, preamble=JD_PREAMBLE, encoding=encoding)


def as_games(*games: object) -> bytes:
    """The answer of GetOwnedGames."""
    return json.dumps({"response": {"game_count": len(games), "games": games}}).encode()


def zipped(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP of the members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def outcomes(export: bytes) -> list[Kept | Skipped]:
    """What becomes of every row of an export."""
    return list(read_export(io.BytesIO(export), owner_secret=SECRET, imported_at=NOW))


def summary_of(export: bytes) -> ImportSummary:
    """The summary after reading it all."""
    reading = read_export(io.BytesIO(export), owner_secret=SECRET, imported_at=NOW)
    for _ in reading:
        pass
    return reading.summary


def records(export: bytes) -> list[Record]:
    """The records of an export of which no row may be skipped."""
    found = outcomes(export)
    assert all(isinstance(row, Kept) for row in found), found
    return [row.record for row in found if isinstance(row, Kept)]


def record(export: bytes) -> dict[str, object]:
    """The one record of an export, as plain JSON."""
    (one,) = records(export)
    return {**one}


def skips(export: bytes) -> Sequence[SkipReason]:
    """Why the rows of an export were skipped, none of which may be kept."""
    found = outcomes(export)
    assert all(isinstance(row, Skipped) for row in found), found
    return [row.reason for row in found if isinstance(row, Skipped)]
