/** Amazon's "Your Orders": one row for each thing bought; addresses, payment and gifts are left out. */

import { micros, text } from "./cells.js";
import { csvRows } from "./csv-rows.js";
import type { RowIdentity } from "./identity.js";
import type { DataRecord } from "./record.js";
import type { Format, Row } from "./rows.js";
import { leavingOut, RowError } from "./rows.js";
import type { Times } from "./times.js";

const KEPT = [
  "Website",
  "Order Date",
  "Currency",
  "Unit Price",
  "Total Owed",
  "ASIN",
  "Quantity",
  "Order Status",
  "Product Name",
];
const DROPPED = [
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
];
const NEEDED = ["Order ID", "Order Date", "Currency", "Total Owed", "ASIN", "Product Name"];
const NOTHING = new Set(["", "Not Available", "Not Applicable"]);
const STATUS = new Map([
  ["Closed", "paid"],
  ["Cancelled", "cancelled"],
  ["Authorized", "pending"],
  ["New", "pending"],
  ["Pending", "pending"],
]);

function cellOf(row: Row, column: string): string | null {
  const told = text(row[column]);
  return told === null || NOTHING.has(told) ? null : told;
}

function quantityOf(row: Row): number | null {
  const told = cellOf(row, "Quantity");
  if (told !== null && !/^\d{1,9}$/.test(told)) throw new RowError("BAD_NUMBER");
  return told === null ? null : Number(told);
}

async function record(row: Row, identity: RowIdentity, times: Times): Promise<DataRecord> {
  const name = cellOf(row, "Product Name");
  if (name === null) throw new RowError("NO_TITLE");
  const [number, asin] = [cellOf(row, "Order ID") ?? "", cellOf(row, "ASIN")];
  const at = times.iso(cellOf(row, "Order Date"));
  const [price, total, quantity] = [cellOf(row, "Unit Price"), cellOf(row, "Total Owed"), quantityOf(row)];
  if (total === null) throw new RowError("BAD_MONEY");
  // Without status and shipping: they change while the row stays the same.
  const native = [
    number,
    at,
    asin ?? name,
    price ?? "",
    total,
    quantity === null ? "None" : String(quantity),
  ];
  return {
    v: 1,
    kind: "commerce.order",
    id: await identity.recordId("retail", ...native),
    name,
    category: null,
    quantity,
    ref: asin === null ? null : `asin:${asin}`,
    basket: await identity.basket(number),
    at,
    precision: "second",
    total_micros: micros(total),
    price_micros: price === null ? null : micros(price),
    refunded_micros: 0,
    currency: cellOf(row, "Currency") ?? "",
    status: STATUS.get(cellOf(row, "Order Status") ?? "") ?? "other",
    seller: cellOf(row, "Website"),
  };
}

const named = leavingOut(DROPPED, KEPT);

export const RETAIL: Format = {
  provider: "amazon",
  title: "Amazon order history",
  knows: (_, head) => NEEDED.every((name) => (head.split("\n", 1)[0] ?? "").includes(name)),
  rows: (text) => csvRows(text, (names) => NEEDED.every((name) => names.has(name))),
  record,
  leftOut: (row) =>
    named(
      Object.fromEntries(
        Object.entries(row).map(([name, cell]) => [name, NOTHING.has(String(cell)) ? "" : cell]),
      ),
    ),
};
