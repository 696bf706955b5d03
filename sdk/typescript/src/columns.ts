/** A column of a table as the value of one sealed field: a JSON list in UTF-8, without spaces. */

import type { Bytes } from "./encoding.js";
import { fromUtf8, utf8 } from "./encoding.js";
import { OpenError } from "./errors.js";

export type Cell = null | boolean | number | string | readonly Cell[];
export type Column = readonly Cell[];
/** Aligned: row 3 is the fourth of each. */
export type Columns = Readonly<Record<string, Column>>;

export function writeColumn(values: Column): Bytes {
  return utf8(JSON.stringify(values));
}

/** @throws OpenError if the value is no JSON list. */
export function readColumn(value: Uint8Array): Column {
  try {
    const values: unknown = JSON.parse(fromUtf8(value));
    if (Array.isArray(values)) return values as Column;
  } catch {
    // The same answer as for a value that is JSON and no list.
  }
  throw new OpenError();
}

/** The same columns, row by row. */
export function rowsOf(columns: Columns): readonly Readonly<Record<string, Cell>>[] {
  const names = Object.keys(columns);
  const first = columns[names[0] ?? ""] ?? [];
  return first.map((_, row) => Object.fromEntries(names.map((name) => [name, columns[name]?.[row] ?? null])));
}
