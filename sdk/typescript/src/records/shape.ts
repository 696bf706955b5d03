/**
 * The values a record is made of (docs/spec/signed-record.md, Values): for each word of the table, what reads it.
 *
 * Values stay what they are on the wire: bytes are canonical base64url texts, so equal texts are equal bytes, and
 * times are texts of one form, which sort as the times they mean.
 */

import { compare, fromBase64url } from "../encoding.js";
import { FormatError } from "../errors.js";
import type { Json } from "./strict-json.js";

/** Reads one value, or throws FormatError. */
export type Reader<T> = (value: Json) => T;
export type Fields = Readonly<Record<string, Reader<unknown>>>;
export type Read<F extends Fields> = { readonly [Name in keyof F]: ReturnType<F[Name]> };

/** An object with exactly these members. */
export function object<F extends Fields>(fields: F): Reader<Read<F>> {
  const names = Object.keys(fields);
  return (value) => {
    if (!(value instanceof Map)) throw new FormatError("not an object");
    const read = names.map((name) => {
      const reader = fields[name];
      if (reader === undefined || !value.has(name)) throw new FormatError(`lacks ${name}`);
      return [name, reader(value.get(name))] as const;
    });
    if (value.size !== names.length) throw new FormatError("has a field it should not have");
    return Object.fromEntries(read) as Read<F>;
  };
}

function matching(pattern: RegExp, what: string): Reader<string> {
  return (value) => {
    if (typeof value !== "string" || !pattern.test(value)) throw new FormatError(`not ${what}`);
    return value;
  };
}

function octets(size: number, what: string): Reader<string> {
  const letters = Math.ceil((size * 4) / 3);
  return (value) => {
    if (typeof value !== "string" || value.length !== letters) throw new FormatError(`not ${what}`);
    fromBase64url(value);
    return value;
  };
}

/** One to `most` bytes of any length. */
export function blob(most: number): Reader<string> {
  const letters = Math.ceil((most * 4) / 3);
  return (value) => {
    if (typeof value !== "string" || value.length === 0 || value.length > letters)
      throw new FormatError(`not 1 to ${most} bytes`);
    fromBase64url(value);
    return value;
  };
}

function whole(least: number, most: number, what: string): Reader<number> {
  return (value) => {
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < least || value > most)
      throw new FormatError(`not ${what}`);
    return value;
  };
}

export function orNull<T>(reader: Reader<T>): Reader<T | null> {
  return (value) => (value === null ? null : reader(value));
}

/** A list; with `order`, each value is greater than the one before. */
export function list<T>(
  reader: Reader<T>,
  least: number,
  most: number,
  order?: (one: T, other: T) => number,
): Reader<readonly T[]> {
  return (value) => {
    if (!Array.isArray(value) || value.length < least || value.length > most) {
      throw new FormatError("not a list of that length");
    }
    const read = value.map((each: Json) => reader(each));
    for (const [at, each] of read.entries()) {
      const before = read[at - 1];
      if (order !== undefined && before !== undefined && order(before, each) >= 0) {
        throw new FormatError("a list that does not ascend");
      }
    }
    return read;
  };
}

function oneOf<T extends string>(...words: readonly T[]): Reader<T> {
  return (value) => {
    const found = words.find((word) => word === value);
    if (found === undefined) throw new FormatError(`not one of ${words.join(", ")}`);
    return found;
  };
}

export const id = octets(16, "an id");
export const hash = octets(32, "a hash");
export const salt = octets(32, "a salt");
export const publicKey = octets(32, "a public key");
export const sealingKey = octets(1216, "a sealing key");
export const address = octets(20, "an address");
export const hashOrNull = orNull(hash);

export const count = whole(0, Number.MAX_SAFE_INTEGER, "a count");
export const ordinal = whole(1, Number.MAX_SAFE_INTEGER, "an ordinal");
export const micros = whole(0, Number.MAX_SAFE_INTEGER, "an amount in micros");
export const days = whole(0, 36_525, "a number of days");
export const basisPoints = whole(0, 10_000, "basis points");
export const one = whole(1, 1, "version 1");

export const boolean: Reader<boolean> = (value) => {
  if (typeof value !== "boolean") throw new FormatError("not true or false");
  return value;
};

const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/u;

function text(most: number): Reader<string> {
  return (value) => {
    if (typeof value !== "string" || UNPRINTABLE.test(value)) throw new FormatError("not a printable text");
    const characters = [...value].length;
    if (characters < 1 || characters > most) throw new FormatError("a text that is empty or too long");
    return value;
  };
}

export const text80 = text(80);
export const text500 = text(500);
export const currency = matching(/^[A-Z]{3}$/, "a currency");
export const origin = matching(
  /^[a-z0-9][a-z0-9.-]{0,200}(:[0-9]{1,5})?(\/[a-z0-9._-]{1,64}){0,4}$/,
  "an origin",
);
export const purpose = matching(/^dpv:[A-Za-z]{1,80}$/, "a purpose");
export const cluster = matching(/^[a-z]{1,32}\.[a-z]{1,32}\/[a-z]{1,32}$/, "a cluster");
export const finality = matching(/^(none|bft|tag:[a-z]{1,16}|depth:[0-9]{1,6})$/, "a finality");
export const language = oneOf("en", "zh-CN");
export const accountAction = oneOf("create", "add", "remove", "rotate");
export const payoutWay = oneOf("manual", "evm");
export const payoutOutcome = oneOf("settled", "failed", "returned");
export const rewardKind = oneOf("membership", "coupon", "course");
export const lockerKind = oneOf("device", "passkey", "password", "recovery", "guardians");

const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const LAST_LABEL = /^[a-z][a-z0-9-]*[a-z0-9]$/;

/** A host name of two or more labels. */
export const domain: Reader<string> = (value) => {
  const labels = typeof value === "string" && value.length <= 253 ? value.split(".") : [];
  if (
    labels.length < 2 ||
    !labels.every((label) => LABEL.test(label)) ||
    !LAST_LABEL.test(labels.at(-1) ?? "")
  ) {
    throw new FormatError("not a domain");
  }
  return String(value);
};

const TIME = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z$/;

/** UTC to the second, on a day that exists. */
export const time: Reader<string> = (value) => {
  // A day or an hour that does not exist comes back as another one, and a year 0 is none of ours.
  if (typeof value !== "string" || !TIME.test(value) || value.startsWith("0000"))
    throw new FormatError("not a time");
  if (writeTime(new Date(value)) !== value) throw new FormatError("a time that does not exist");
  return value;
};

/** A time as records write it; fractions of a second are cut off. */
export function writeTime(moment: Date): string {
  if (Number.isNaN(moment.getTime())) throw new FormatError("a time that does not exist");
  return `${moment.toISOString().slice(0, 19)}Z`;
}

const byBytes = (before: string, after: string): number =>
  compare(fromBase64url(before), fromBase64url(after));
const byAscii = (before: string, after: string): number => (before < after ? -1 : Number(before > after));

export const clusters = list(cluster, 1, 32, byAscii);
export const purposes = list(purpose, 1, 8, byAscii);
export const items = list(id, 1, 64, byBytes);
export const openedItems = list(
  object({ item: id, version: ordinal, sealed: hash }),
  0,
  64,
  (before, after) => byBytes(before.item, after.item),
);
export const fields = list(object({ field: id, sealed: hash }), 0, 256, (before, after) =>
  byBytes(before.field, after.field),
);
export const holders = list(object({ name: domain, commitment: hash }), 1, 8);
