"""Amazon's orders."""

import pytest
from planetvault.importers import SkipReason

from tests.sdk.importers.exports import AMAZON, as_csv, record, records, skips


def test_an_order_is_read_in_micros_of_its_currency() -> None:
    order = record(as_csv(AMAZON))
    assert (order["total_micros"], order["price_micros"], order["currency"]) == (
        14_490_000,
        13_990_000,
        "USD",
    )
    assert (order["quantity"], order["status"], order["seller"]) == (1, "paid", "Amazon.com")
    assert (order["name"], order["ref"]) == ("USB-C cable, 2 m", "asin:B000000001")


def test_thousands_apostrophes_and_quotes_are_read() -> None:
    told = {**AMAZON, "Total Owed": "1,430.71", "Unit Price": "'13.99'", "Product Name": '12" skillet'}
    order = record(as_csv(told))
    assert (order["total_micros"], order["price_micros"], order["name"]) == (
        1_430_710_000,
        13_990_000,
        '12" skillet',
    )


def test_not_available_is_nothing() -> None:
    told = {**AMAZON, "ASIN": "Not Available", "Quantity": "Not Applicable", "Unit Price": "Not Available"}
    order = record(as_csv(told))
    assert (order["ref"], order["quantity"], order["price_micros"]) == (None, None, None)


def test_things_of_one_order_share_a_basket_and_not_its_number() -> None:
    one, two, other = records(
        as_csv(AMAZON, {**AMAZON, "ASIN": "B2"}, {**AMAZON, "Order ID": "111-0000000-0000009"})
    )
    assert one["kind"] == two["kind"] == other["kind"] == "commerce.order"
    assert one["basket"] == two["basket"] != other["basket"]
    assert one["id"] != two["id"] != other["id"]


def test_an_order_keeps_its_id_while_its_state_changes() -> None:
    later = {**AMAZON, "Order Status": "Cancelled", "Ship Date": "Not Available", "Shipment Status": "Lost"}
    assert record(as_csv(later))["id"] == record(as_csv(AMAZON))["id"]
    assert record(as_csv(later))["status"] == "cancelled"


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("Product Name", "Not Available", SkipReason.NO_TITLE),
        ("Order Date", "04.02.2026", SkipReason.BAD_TIME),
        ("Order ID", "", SkipReason.NO_IDENTITY),
        ("Total Owed", "14,49", SkipReason.BAD_MONEY),
        ("Total Owed", "Not Available", SkipReason.BAD_MONEY),
        ("Currency", "Not Available", SkipReason.BAD_VALUE),
        ("Quantity", "two", SkipReason.BAD_NUMBER),
        ("Quantity", "1" * 10, SkipReason.BAD_NUMBER),
        ("Product Name", "a\0b", SkipReason.NOT_TEXT),
    ],
)
def test_a_row_that_holds_no_order_is_skipped_with_its_reason(
    column: str, cell: str, reason: SkipReason
) -> None:
    assert skips(as_csv({**AMAZON, column: cell})) == [reason]


def test_a_row_cut_short_is_no_row() -> None:
    whole = as_csv(AMAZON, AMAZON)
    assert skips(as_csv(AMAZON).splitlines(keepends=True)[0] + b"Amazon.com,111-0") == [SkipReason.NOT_A_ROW]
    assert len(records(whole)) == 2


def test_columns_that_came_later_are_no_trouble() -> None:
    assert record(as_csv({**AMAZON, "A New Column": "x"}))["id"] == record(as_csv(AMAZON))["id"]
    fewer = {name: cell for name, cell in AMAZON.items() if name not in ("Item Serial Number", "Website")}
    assert record(as_csv(fewer))["seller"] is None
