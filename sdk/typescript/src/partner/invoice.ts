/** What a month cost: one line for each use, less what decisions gave back. Pure. */

import type { Decision, Receipt } from "../records/kinds.js";
import type { Signed } from "../records/signed.js";

export interface InvoiceLine {
  readonly time: string;
  readonly kind: "use" | "refunded";
  /** In micros; what came back is below zero. */
  readonly amount: number;
  readonly record: string;
}

export interface Invoice {
  /** Such as `2027-03`, in UTC. */
  readonly period: string;
  readonly lines: readonly InvoiceLine[];
  readonly total: number;
  /** The vault's part of the total. */
  readonly fees: number;
}

/** The invoice of a month, from the receipts that were checked and the decisions; uses that cost nothing have no line. */
export function invoiceOf(
  period: string,
  receipts: readonly Signed<Receipt>[],
  decisions: readonly Signed<Decision>[],
): Invoice {
  const paid = receipts.filter(({ record }) => record.price > 0 && record.time.startsWith(period));
  const back = decisions.filter(
    ({ record }) => record.share + record.fee > 0 && record.time.startsWith(period),
  );
  const lines: InvoiceLine[] = [
    ...paid.map(({ record, hash }) => lineOf("use", record.time, record.price, hash)),
    ...back.map(({ record, hash }) => lineOf("refunded", record.time, -record.share - record.fee, hash)),
  ];
  lines.sort((one, other) => (one.time < other.time ? -1 : 1));
  const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);
  const fees = sum(paid.map(({ record }) => record.fee)) - sum(back.map(({ record }) => record.fee));
  return { period, lines, total: sum(lines.map(({ amount }) => amount)), fees };
}

function lineOf(kind: InvoiceLine["kind"], time: string, amount: number, record: string): InvoiceLine {
  return { time, kind, amount, record };
}

/** The lines as CSV (RFC 4180); money in micros, times in UTC. */
export function invoiceCsv({ lines }: Invoice): string {
  const rows = lines.map(({ time, kind, amount, record }) => [time, kind, amount, record].join(","));
  return ["time,kind,amount_micros,record", ...rows].map((row) => `${row}\r\n`).join("");
}
