"""JD.com's bill."""

import pytest
from planetvault.importers import SkipReason

from tests.sdk.importers.exports import JD, as_bill, as_csv, record, records, skips, summary_of


def test_an_order_is_in_yuan_and_beijing_time() -> None:
    order = record(as_bill(JD))
    assert (order["at"], order["currency"], order["total_micros"]) == (
        "2026-02-28T04:00:00Z",
        "CNY",
        46_800_000,
    )
    assert (order["status"], order["seller"], order["category"]) == ("paid", "示例商户", "图书文娱")


@pytest.mark.parametrize(
    ("cell", "total", "refunded", "status"),
    [
        ("131.77(已退款89.84)", 131_770_000, 89_840_000, "partly-refunded"),
        ("131.77（已退款131.77）", 131_770_000, 131_770_000, "refunded"),  # noqa: RUF001  # as some bills have it
        ("468.32(已全额退款)", 468_320_000, 468_320_000, "refunded"),
        ("0.00", 0, 0, "paid"),
    ],
)
def test_a_refund_is_read_out_of_the_amount(cell: str, total: int, refunded: int, status: str) -> None:
    order = record(as_bill({**JD, "金额": cell}))
    assert (order["total_micros"], order["refunded_micros"], order["status"]) == (total, refunded, status)


def test_an_order_and_its_refund_add_up_to_what_was_spent() -> None:
    order = {**JD, "金额": "131.77(已退款89.84)"}
    refund = {**JD, "交易时间": "2026-02-28 13:00:00", "交易说明": "退款-河流地理入门", "金额": "89.84"}
    refund |= {"交易状态": "退款成功", "收/支": "不计收支"}
    both = [one for one in records(as_bill(order, refund)) if one["kind"] == "commerce.order"]
    assert [one["status"] for one in both] == ["partly-refunded", "refund"]
    assert sum(one["total_micros"] for one in both) == 41_930_000
    assert {one["name"] for one in both} == {"河流地理入门"}
    assert len({one["basket"] for one in both}) == 1


def test_an_order_keeps_its_id_when_it_is_refunded() -> None:
    assert record(as_bill(JD))["id"] == record(as_bill({**JD, "金额": "46.80(已全额退款)"}))["id"]


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("交易分类", "转账红包", SkipReason.ABOUT_A_PERSON),
        ("交易说明", "转账给某人", SkipReason.ABOUT_A_PERSON),
        ("交易说明", " ", SkipReason.NO_TITLE),
        ("交易订单号", "", SkipReason.NO_IDENTITY),
        ("交易时间", "昨天", SkipReason.BAD_TIME),
        ("金额", "12.00(已退款99.00)", SkipReason.BAD_MONEY),
        ("金额", "12.00(赠送)", SkipReason.BAD_MONEY),
        ("金额", "", SkipReason.BAD_MONEY),
    ],
)
def test_a_row_that_holds_no_order_is_skipped_with_its_reason(
    column: str, cell: str, reason: SkipReason
) -> None:
    assert skips(as_bill({**JD, column: cell})) == [reason]


def test_money_that_came_in_counts_below_zero() -> None:
    assert record(as_bill({**JD, "收/支": "收入\t"}))["total_micros"] == -46_800_000


@pytest.mark.parametrize(
    ("told", "status"), [("等待付款", "pending"), ("交易关闭", "cancelled"), ("新词", "other")]
)
def test_a_state_is_one_of_ours(told: str, status: str) -> None:
    assert record(as_bill({**JD, "交易状态": told}))["status"] == status


def test_a_bill_saved_by_a_chinese_spreadsheet_reads_the_same() -> None:
    assert records(as_bill(JD, encoding="gb18030")) == records(as_bill(JD))
    assert records(as_bill(JD, encoding="utf-16")) == records(as_bill(JD))


def test_the_preamble_is_no_row_and_the_account_name_in_it_is_named_as_left_out() -> None:
    summary = summary_of(as_bill(JD))
    assert summary.rows == 1
    assert summary.left_out == {"京东账号名": 1, "交易订单号": 1, "商家订单号": 1, "收/付款方式": 1}


def test_a_bill_without_a_preamble_is_read_too() -> None:
    assert records(as_csv(JD)) == records(as_bill(JD))


def test_blank_cells_past_the_last_column_are_forgiven_and_full_ones_are_not() -> None:
    text = as_bill(JD).rstrip().decode("utf-8-sig")
    assert records((text + ", \r\n").encode()) == records(as_bill(JD))
    assert skips((text + ",more\r\n").encode()) == [SkipReason.NOT_A_ROW]
