/** The one shape of each kind of data (docs/spec/data-record.md, Kinds), column by column in the order of the page. */

import type { Cell } from "../columns.js";
import type { SkipReason } from "./rows.js";
import { RowError } from "./rows.js";

export type DataKind =
  | "music.play"
  | "commerce.order"
  | "education.activity"
  | "game.session"
  | "document.file";
/** A record; its keys are `v`, `kind` and the columns of its kind. */
export type DataRecord = Readonly<Record<string, Cell>> & { readonly kind: DataKind; readonly id: string };

const LONGEST_TEXT = 2000;
const MOST_TEXTS = 20;
const NO_TEXT = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]|[\ud800-\udfff]/u;

type Check = (value: Cell) => void;

function must(holds: boolean, reason: SkipReason): asserts holds {
  if (!holds) throw new RowError(reason);
}

const text: Check = (value) => {
  must(typeof value === "string", "BAD_VALUE");
  must(value !== "", "NO_TITLE");
  must([...value].length <= LONGEST_TEXT, "TOO_LONG");
  must(!NO_TEXT.test(value), "NOT_TEXT");
};

const texts: Check = (value) => {
  must(Array.isArray(value), "BAD_VALUE");
  must(value.length <= MOST_TEXTS, "TOO_LONG");
  value.forEach(text);
};

const yesNo: Check = (value) => must(typeof value === "boolean", "BAD_VALUE");

const score: Check = (value) => must(typeof value === "number" && value >= -1 && value <= 1, "BAD_NUMBER");

function whole(least: number): Check {
  return (value) => must(Number.isSafeInteger(value) && Number(value) >= least, "BAD_NUMBER");
}

function shaped(pattern: RegExp, reason: SkipReason = "BAD_VALUE"): Check {
  return (value) => must(typeof value === "string" && pattern.test(value), reason);
}

function oneOf(...words: readonly string[]): Check {
  return (value) => must(typeof value === "string" && words.includes(value), "BAD_VALUE");
}

function maybe(check: Check): Check {
  return (value) => {
    if (value !== null) check(value);
  };
}

const id = shaped(/^[a-z][a-z0-9-]{0,31}:[0-9a-f]{32}$/);
const time = shaped(/^[12]\d{3}-\d\d-\d\dT([01]\d|2[0-3]):\d\d:\d\dZ$/, "BAD_TIME");
const precision = oneOf("second", "minute", "day");

export const COLUMNS: Readonly<Record<DataKind, Readonly<Record<string, Check>>>> = {
  "music.play": {
    id,
    name: text,
    by: texts,
    in: maybe(text),
    media: oneOf("track", "episode", "audiobook"),
    ref: maybe(text),
    played_ms: whole(0),
    start: maybe(time),
    end: maybe(time),
    precision,
    completed: maybe(yesNo),
    platform: maybe(
      oneOf("android", "ios", "windows", "macos", "linux", "web", "cast", "tv", "console", "car", "other"),
    ),
    offline: maybe(yesNo),
    private: maybe(yesNo),
    country: maybe(shaped(/^[A-Z]{2}$/)),
  },
  "commerce.order": {
    id,
    name: text,
    category: maybe(text),
    quantity: maybe(whole(0)),
    ref: maybe(text),
    basket: shaped(/^[0-9a-f]{32}$/),
    at: time,
    precision,
    total_micros: whole(-Number.MAX_SAFE_INTEGER),
    price_micros: maybe(whole(0)),
    refunded_micros: whole(0),
    currency: shaped(/^[A-Z]{3}$/),
    status: oneOf("paid", "partly-refunded", "refunded", "refund", "cancelled", "pending", "other"),
    seller: maybe(text),
  },
  "education.activity": {
    id,
    name: text,
    type: maybe(text),
    in: maybe(text),
    ref: maybe(text),
    verb: text,
    at: time,
    precision,
    completed: maybe(yesNo),
    success: maybe(yesNo),
    score: maybe(score),
    duration_ms: maybe(whole(0)),
  },
  "game.session": {
    id,
    name: text,
    ref: text,
    played_total_s: whole(0),
    played_recent_s: maybe(whole(0)),
    at: time,
    last_played: maybe(time),
  },
  "document.file": {
    id,
    name: text,
    type: shaped(/^[a-z0-9][a-z0-9!#$&^_.+-]{0,63}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}$/),
    size_bytes: whole(0),
    at: time,
    content: shaped(/^[A-Za-z0-9_-]{100,1000}$/),
    grants: texts,
  },
};

/** @throws RowError unless it is a record of its kind, to the letter of the page. */
export function checkRecord(record: DataRecord): DataRecord {
  const columns = COLUMNS[record.kind];
  must(record["v"] === 1 && Object.keys(record).length === Object.keys(columns).length + 2, "BAD_VALUE");
  for (const [name, check] of Object.entries(columns)) check(record[name] ?? null);
  must(timeOf(record) !== "", "BAD_TIME");
  return record;
}

/** When it happened: the end of a play if known, else its start; `at` of all others. */
export function timeOf(record: Readonly<Record<string, Cell>>): string {
  return String(record["at"] ?? record["end"] ?? record["start"] ?? "");
}
