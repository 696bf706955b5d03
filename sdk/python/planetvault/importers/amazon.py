"""Amazon's "Your Orders": ``Retail.OrderHistory.1.csv``, one row for each thing bought.

A byte order mark, 27 or 28 columns, thousands in commas, negative amounts in
apostrophes, and "Not Available" for nothing. A row has the amount owed for that
thing alone. Addresses, payment, gift and serial-number columns are left out.

An order number would let a partner look her up at the shop. Its rows share a
keyed ``basket`` instead.
"""

from collections.abc import Iterator
from io import BufferedReader

from planetvault.importers.cells import micros, text
from planetvault.importers.csv_rows import csv_rows
from planetvault.importers.errors import RowError, SkipReason
from planetvault.importers.format import Format, Row, leaving_out
from planetvault.importers.identity import Identity
from planetvault.importers.record import VERSION, Order
from planetvault.importers.times import Times

_KEPT = (
    "Website",
    "Order Date",
    "Currency",
    "Unit Price",
    "Total Owed",
    "ASIN",
    "Quantity",
    "Order Status",
    "Product Name",
)
_DROPPED = (
    "Order ID",
    "Purchase Order Number",
    "Unit Price Tax",
    "Shipping Charge",
    "Total Discounts",
    "Shipment Item Subtotal",
    "Shipment Item Subtotal Tax",
    "Product Condition",
    "Payment Instrument Type",
    "Shipment Status",
    "Ship Date",
    "Shipping Option",
    "Shipping Address",
    "Billing Address",
    "Carrier Name & Tracking Number",
    "Gift Message",
    "Gift Sender Name",
    "Gift Recipient Contact Details",
    "Item Serial Number",
)
_NEEDED = frozenset(("Order ID", "Order Date", "Currency", "Total Owed", "ASIN", "Product Name"))
_NOTHING = frozenset(("", "Not Available", "Not Applicable"))
_STATUS = {
    "Closed": "paid",
    "Cancelled": "cancelled",
    "Authorized": "pending",
    "New": "pending",
    "Pending": "pending",
}
_QUANTITY_CHARS_MAX = 9


def _cell(row: Row, column: str) -> str | None:
    told = text(row.get(column))
    return None if told in _NOTHING else told


def _quantity(row: Row) -> int | None:
    told = _cell(row, "Quantity")
    if told is None:
        return None
    if len(told) > _QUANTITY_CHARS_MAX or not (told.isascii() and told.isdigit()):
        raise RowError(SkipReason.BAD_NUMBER)
    return int(told)


def _record(row: Row, identity: Identity, times: Times) -> Order:
    name = _cell(row, "Product Name")
    if name is None:
        raise RowError(SkipReason.NO_TITLE)
    number, asin = _cell(row, "Order ID") or "", _cell(row, "ASIN")
    at = times.iso(_cell(row, "Order Date"))
    price, total = _cell(row, "Unit Price"), _cell(row, "Total Owed")
    if total is None:
        raise RowError(SkipReason.BAD_MONEY)
    quantity = _quantity(row)
    return {
        "v": VERSION,
        "kind": "commerce.order",
        # Without status and shipping: they change while the row stays the same.
        "id": identity.record_id("retail", number, at, asin or name, price or "", total, str(quantity)),
        "name": name,
        "category": None,
        "quantity": quantity,
        "ref": f"asin:{asin}" if asin else None,
        "basket": identity.basket(number),
        "at": at,
        "precision": "second",
        "total_micros": micros(total),
        "price_micros": micros(price) if price else None,
        "refunded_micros": 0,
        "currency": _cell(row, "Currency") or "",
        "status": _STATUS.get(_cell(row, "Order Status") or "", "other"),
        "seller": _cell(row, "Website"),
    }


def _is_header(names: list[str]) -> bool:
    return _NEEDED.issubset(names)


def _rows(stream: BufferedReader, encoding: str) -> Iterator[tuple[int, object]]:
    return csv_rows(stream, encoding, _is_header)


def _left_out(row: Row) -> list[str]:
    return _named({name: "" if cell in _NOTHING else cell for name, cell in row.items()})


_named = leaving_out((*_KEPT, *_DROPPED), _KEPT)

RETAIL = Format(
    provider="amazon",
    name="retail",
    title="Amazon order history",
    knows=lambda _name, head: all(name in head.split("\n", 1)[0] for name in _NEEDED),
    rows=_rows,
    record=_record,
    left_out=_left_out,
)
