/** A row of an export, and what a reader must say of a format; none of it does I/O (docs/spec/data-record.md). */

import { VaultError } from "../errors.js";
import type { RowIdentity } from "./identity.js";
import type { DataRecord } from "./record.js";
import type { Times } from "./times.js";

/** Why a row holds no record: the names of the page. */
export type SkipReason =
  | "NOT_A_ROW"
  | "NO_TITLE"
  | "NO_IDENTITY"
  | "NOT_TEXT"
  | "TOO_LONG"
  | "BAD_TIME"
  | "EARLY_TIME"
  | "FUTURE_TIME"
  | "BAD_NUMBER"
  | "BAD_MONEY"
  | "BAD_VALUE"
  | "ABOUT_A_PERSON"
  | "VOIDED";

/** One row holds no record: it is skipped and counted. */
export class RowError extends VaultError {
  constructor(readonly reason: SkipReason) {
    super(reason);
  }
}

export type Row = Readonly<Record<string, unknown>>;

/** A row with its number, counted from 1; a value that is no object is no row. */
export type NumberedRow = readonly [number, unknown];

export interface Format {
  readonly provider: string;
  readonly title: string;
  /** Whether a file is of this format, by its name and the start of its text. */
  knows(name: string, head: string): boolean;
  rows(text: string): Iterable<NumberedRow>;
  /** @throws RowError */
  record(row: Row, identity: RowIdentity, times: Times): Promise<DataRecord>;
  /** The fields of a row that hold something and are not kept. */
  leftOut(row: Row): readonly string[];
  /** Those that stand before the first row. */
  besideRows?(head: string): readonly string[];
  /** What its files come in beside UTF-8 and UTF-16. */
  readonly encoding?: string;
}

export const UNKNOWN_FIELD = "fields unknown to this reader";

/** Names what a flat row holds and is not kept; a field outside `known` is counted without its name. */
export function leavingOut(
  known: readonly string[],
  kept: readonly string[],
): (row: Row) => readonly string[] {
  const named = new Set([...known, ...kept]);
  const dropped = [...named].filter((name) => !kept.includes(name)).sort();
  return (row) => {
    const names = dropped.filter((name) => row[name] !== undefined && row[name] !== null && row[name] !== "");
    return Object.keys(row).every((name) => named.has(name)) ? names : [...names, UNKNOWN_FIELD];
  };
}

export function isRow(value: unknown): value is Row {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Fraction);
}

/** A number that is not a whole one within 2⁵³ − 1, as JSON wrote it. */
export class Fraction {
  constructor(readonly value: number) {}
}
