/** The pieces of a ZIP archive without compression, as a bundle is one, with its 64-bit extension where a number needs it (APPNOTE 6.3.10). */

import type { Bytes } from "../encoding.js";
import { concat, utf8 } from "../encoding.js";

export const MOST_FILES = 1_000_000;
export const MOST_FILE_BYTES = 64 * 1024 * 1024;

/** The signatures of what an archive is made of. */
export const [LOCAL, CENTRAL, END, END_64, LOCATOR] = [
  0x04034b50, 0x02014b50, 0x06054b50, 0x06064b50, 0x07064b50,
] as const;
export const END_64_BYTES = 56;
/** In a field of 16 or 32 bits: the number stands in the extension. */
export const [BEYOND_16, BEYOND_32] = [0xffff, 0xffff_ffff] as const;
const [VERSION, VERSION_64] = [20, 45];
const UTF8_NAMES = 1 << 11;
/** 1 January 1980: the archive says nothing of when a file was written. */
const LONG_AGO = 0x0021;

/** A file as its two headers tell it. */
export interface Told {
  readonly name: string;
  readonly size: number;
  readonly crc: number;
}

export function toldOf(name: string, octets: Uint8Array): Told {
  return { name, size: octets.length, crc: crc32(octets) };
}

/** What stands before a file's bytes. */
export function localHeader(told: Told): Bytes {
  return concat(u32(LOCAL), u16(VERSION), commonOf(told, 0), utf8(told.name));
}

/** What the directory says of a file whose header is at `offset`. */
export function centralEntry(told: Told, offset: number): Bytes {
  const far = offset >= BEYOND_32;
  const extra = far ? concat(u16(1, 8), u64(offset)) : new Uint8Array();
  const versions = far ? u16(VERSION_64, VERSION_64) : u16(VERSION, VERSION);
  const place = concat(u16(0, 0, 0), u32(0, Math.min(offset, BEYOND_32)));
  return concat(u32(CENTRAL), versions, commonOf(told, extra.length), place, utf8(told.name), extra);
}

function commonOf({ name, size, crc }: Told, extra: number): Bytes {
  return concat(u16(UTF8_NAMES, 0, 0, LONG_AGO), u32(crc, size, size), u16(utf8(name).length, extra));
}

/** What ends an archive whose directory of `count` files begins at `begin` and has `size` bytes. */
export function endOf(count: number, size: number, begin: number): Bytes {
  const [files, bytes, at] = [
    Math.min(count, BEYOND_16),
    Math.min(size, BEYOND_32),
    Math.min(begin, BEYOND_32),
  ];
  const end = concat(u32(END), u16(0, 0, files, files), u32(bytes, at), u16(0));
  if (files < BEYOND_16 && bytes < BEYOND_32 && at < BEYOND_32) return end;
  const versions = u16(VERSION_64, VERSION_64);
  const numbers = concat(u64(END_64_BYTES - 12), versions, u32(0, 0), u64(count, count, size, begin));
  const locator = concat(u32(LOCATOR, 0), u64(begin + size), u32(1));
  return concat(u32(END_64), numbers, locator, end);
}

/** Numbers as ZIP writes them: little-endian. */
const u16 = (...values: readonly number[]): Bytes => numbers(2, values);
const u32 = (...values: readonly number[]): Bytes => numbers(4, values);
const u64 = (...values: readonly number[]): Bytes => numbers(8, values);

function numbers(size: 2 | 4 | 8, values: readonly number[]): Bytes {
  const octets = new Uint8Array(size * values.length);
  const view = new DataView(octets.buffer);
  for (const [at, value] of values.entries())
    if (size === 2) view.setUint16(2 * at, value, true);
    else if (size === 4) view.setUint32(4 * at, value, true);
    else view.setBigUint64(8 * at, BigInt(value), true);
  return octets;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, octet) => {
  let rest = octet;
  for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ (rest & 1 ? 0xedb8_8320 : 0);
  return rest;
});

function crc32(octets: Uint8Array): number {
  let rest = 0xffff_ffff;
  for (const octet of octets) rest = (rest >>> 8) ^ (TABLE[(rest ^ octet) & 0xff] ?? 0);
  return (rest ^ 0xffff_ffff) >>> 0;
}
