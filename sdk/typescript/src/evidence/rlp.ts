/** RLP (Ethereum yellow paper, appendix B), read strictly: every item has one form. */

import type { Bytes } from "../encoding.js";
import { concat } from "../encoding.js";
import { FormatError } from "../errors.js";

export type Item = Uint8Array | readonly Item[];
const SHORT = 55;
const DEEPEST = 8;

/** @throws FormatError for bytes that would not be written again in the same way. */
export function readRlp(raw: Uint8Array): Item {
  const [item, end] = readAt(raw, 0, DEEPEST);
  if (end !== raw.length) throw new FormatError("bytes follow an RLP item");
  return item;
}

export function writeRlp(item: Item): Bytes {
  if (!(item instanceof Uint8Array)) return headed(0xc0, concat(...item.map(writeRlp)));
  return item.length === 1 && (item[0] ?? 0) < 0x80 ? item.slice() : headed(0x80, item);
}

/** @throws FormatError for bytes, or a list of another length. */
export function readList(item: Item | undefined, ...lengths: readonly number[]): readonly Item[] {
  if (
    item === undefined ||
    item instanceof Uint8Array ||
    (lengths.length > 0 && !lengths.includes(item.length))
  )
    throw new FormatError("an RLP list is of another shape");
  return item;
}

/** @throws FormatError for a list, or bytes of another length. */
export function readString(item: Item | undefined, length?: number): Uint8Array {
  if (!(item instanceof Uint8Array) || (length !== undefined && item.length !== length))
    throw new FormatError("an RLP string is of another length");
  return item;
}

/** @throws FormatError for anything but a number of at most eight bytes without leading zeros. */
export function readNumber(item: Item | undefined): bigint {
  const digits = readString(item);
  if (digits.length > 8 || digits[0] === 0) throw new FormatError("not an RLP number");
  return numberOf(digits);
}

export function numberOf(digits: Uint8Array): bigint {
  return digits.reduce((sum, digit) => (sum << 8n) | BigInt(digit), 0n);
}

function headed(mark: number, content: Uint8Array): Bytes {
  if (content.length <= SHORT) return concat(Uint8Array.of(mark + content.length), content);
  const digits: number[] = [];
  for (let left = content.length; left > 0; left = Math.floor(left / 256)) digits.unshift(left % 256);
  return concat(Uint8Array.of(mark + SHORT + digits.length, ...digits), content);
}

function readAt(raw: Uint8Array, at: number, depth: number): [Item, number] {
  const first = raw[at];
  if (first === undefined || depth === 0) throw new FormatError("RLP ends early, or is nested too deeply");
  if (first < 0x80) return [raw.subarray(at, at + 1), at + 1];
  const mark = first < 0xc0 ? 0x80 : 0xc0;
  const [start, end] = spanOf(raw, at, first - mark);
  if (mark === 0x80) {
    const content = raw.subarray(start, end);
    if (content.length === 1 && (content[0] ?? 0) < 0x80)
      throw new FormatError("an RLP byte has a shorter form");
    return [content, end];
  }
  const items: Item[] = [];
  for (let next = start; next < end; ) {
    const [item, after] = readAt(raw.subarray(0, end), next, depth - 1);
    items.push(item);
    next = after;
  }
  return [items, end];
}

/** Where the content begins and ends; `length` is what the first byte says. */
function spanOf(raw: Uint8Array, at: number, length: number): [number, number] {
  let start = at + 1;
  let size = length;
  if (length > SHORT) {
    start += length - SHORT;
    const digits = raw.subarray(at + 1, start);
    if (digits.length > 6) throw new FormatError("RLP ends early");
    size = Number(numberOf(digits));
    if (size <= SHORT || digits[0] === 0) throw new FormatError("an RLP length has a shorter form");
  }
  if (start + size > raw.length) throw new FormatError("RLP ends early");
  return [start, start + size];
}
