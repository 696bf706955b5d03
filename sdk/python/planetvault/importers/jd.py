"""JD.com's bill (京东账单): a CSV with 21 lines of preamble, one row for each payment.

Traps: a byte order mark, or GB18030 after a spreadsheet has saved it; cells
padded with tabs; times of Beijing (UTC+8) without a zone; the refund inside the
amount, ``131.77(已退款89.84)``; and one more row for the refund itself.

An order keeps its full amount and says what came back in ``refunded_micros``.
The refund's own row counts below zero, so all ``total_micros`` together are what
she really spent. Payment instruments and notes are left out, and rows of money
passing between people are skipped: the other one is no shop.
"""

import re
from collections.abc import Iterator
from datetime import timedelta, timezone
from io import BufferedReader

from planetvault.importers.cells import micros, text
from planetvault.importers.csv_rows import csv_rows
from planetvault.importers.errors import RowError, SkipReason
from planetvault.importers.format import Format, Row, leaving_out
from planetvault.importers.identity import Identity
from planetvault.importers.record import VERSION, Order
from planetvault.importers.times import Times

BEIJING = timezone(timedelta(hours=8))  # one zone and no summer time since 1991

_KEPT = ("交易时间", "商户名称", "交易说明", "金额", "交易状态", "收/支", "交易分类")
_DROPPED = ("收/付款方式", "交易订单号", "商家订单号", "备注")
_HEADER = frozenset((*_KEPT, *_DROPPED))
_HEADER_LINE = re.compile(r"^\ufeff?交易时间,商户名称,交易说明,金额,", re.MULTILINE)
_ACCOUNT_NAME = re.compile(r"^京东账号名[:\uff1a]\s*\S", re.MULTILINE)
_AMOUNT = re.compile(r"(?P<amount>[^()]*)(?:\((?:已退款(?P<part>[^()]*)|(?P<all>已全额退款))\))?")
_REFUND_TITLE = "退款-"
_BETWEEN_PEOPLE = ("转账", "红包")
_STATUS = {
    "交易成功": "paid",
    "支付成功": "paid",
    "已完成": "paid",
    "退款成功": "refund",
    "交易关闭": "cancelled",
    "已取消": "cancelled",
    "等待付款": "pending",
    "待付款": "pending",
    "处理中": "pending",
}


def _amounts(cell: str) -> tuple[int, int]:
    """(total, refunded) in micros of an amount cell."""
    match = _AMOUNT.fullmatch(cell.replace("\uff08", "(").replace("\uff09", ")").strip())
    if match is None:
        raise RowError(SkipReason.BAD_MONEY)
    total = micros(match["amount"])
    refunded = total if match["all"] else micros(match["part"]) if match["part"] is not None else 0
    if not 0 <= refunded <= max(total, 0):
        raise RowError(SkipReason.BAD_MONEY)
    return total, refunded


def _status(told: str | None, total: int, refunded: int) -> str:
    if refunded:
        return "refunded" if refunded == total else "partly-refunded"
    return _STATUS.get(told or "", "other")


def _record(row: Row, identity: Identity, times: Times) -> Order:
    title, category = text(row.get("交易说明")), text(row.get("交易分类"))
    if title is None:
        raise RowError(SkipReason.NO_TITLE)
    if any(sign in (category or "") or title.startswith(sign) for sign in _BETWEEN_PEOPLE):
        raise RowError(SkipReason.ABOUT_A_PERSON)
    number = text(row.get("交易订单号")) or ""
    at = times.iso(text(row.get("交易时间")), BEIJING)
    cell = text(row.get("金额")) or ""
    total, refunded = _amounts(cell)
    status = _status(text(row.get("交易状态")), total, refunded)
    if status == "refund" or text(row.get("收/支")) == "收入":
        total = -abs(total)
    return {
        "v": VERSION,
        "kind": "commerce.order",
        # Without the amount: its cell grows by the refund, while the row stays the same.
        "id": identity.record_id("bill", at, number, text(row.get("商家订单号")) or "", title),
        "name": title.removeprefix(_REFUND_TITLE) or title,
        "category": category,
        "quantity": None,
        "ref": None,
        "basket": identity.basket(number),
        "at": at,
        "precision": "second",
        "total_micros": total,
        "price_micros": None,
        "refunded_micros": refunded,
        "currency": "CNY",
        "status": status,
        "seller": text(row.get("商户名称")),
    }


def _is_header(names: list[str]) -> bool:
    return _HEADER.issubset(names)


def _rows(stream: BufferedReader, encoding: str) -> Iterator[tuple[int, object]]:
    return csv_rows(stream, encoding, _is_header)


def _left_out(row: Row) -> list[str]:
    return _named({name: cell.strip() if isinstance(cell, str) else cell for name, cell in row.items()})


_named = leaving_out(_HEADER, _KEPT)

BILL = Format(
    provider="jd",
    name="bill",
    title="JD.com bill",
    knows=lambda _name, head: _HEADER_LINE.search(head) is not None,
    rows=_rows,
    record=_record,
    left_out=_left_out,
    beside_rows=lambda head: ["京东账号名"] if _ACCOUNT_NAME.search(head) else [],
    encodings=("utf-8-sig", "gb18030", "utf-16"),
)
