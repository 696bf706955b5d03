/** Bytes and the texts they are written as. Reading is canonical: one text for one sequence of bytes. */

import { FormatError } from "./errors.js";

/** Bytes in memory of their own, as WebCrypto wants them. */
export type Bytes = Uint8Array<ArrayBuffer>;

const URL_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const VALUES = new Map([...URL_ALPHABET].map((letter, value) => [letter.charCodeAt(0), value]));

/** Matches half a surrogate pair alone: with `u`, a whole pair is one character. */
export const HALF_A_PAIR = /[\ud800-\udfff]/u;

const encoder = new TextEncoder();
// `ignoreBOM` keeps a byte order mark in the text, where no format of ours has room for it.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** UTF-8 of a text; half a surrogate pair has none. */
export function utf8(text: string): Bytes {
  if (HALF_A_PAIR.test(text)) throw new FormatError("a text with half a surrogate pair");
  return encoder.encode(text);
}

/** The text of strict UTF-8: no overlong form, no surrogate. */
export function fromUtf8(octets: Uint8Array): string {
  try {
    return decoder.decode(octets);
  } catch {
    throw new FormatError("not UTF-8");
  }
}

export function concat(...parts: readonly Uint8Array[]): Bytes {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** base64url without padding (RFC 4648 §5). */
export function toBase64url(octets: Uint8Array): string {
  let text = "";
  for (let at = 0; at < octets.length; at += 3) {
    const group = ((octets[at] ?? 0) << 16) | ((octets[at + 1] ?? 0) << 8) | (octets[at + 2] ?? 0);
    const letters = Math.min(octets.length - at, 3) + 1;
    for (let letter = 0; letter < letters; letter++) text += URL_ALPHABET[(group >> (18 - 6 * letter)) & 63];
  }
  return text;
}

/**
 * The bytes of canonical base64url.
 *
 * @throws FormatError for another alphabet, padding, a length of 4n + 1, or spare bits that are not zero.
 */
export function fromBase64url(text: string): Bytes {
  const octets = new Uint8Array(Math.floor((text.length * 3) / 4));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (let index = 0; index < text.length; index++) {
    const value = VALUES.get(text.charCodeAt(index));
    if (value === undefined) throw new FormatError("not base64url");
    bits = ((bits << 6) | value) & 0xfff;
    held += 6;
    if (held >= 8) {
      held -= 8;
      octets[at++] = (bits >> held) & 0xff;
    }
  }
  if (held === 6 || (bits & ((1 << held) - 1)) !== 0)
    throw new FormatError("base64url that is not canonical");
  return octets;
}

/** base64 with padding (RFC 4648 §4). */
export function toBase64(octets: Uint8Array): string {
  const text = toBase64url(octets).replaceAll("-", "+").replaceAll("_", "/");
  return text + "=".repeat((4 - (text.length % 4)) % 4);
}

/**
 * The bytes of canonical, padded base64.
 *
 * @throws FormatError for anything else.
 */
export function fromBase64(text: string): Bytes {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw new FormatError("not base64");
  return fromBase64url(text.replace(/=+$/, "").replaceAll("+", "-").replaceAll("/", "_"));
}

export function toHex(octets: Uint8Array): string {
  return Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join("");
}

/** The bytes of lower-case hex. */
export function fromHex(text: string): Bytes {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/.test(text)) throw new FormatError("not hex");
  return Uint8Array.from({ length: text.length / 2 }, (_, at) =>
    Number.parseInt(text.slice(2 * at, 2 * at + 2), 16),
  );
}

/** A whole number as 8 bytes, big-endian. */
export function u64be(value: number | bigint): Bytes {
  const octets = new Uint8Array(8);
  new DataView(octets.buffer).setBigUint64(0, BigInt(value));
  return octets;
}

export function u32be(value: number): Bytes {
  const octets = new Uint8Array(4);
  new DataView(octets.buffer).setUint32(0, value);
  return octets;
}

export function u16be(value: number): Bytes {
  return Uint8Array.of(value >> 8, value & 0xff);
}

/** Order of bytes: negative, zero or positive. */
export function compare(one: Uint8Array, other: Uint8Array): number {
  for (let at = 0; at < Math.min(one.length, other.length); at++) {
    const difference = (one[at] ?? 0) - (other[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return one.length - other.length;
}

/** Whether two sequences are equal, in a time that tells nothing of where they differ. */
export function same(one: Uint8Array, other: Uint8Array): boolean {
  let difference = one.length ^ other.length;
  for (let at = 0; at < one.length; at++) difference |= (one[at] ?? 0) ^ (other[at] ?? 0);
  return difference === 0;
}
