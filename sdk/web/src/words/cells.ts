/** One value of a table as a person reads it, by the name of its column. */

import type { Cell } from "planetvault/columns";
import { VALUES } from "./columns.ts";
import type { Language } from "./index.svelte.ts";
import { amount, moment, size } from "./shown.ts";

export function cell(column: string, value: Cell, currency: Cell, language: Language): string {
  const w = VALUES[language];
  if (value === null || value === "") return w.none;
  // What stands there opens the file: nobody has to see it.
  if (column === "content") return w.file;
  if (typeof value === "boolean") return value ? w.yes : w.no;
  if (Array.isArray(value)) return value.join(", ");
  if (typeof value === "number") return numbered(column, value, currency, language);
  return /^\d{4}-\d\d-\d\dT/.test(String(value)) ? moment(String(value), language) : shortened(String(value));
}

function numbered(column: string, value: number, currency: Cell, language: Language): string {
  const w = VALUES[language];
  if (column.endsWith("_micros") && typeof currency === "string") return amount(value, currency, language);
  if (column.endsWith("_ms")) return w.minutes(Math.round(value / 6000) / 10);
  if (column.endsWith("_bytes")) return size(value, language);
  if (column.endsWith("_s")) return w.hours(Math.round(value / 360) / 10);
  return new Intl.NumberFormat(language).format(value);
}

/** The last word of an address says what it is about. */
function shortened(text: string): string {
  return /^https?:\/\//.test(text) ? (text.split(/[/#]/).at(-1) ?? text) : text;
}
