/** Looking through the tables on the shelf: rows that fit, the newest first. Pure. */

import { columnsOf } from "planetvault/clusters";
import type { Cell } from "planetvault/columns";
import { rowsOf, timeOf } from "./pictures.ts";
import type { Table } from "./shelf.ts";

export type Row = Readonly<Record<string, Cell>>;

export interface Found {
  /** How many fit; of these the newest are in `rows`. */
  readonly count: number;
  readonly rows: readonly Row[];
}

export interface Sample {
  readonly kind: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** How many rows there are in all, and over which periods. */
  readonly count: number;
  readonly first: string;
  readonly last: string;
}

const LOOKED_AT = ["name", "by", "in", "category", "seller", "type"];
const DAY = 86_400_000;

export function search(tables: readonly Table[], words: string, most: number): Found {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  const rows: Row[] = [];
  let count = 0;
  for (const table of tables.toReversed()) {
    for (const row of [...rowsOf(table)].reverse()) {
      if (!fits(row, wanted)) continue;
      count++;
      if (rows.length < most) rows.push(row);
    }
  }
  return { count, rows };
}

function fits(row: Row, wanted: readonly string[]): boolean {
  const text = [timeOf(row), ...LOOKED_AT.map((name) => row[name] ?? "")].join(" ").toLowerCase();
  return wanted.every((word) => text.includes(word));
}

/** What a partner would see of these tables, under these clusters and this look-back (docs/spec/envelope.md). */
export function samplesOf(
  tables: readonly Table[],
  terms: { readonly clusters: readonly string[]; readonly look_back_days: number },
  now: Date,
  most: number,
): readonly Sample[] {
  const since = new Date(now.getTime() - terms.look_back_days * DAY).toISOString();
  return [...columnsOf(terms.clusters)].map(([kind, columns]) => {
    const covered = tables.filter(
      (table) => table.kind === kind && table.period.padEnd(10, "-01") >= since.slice(0, 10),
    );
    return sampleOf(kind, columns, covered, most);
  });
}

export function sampleOf(
  kind: string,
  columns: readonly string[],
  tables: readonly Table[],
  most: number,
): Sample {
  const rows = tables
    .toReversed()
    .flatMap((table) => [...rowsOf(table)].reverse().slice(0, most))
    .slice(0, most);
  return {
    kind,
    columns,
    rows: rows.map((row) => columns.map((name) => row[name] ?? null)),
    count: tables.reduce((sum, table) => sum + table.rows, 0),
    first: tables[0]?.period ?? "",
    last: tables.at(-1)?.period ?? "",
  };
}
