/** Every use as a line of a CSV file (RFC 4180) that no spreadsheet takes for a formula. Pure. */

import type { ShownReceipt } from "../device/shown.ts";

const HEAD = [
  "receipt",
  "time",
  "partner",
  "purpose",
  "items",
  "price_micros",
  "fee_micros",
  "earned_micros",
  "currency",
  "state",
];

export function listOf(receipts: readonly ShownReceipt[]): string {
  const lines = receipts.map((one) => [
    one.hash,
    one.time,
    one.partner,
    one.purpose ?? "",
    one.items.length,
    one.price,
    one.fee,
    one.price - one.fee,
    one.currency,
    one.state,
  ]);
  return [HEAD, ...lines].map((line) => `${line.map(cellOf).join(",")}\r\n`).join("");
}

/** A text that begins like a formula gets an apostrophe before it. */
function cellOf(value: string | number): string {
  if (typeof value === "number") return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return `"${safe.replaceAll('"', '""')}"`;
}
