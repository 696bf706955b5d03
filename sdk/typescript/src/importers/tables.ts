/** Records laid out in tables: one collection in one month, or for snapshots in one day (docs/spec/data-record.md, Tables). */

import type { Cell, Column, Columns } from "../columns.js";
import { ImportError } from "../errors.js";
import type { DataKind, DataRecord } from "./record.js";
import { COLUMNS, timeOf } from "./record.js";

const MOST_ROWS = 500_000;

export interface Table {
  readonly kind: DataKind;
  /** A UTC month, or a day. */
  readonly period: string;
  readonly columns: Columns;
}

type TableRow = Readonly<Record<string, Cell>>;

/** Tables by kind and period, in ascending order. Of two records with one id, the later stays. */
export function tablesOf(records: readonly DataRecord[]): readonly Table[] {
  const places = new Map<
    string,
    { readonly kind: DataKind; readonly period: string; readonly rows: DataRecord[] }
  >();
  for (const record of records) {
    const period = timeOf(record).slice(0, record.kind === "game.session" ? 10 : 7);
    const name = `${record.kind} ${period}`;
    const place = places.get(name) ?? { kind: record.kind, period, rows: [] };
    place.rows.push(record);
    places.set(name, place);
  }
  const sorted = [...places].sort(([one], [other]) => (one < other ? -1 : 1));
  return sorted.map(([, { kind, period, rows }]) => ({ kind, period, columns: layOut(kind, rows) }));
}

/** Join a table and newer rows of the same item; the same columns come back if that changes nothing. */
export function mergeTables(kind: DataKind, existing: Columns | null, newer: Columns): Columns {
  return layOut(kind, [...rowsIn(existing ?? {}), ...rowsIn(newer)]);
}

function rowsIn(columns: Columns): readonly TableRow[] {
  const names = Object.keys(columns);
  const ids: Column = columns["id"] ?? [];
  return ids.map((_, row) => Object.fromEntries(names.map((name) => [name, columns[name]?.[row] ?? null])));
}

function layOut(kind: DataKind, rows: readonly TableRow[]): Columns {
  const distinct = [...new Map(rows.map((row) => [row["id"], row])).values()];
  if (distinct.length > MOST_ROWS) throw new ImportError("an item has at most 500,000 rows");
  const kept = kind === "music.play" ? withoutLessExact(distinct) : distinct;
  const key = (row: TableRow): string => `${timeOf(row)} ${String(row["id"])}`;
  kept.sort((one, other) => (key(one) < key(other) ? -1 : 1));
  return Object.fromEntries(
    Object.keys(COLUMNS[kind]).map((name) => [name, kept.map((row) => row[name] ?? null)]),
  );
}

/** A play to the minute gives way to one to the second in the same minute with the same title and length. */
function withoutLessExact(rows: readonly TableRow[]): TableRow[] {
  const play = (row: TableRow): string =>
    JSON.stringify([String(row["end"]).slice(0, 16), row["name"], row["played_ms"]]);
  const exact = new Set(rows.filter((row) => row["precision"] === "second").map(play));
  return rows.filter((row) => row["precision"] !== "minute" || !exact.has(play(row)));
}
