/**
 * Exports, read on the owner's device into records and tables (docs/spec/data-record.md).
 *
 *     const { tables, summary } = await readExport([{ name: file.name, bytes }], ownerSecret, new Date());
 */

import type { Bytes } from "../encoding.js";
import { ImportError } from "../errors.js";
import { RETAIL } from "./amazon.js";
import { RowIdentity } from "./identity.js";
import { BILL } from "./jd.js";
import type { DataRecord } from "./record.js";
import { checkRecord, timeOf } from "./record.js";
import type { Format, SkipReason } from "./rows.js";
import { isRow, RowError } from "./rows.js";
import { ACCOUNT, EXTENDED } from "./spotify.js";
import { OWNED_GAMES } from "./steam.js";
import type { Table } from "./tables.js";
import { tablesOf } from "./tables.js";
import { Times } from "./times.js";
import { STATEMENTS } from "./xapi.js";

export type { DataKind, DataRecord } from "./record.js";
export type { SkipReason } from "./rows.js";
export { mergeTables, type Table } from "./tables.js";

export const FORMATS: readonly Format[] = [EXTENDED, ACCOUNT, RETAIL, BILL, STATEMENTS, OWNED_GAMES];

const MOST_FILE_BYTES = 256 * 1024 * 1024;
const MOST_ROWS = 5_000_000;
const HEAD = 65_536;

export interface ExportFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What became of a row. */
export type Outcome =
  | { readonly kept: DataRecord; readonly left_out: readonly string[] }
  | { readonly skipped: SkipReason; readonly row: number; readonly left_out: readonly string[] };

export interface ImportSummary {
  readonly formats: readonly string[];
  readonly rows: number;
  readonly kept: number;
  readonly skipped: Readonly<Record<string, number>>;
  /** Rows by the name of a field that was not taken over. */
  readonly left_out: Readonly<Record<string, number>>;
  readonly first: string | null;
  readonly last: string | null;
  readonly duplicates: number;
}

export interface Imported {
  readonly rows: readonly Outcome[];
  readonly tables: readonly Table[];
  readonly summary: ImportSummary;
}

/**
 * Read the files of an export; those that no reader knows are passed over.
 *
 * @param ownerSecret 32 bytes, the record secret of docs/spec/keys.md.
 * @throws ImportError if none is known, or one cannot be read on.
 */
export async function readExport(
  files: readonly ExportFile[],
  ownerSecret: Bytes,
  importedAt: Date,
): Promise<Imported> {
  const times = new Times(importedAt);
  const known = files.map(formatOf).filter((found) => found !== null);
  if (known.length === 0) throw new ImportError("no file in it is known to a reader");
  const rows: Outcome[] = [];
  const beside: string[] = [];
  for (const { format, text } of known) {
    beside.push(...(format.besideRows?.(text.slice(0, HEAD)) ?? []));
    const identity = new RowIdentity(ownerSecret, format.provider);
    for (const [number, value] of format.rows(text)) {
      if (rows.length === MOST_ROWS) throw new ImportError("the export has more than 5,000,000 rows");
      rows.push(await read(format, number, value, identity, times));
    }
  }
  const records = rows.flatMap((row) => ("kept" in row ? [row.kept] : []));
  const tables = tablesOf(records);
  const titles = [...new Set(known.map(({ format }) => format.title))].sort();
  return { rows, tables, summary: summaryOf(titles, rows, beside, tables) };
}

async function read(
  format: Format,
  number: number,
  value: unknown,
  identity: RowIdentity,
  times: Times,
): Promise<Outcome> {
  let left_out: readonly string[] = [];
  try {
    if (!isRow(value)) throw new RowError("NOT_A_ROW");
    left_out = format.leftOut(value);
    return { kept: checkRecord(await format.record(value, identity, times)), left_out };
  } catch (error) {
    if (!(error instanceof RowError)) throw error;
    return { skipped: error.reason, row: number, left_out };
  }
}

function formatOf({ name, bytes }: ExportFile): { readonly format: Format; readonly text: string } | null {
  if (bytes.length > MOST_FILE_BYTES) throw new ImportError("a file has at most 256 MiB");
  for (const format of FORMATS) {
    const text = decode(bytes, format);
    if (text !== null && format.knows(name, text.slice(0, HEAD))) return { format, text };
  }
  return null;
}

/** The text in the first of the encodings that fits; a byte order mark is none of it. */
function decode(bytes: Uint8Array, format: Format): string | null {
  const marked = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  const utf16 = bytes[0] === 0xff ? "utf-16le" : "utf-16be";
  for (const encoding of [
    "utf-8",
    ...(marked ? [utf16] : []),
    ...(format.encoding === undefined ? [] : [format.encoding]),
  ]) {
    try {
      return new TextDecoder(encoding, { fatal: true }).decode(bytes);
    } catch {
      // The next encoding may fit.
    }
  }
  return null;
}

function summaryOf(
  formats: readonly string[],
  rows: readonly Outcome[],
  beside: readonly string[],
  tables: readonly Table[],
): ImportSummary {
  const records = rows.flatMap((row) => ("kept" in row ? [row.kept] : []));
  const times = records.map(timeOf).sort();
  const distinct = tables.reduce((sum, table) => sum + (table.columns["id"]?.length ?? 0), 0);
  return {
    formats,
    rows: rows.length,
    kept: records.length,
    skipped: countsOf(rows.flatMap((row) => ("skipped" in row ? [row.skipped] : []))),
    left_out: countsOf([...beside, ...rows.flatMap((row) => row.left_out)]),
    first: times[0] ?? null,
    last: times.at(-1) ?? null,
    duplicates: records.length - distinct,
  };
}

function countsOf(names: readonly string[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([one], [other]) => (one < other ? -1 : 1)));
}
