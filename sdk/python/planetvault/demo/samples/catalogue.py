"""What the invented people listen to, buy, learn and play. No such artist, shop or course exists."""

# ruff: noqa: E501, RUF001  # a line here is a row of an export, with its own language's punctuation

from typing import NamedTuple


class Song(NamedTuple):
    """Something to listen to. ``album`` is the show of an episode and the book of a chapter."""

    name: str
    artist: str
    album: str
    length_ms: int
    media: str
    link: str


class Step(NamedTuple):
    """One statement about a course."""

    verb: str
    path: str
    name: str
    name_zh: str
    type: str
    result: dict[str, object] | None


def _songs(prefix: str, *told: tuple[str, str, str, int, str]) -> tuple[Song, ...]:
    kinds = {"track": "track", "episode": "episode", "audiobook": "show"}
    return tuple(
        Song(name, artist, album, seconds * 1000, media, f"spotify:{kinds[media]}:{prefix}{number:018d}")
        for number, (name, artist, album, seconds, media) in enumerate(told)
    )


LIN_MUSIC = _songs(
    "demo",
    ("纸船过河", "青石板乐队", "雨停在巷口", 214, "track"),
    ("巷口的灯", "青石板乐队", "雨停在巷口", 187, "track"),
    ("Paper Lanterns", "The Tin Umbrellas", "Low Tide Radio", 201, "track"),
    ("Low Tide", "The Tin Umbrellas", "Low Tide Radio", 243, "track"),
    ("Kaffee ohne Ende", "Möwe & Söhne", "Straße nach Süden", 176, "track"),
    ("🌧 interlude", "Quiet Appliances", "Household Noises, Vol. 2", 62, "track"),
    ("Nothing Rhymes With Orange (feat. 小满)", "Quiet Appliances", "Household Noises, Vol. 2", 229, "track"),
    ("二十四节气", "小满", "慢慢来", 258, "track"),
    ("慢慢来", "小满", "慢慢来", 239, "track"),
    ("第十二期：茶与时间", "", "茶馆闲谈（虚构）", 1_860, "episode"),
    ("Chapter 3: The Ferry", "", "An Invented Book of Ferries", 1_420, "audiobook"),
)

MAYA_MUSIC = _songs(
    "maya",
    ("Copper Kettle", "North Sea Gardeners", "Allotment Songs", 197, "track"),
    ("Rhubarb in March", "North Sea Gardeners", "Allotment Songs", 221, "track"),
    ("Late Tram", "Ada Fogg", "Terminus", 233, "track"),
    ("Terminus", "Ada Fogg", "Terminus", 305, "track"),
    ("Ça ira mieux demain", "Lune d’Étain", "Quai nº 9", 208, "track"),
    ('She Said "Maybe"', "The Comma, Splices", "Run-On", 164, "track"),
    ("Paper Lanterns", "The Tin Umbrellas", "Low Tide Radio", 201, "track"),
    ("Ep. 41: Why Moss", "", "An Invented Podcast About Moss", 2_410, "episode"),
)

_CARD, _LATER = "示例银行信用卡(0000)", "先享后付"

# time, shop, what, amount, paid with, state, in or out, category, order number
LIN_ORDERS: tuple[tuple[str, ...], ...] = (
    ("2026-09-21 20:14:05", "示例图书旗舰店", "河流地理入门 平装", "46.80", _CARD, "交易成功", "支出", "图书文娱", "JDS000012"),
    ("2026-09-03 12:40:11", "示例平台商户", "退款-羽毛球手胶 10条装", "39.00", _CARD, "退款成功", "不计收支", "网购", "JDS000011"),
    ("2026-09-01 22:05:32", "示例平台商户", "羽毛球手胶 10条装 等多件", "128.00(已退款39.00)", _CARD, "交易成功", "支出", "运动户外", "JDS000011"),
    ("2026-08-17 00:12:59", "示例生鲜", "红心蜜柚 2粒", "19.90", _LATER, "交易成功", "不计收支", "食品酒饮", "JDS000010"),
    ("2026-08-02 18:30:00", "示例物流", "寄件运费", "12.00", "钱包余额", "交易成功", "支出", "收发快递", "JDS000009"),
    ("2026-07-28 09:15:44", "一位朋友", "转账给一位朋友", "200.00", "钱包余额", "交易成功", "支出", "转账红包", "JDS000008"),
    ("2026-07-11 21:47:08", "示例数码店", "USB-C 数据线 2米", "29.90(已全额退款)", _CARD, "交易成功", "不计收支", "电脑办公", "JDS000007"),
    ("2026-06-18 00:00:41", "示例家居", "“慢慢来”马克杯 350ml", "59.00", _CARD, "交易成功", "支出", "家居日用", "JDS000006"),
    ("2026-06-01 07:59:59", "示例平台商户", "儿童雨衣 蓝色", "88.00", _CARD, "交易成功", "支出", "服饰内衣", "JDS000005"),
    ("2026-05-20 13:14:20", "示例花店", "向日葵 一束", "66.00", _CARD, "等待付款", "支出", "鲜花", "JDS000004"),
    ("2026-05-02 10:20:30", "示例茶庄", "龙井 明前 100g", "1268.00", _CARD, "交易成功", "支出", "食品酒饮", "JDS000003"),
    ("2026-04-15 16:45:10", "示例平台商户", "充电暖手宝", "35.60", _LATER, "交易关闭", "不计收支", "家用电器", "JDS000002"),
    ("2026-04-02 08:05:00", "示例文具", "方格笔记本 5本", "24.50", _CARD, "交易成功", "支出", "文具", "JDS000001"),
)  # fmt: skip


def _bought(
    order: str,
    time: str,
    price: str,
    asin: str,
    name: str,
    *,
    owed: str | None = None,
    quantity: int = 1,
    status: str = "Closed",
    discount: str = "0",
    gift: str = "Not Available,Not Available,Not Available",
) -> str:
    """One line of Amazon's file. The address and the gift's words are as invented as the rest."""
    number = f"026-0000000-{order:0>7}"
    address = '"Maya Sample, 1 Nowhere Lane, Leeds"'
    money = f"{price},0,0,{discount},{owed or price},{price},0"
    before = f"Amazon.co.uk,{number},{time},Not Applicable,GBP,{money},{asin},New"
    shipped = f"{quantity},Visa - 0000,{status},Shipped,{time},standard,{address},{address}"
    return f"{before},{shipped},Sample Carrier (TRACK0000),{name},{gift},Not Available"


MAYA_ORDERS: tuple[str, ...] = (
    _bought("12", "2026-09-24T19:20:01Z", "8.99", "B0SAMPLE12", '"Notebook, dotted, A5"'),
    _bought("11", "2026-09-09T07:45:12Z", "12.50", "B0SAMPLE11", "Moss seeds", owed="25.00", quantity=2),
    _bought("10", "2026-08-30T20:02:44Z", "34.00", "B0SAMPLE10", "Garden fork", owed="0", status="Cancelled"),
    _bought("9", "2026-08-12T11:11:11Z", '"1,299.00"', "B0SAMPLE09", "Workbench", owed='"1,274.61"', discount="'-24.39'"),
    _bought("8", "2026-07-19T09:08:07.250Z", "6.49", "B0SAMPLE08", '"12"" skillet lid"'),
    _bought("8", "2026-07-19T09:08:07.250Z", "18.00", "B0SAMPLE07", "Cast iron skillet"),
    _bought("6", "2026-06-25T21:30:00Z", "15.00", "B0SAMPLE06", "Ceramic mug – “Rhubarb”", gift="Happy birthday!,Maya,sample@example.org"),
    _bought("5", "2026-06-03T17:17:17Z", "3.20", "B0SAMPLE05", "Tram map postcard", owed="6.40", quantity=2),
    _bought("4", "2026-05-28T06:50:00Z", "22.00", "B0SAMPLE04", "Rain jacket"),
    _bought("3", "2026-05-01T12:00:00Z", "9.75", "B0SAMPLE03", "Loose leaf tea 250 g"),
    _bought("2", "2026-04-18T23:59:59Z", "41.00", "B0SAMPLE02", "Desk lamp", status="Authorized"),
    _bought("1", "2026-04-03T08:30:00Z", "7.00", "Not Available", "Gift wrapping"),
    _bought("13", "2026-04-01T10:00:00Z", "5.00", "B0SAMPLE13", "A row with a comma for a point", owed='"5,00"'),
)  # fmt: skip

_ADL, _TYPE = "http://adlnet.gov/expapi/verbs", "http://adlnet.gov/expapi/activities"

LIN_COURSE: tuple[Step, ...] = (
    Step(f"{_ADL}/registered", "", "Rivers of the World", "世界的河流", f"{_TYPE}/course", None),
    Step(f"{_ADL}/completed", "unit/1", "Unit 1: Springs", "第一单元：源头", f"{_TYPE}/module", {"completion": True, "duration": "PT42M10S"}),
    Step(f"{_ADL}/answered", "quiz/1", "Quiz 1", "测验一", f"{_TYPE}/assessment", {"success": True, "score": {"scaled": 0.8, "raw": 8, "min": 0, "max": 10}, "response": "B"}),
    Step(f"{_ADL}/completed", "unit/2", "Unit 2: Meanders", "第二单元：曲流", f"{_TYPE}/module", {"completion": True, "duration": "PT1H5M"}),
    Step(f"{_ADL}/answered", "quiz/2", "Quiz 2", "测验二", f"{_TYPE}/assessment", {"success": False, "score": {"scaled": 0.35}, "response": "A, D"}),
    Step(f"{_ADL}/answered", "quiz/2", "Quiz 2", "测验二", f"{_TYPE}/assessment", {"success": True, "score": {"scaled": 1}, "response": "A, C"}),
    Step(f"{_ADL}/experienced", "unit/3", "Unit 3: Deltas", "第三单元：三角洲", f"{_TYPE}/module", {"duration": "PT12M0.5S"}),
    Step(f"{_ADL}/passed", "", "Rivers of the World", "世界的河流", f"{_TYPE}/course", {"completion": True, "success": True, "score": {"scaled": 0.72}}),
)  # fmt: skip

MAYA_GAMES: list[dict[str, object]] = [
    {"appid": 9_900_001, "name": "Lighthouse Keeper's Ledger", "playtime_forever": 2_550, "playtime_2weeks": 95, "playtime_windows_forever": 2_500, "playtime_linux_forever": 50, "rtime_last_played": 1_790_500_000, "img_icon_url": "0000"},
    {"appid": 9_900_002, "name": "Moss & Stone", "playtime_forever": 610, "rtime_last_played": 1_785_000_000, "img_icon_url": "0001"},
    {"appid": 9_900_003, "name": "铁路时刻表", "playtime_forever": 0, "rtime_last_played": 0, "img_icon_url": "0002"},
    {"appid": 9_900_004, "playtime_forever": 12, "rtime_last_played": 1_777_000_000},
]  # fmt: skip
