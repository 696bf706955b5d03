/** What stands in one cell, read for certain or refused: a guess would become a wrong figure on somebody's bill. */

import { RowError } from "./rows.js";

const LONGEST_AMOUNT = 40;
const AMOUNT = /^(-?)(\d+|\d{1,3}(?:,\d{2,3})*,\d{3})(?:\.(\d{1,6}))?$/;
const DURATION =
  /^P(?:(\d{1,4})W)?(?:(\d{1,4})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,9})(?:[.,](\d{1,9}))?S)?)?$/;

/** The text without blanks round it, or null. */
export function text(cell: unknown): string | null {
  if (cell === null || cell === undefined) return null;
  if (typeof cell !== "string") throw new RowError("BAD_VALUE");
  return cell.trim() || null;
}

export function yesNo(cell: unknown): boolean | null {
  if (cell === null || cell === undefined) return null;
  if (typeof cell !== "boolean") throw new RowError("BAD_VALUE");
  return cell;
}

/** A whole number within 2⁵³ − 1; a fraction is another kind of value. */
export function whole(cell: unknown): number {
  if (typeof cell !== "number") throw new RowError("BAD_NUMBER");
  return cell;
}

/** An amount of money in millionths of its unit: `'-14.39'` is −14,390,000. */
export function micros(cell: string): number {
  const amount = cell
    .trim()
    .replace(/^'+|'+$/g, "")
    .trim()
    .replace(/^[¥￥]+/, "")
    .trim();
  const [, sign, units, part = ""] = (amount.length <= LONGEST_AMOUNT && AMOUNT.exec(amount)) || [];
  if (units === undefined) throw new RowError("BAD_MONEY");
  const value = BigInt(units.replaceAll(",", "")) * 1_000_000n + BigInt(part.padEnd(6, "0"));
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new RowError("BAD_MONEY");
  // Plus zero, so that "-0.00" is no negative zero.
  return Number(sign === "-" ? -value : value) + 0;
}

/** An ISO 8601 duration in milliseconds; null if absent, or counted in months or years, which have no fixed length. */
export function durationMs(cell: unknown): number | null {
  const found = typeof cell === "string" && cell.length <= LONGEST_AMOUNT ? DURATION.exec(cell) : null;
  if (found === null || found.slice(1).every((part) => part === undefined)) return null;
  const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = found
    .slice(1, 6)
    .map((part) => Number(part ?? 0));
  const whole = (((weeks * 7 + days) * 24 + hours) * 60 + minutes) * 60 + seconds;
  return whole * 1000 + Number((found[6] ?? "0").padEnd(3, "0").slice(0, 3));
}
