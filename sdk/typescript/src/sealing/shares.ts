/**
 * A secret split among several people, any t of whom bring it back, as words (SLIP-39; docs/spec/guardians.md, Shares).
 *
 * A share is a point on a curve over GF(256), one curve a byte; a digest that is split along with the secret tells shares
 * that don't belong together. We make shares of one group; shares of several groups are read as well.
 */

import { hmac, random } from "../digest.js";
import type { Bytes } from "../encoding.js";
import { concat, same, u16be, utf8 } from "../encoding.js";
import { InputError } from "../errors.js";

const MOST_SHARES = 16;
const MOST_CHARACTERS = 1024;
const HEADER_WORDS = 4;
const CHECKSUM_WORDS = 3;
const ITERATIONS = 2500;
const DIGEST_BYTES = 4;
const DIGEST_X = 254;
const SECRET_X = 255;
const CUSTOM = [utf8("shamir"), utf8("shamir_extendable")] as const;
const GENERATOR = [
  0xe0e040, 0x1c1c080, 0x3838100, 0x7070200, 0xe0e0009, 0x1c0c2412, 0x38086c24, 0x3090fc48, 0x21b1f890,
  0x3f3f120,
];

/** One share, as its words say it. */
export interface Share {
  readonly identifier: number;
  readonly extendable: number;
  readonly exponent: number;
  readonly group: number;
  readonly groupThreshold: number;
  readonly groups: number;
  readonly index: number;
  readonly threshold: number;
  readonly value: Bytes;
}

/** Points of a curve: at x, the value of each byte. */
type Points = ReadonlyMap<number, Bytes>;

/**
 * Split a secret of 16 random bytes so that any `threshold` of `shares` texts bring it back.
 *
 * @throws InputError unless 2 ≤ threshold ≤ shares ≤ 16, and the secret has an even number of bytes, 16 or more.
 */
export async function splitSecret(secret: Bytes, threshold: number, shares: number): Promise<string[]> {
  if (!(threshold >= 2 && threshold <= shares && shares <= MOST_SHARES))
    throw new InputError("a secret is split among 2 to 16 people, and needs 2 of them or more");
  if (secret.length < 16 || secret.length % 2 !== 0) throw new InputError("a secret has 16 bytes or more");
  const identifier = (new DataView(random(2).buffer).getUint16(0) >> 1) & 0x7fff;
  const encrypted = await feistel(secret, [0, 1, 2, 3], 0, utf8(""), utf8(""));
  const filling = random(secret.length - DIGEST_BYTES);
  const points = new Map<number, Bytes>();
  for (let index = 0; index < threshold - 2; index++) points.set(index, random(secret.length));
  const fixed = new Map(points)
    .set(DIGEST_X, concat(await digest(filling, encrypted), filling))
    .set(SECRET_X, encrypted);
  for (let index = threshold - 2; index < shares; index++) points.set(index, at(index, fixed));
  const common = {
    identifier,
    extendable: 1,
    exponent: 0,
    group: 0,
    groupThreshold: 1,
    groups: 1,
    threshold,
  };
  return Promise.all([...points].map(([index, value]) => wordsOf({ ...common, index, value })));
}

/**
 * The secret behind exactly as many shares as it needs; case and white space don't matter.
 *
 * @throws InputError if one is mistyped, some are missing or too many, or they don't belong together.
 */
export async function combineShares(texts: readonly string[], passphrase: Bytes = utf8("")): Promise<Bytes> {
  const shares = await Promise.all(texts.map(readShare));
  const [first] = shares;
  if (first === undefined || new Set(shares.map(secretOf)).size !== 1) throw notTogether();
  const points = new Map<number, Bytes>();
  for (const group of new Set(shares.map((share) => share.group)))
    points.set(group, await ofGroup(shares.filter((share) => share.group === group)));
  const encrypted = await hidden(points, first.groupThreshold);
  const salt = first.extendable === 1 ? utf8("") : concat(utf8("shamir"), u16be(first.identifier));
  return feistel(encrypted, [3, 2, 1, 0], first.exponent, passphrase, salt);
}

/**
 * Read one share as typed.
 *
 * @throws InputError for an unknown word, or a checksum that does not fit.
 */
export async function readShare(text: string): Promise<Share> {
  const words = text.length > MOST_CHARACTERS ? [] : text.trim().toLowerCase().split(/\s+/);
  const { WORDS } = await import("./share-words.js");
  const places = words.map((word) => WORDS.indexOf(word));
  if (places.length < 20 || places.length > 59 || places.includes(-1))
    throw new InputError("not twenty of the known words");
  const head = Number(numberOf(places.slice(0, HEADER_WORDS)));
  const bits = (from: number, size: number): number => Math.floor(head / 2 ** from) % 2 ** size;
  const extendable = bits(24, 1);
  if (polymod([...(CUSTOM[extendable] ?? []), ...places]) !== 1)
    throw new InputError("the words do not belong together");
  const share = {
    identifier: bits(25, 15),
    extendable,
    exponent: bits(20, 4),
    group: bits(16, 4),
    groupThreshold: bits(12, 4) + 1,
    groups: bits(8, 4) + 1,
    index: bits(4, 4),
    threshold: bits(0, 4) + 1,
    value: octetsOf(places.slice(HEADER_WORDS, -CHECKSUM_WORDS)),
  };
  if (share.groupThreshold > share.groups)
    throw new InputError("a share that asks for more groups than there are");
  return share;
}

async function wordsOf(share: Share): Promise<string> {
  const { WORDS } = await import("./share-words.js");
  const parts: readonly (readonly [number, number])[] = [
    [share.identifier, 15],
    [share.extendable, 1],
    [share.exponent, 4],
    [share.group, 4],
    [share.groupThreshold - 1, 4],
    [share.groups - 1, 4],
    [share.index, 4],
    [share.threshold - 1, 4],
  ];
  const head = parts.reduce((sum, [value, size]) => (sum << BigInt(size)) | BigInt(value), 0n);
  const width = Math.ceil((share.value.length * 8) / 10);
  const value = share.value.reduce((sum, octet) => (sum << 8n) | BigInt(octet), 0n);
  const data = placesOf((head << BigInt(10 * width)) | value, HEADER_WORDS + width);
  const checked = [...(CUSTOM[share.extendable] ?? []), ...data, 0, 0, 0];
  const checksum = placesOf(BigInt(polymod(checked) ^ 1), CHECKSUM_WORDS);
  return [...data, ...checksum].map((place) => WORDS[place]).join(" ");
}

function secretOf({ identifier, extendable, exponent, groupThreshold, groups }: Share): string {
  return [identifier, extendable, exponent, groupThreshold, groups].join();
}

/** The bytes of a share; zeros stand before them up to whole words. */
function octetsOf(places: readonly number[]): Bytes {
  const padding = (places.length * 10) % 16;
  const size = (places.length * 10 - padding) / 8;
  const value = numberOf(places);
  if (padding > 8 || value >> BigInt(8 * size) !== 0n) throw new InputError("a share begins with zeros");
  return Uint8Array.from({ length: size }, (_, place) =>
    Number((value >> BigInt(8 * (size - 1 - place))) & 255n),
  );
}

const numberOf = (places: readonly number[]): bigint =>
  places.reduce((sum, place) => (sum << 10n) | BigInt(place), 0n);

const placesOf = (bits: bigint, words: number): number[] =>
  Array.from({ length: words }, (_, place) => Number((bits >> BigInt(10 * (words - 1 - place))) & 1023n));

/** The Reed-Solomon code over GF(1024) that finds up to three mistyped words. */
function polymod(values: readonly number[]): number {
  return values.reduce((checksum, value) => {
    const top = checksum >>> 20;
    const moved = ((checksum & 0xfffff) << 10) ^ value;
    return GENERATOR.reduce((sum, one, place) => ((top >> place) & 1 ? sum ^ one : sum), moved);
  }, 1);
}

// -- the curve --------------------------------------------------------------------------------------------------------

async function ofGroup(members: readonly Share[]): Promise<Bytes> {
  const points = new Map(members.map((share) => [share.index, share.value]));
  const threshold = members[0]?.threshold ?? 0;
  if (points.size !== members.length || members.some((share) => share.threshold !== threshold))
    throw notTogether();
  return hidden(points, threshold);
}

/** What a curve hides, if its digest agrees. */
async function hidden(points: Points, threshold: number): Promise<Bytes> {
  const [first] = points.values();
  if (first === undefined || points.size !== threshold)
    throw new InputError(`this takes exactly ${threshold} shares, not ${points.size}`);
  if ([...points.values()].some((value) => value.length !== first.length)) throw notTogether();
  if (threshold === 1) return first;
  const [secret, mixed] = [at(SECRET_X, points), at(DIGEST_X, points)];
  const expected = await digest(mixed.slice(DIGEST_BYTES), secret);
  if (!same(mixed.slice(0, DIGEST_BYTES), expected)) throw notTogether();
  return secret;
}

async function digest(key: Bytes, secret: Bytes): Promise<Bytes> {
  return (await hmac(key, secret)).slice(0, DIGEST_BYTES);
}

/** The curve through `points`, at `x`: Lagrange's formula, where minus is XOR. */
function at(x: number, points: Points): Bytes {
  const [first] = points.values();
  const result = new Uint8Array(first?.length ?? 0);
  for (const [own, value] of points) {
    const others = [...points.keys()].filter((other) => other !== own);
    const above = others.reduce((product, other) => times(product, x ^ other), 1);
    const below = others.reduce((product, other) => times(product, own ^ other), 1);
    const weight = times(above, inverse(below));
    for (const [place, octet] of value.entries()) result[place] = (result[place] ?? 0) ^ times(weight, octet);
  }
  return result;
}

/** The product in GF(256) with x^8 + x^4 + x^3 + x + 1; no table that a secret would choose from. */
function times(a: number, b: number): number {
  let product = 0;
  for (let bit = 0; bit < 8; bit++) {
    product ^= -((b >> bit) & 1) & a;
    a = (a << 1) ^ (-(a >> 7) & 0x11b);
  }
  return product;
}

/** The power 254 of it: 2, 4, 8 … 128 together. */
function inverse(a: number): number {
  let [result, square] = [1, a];
  for (let step = 0; step < 7; step++) {
    square = times(square, square);
    result = times(result, square);
  }
  return result;
}

/** SLIP-39's cipher: without a passphrase it hides nothing, and mixes every bit of the secret into all. */
async function feistel(
  secret: Bytes,
  rounds: readonly number[],
  exponent: number,
  passphrase: Bytes,
  salt: Bytes,
): Promise<Bytes> {
  const half = secret.length / 2;
  let [left, right] = [secret.slice(0, half), secret.slice(half)];
  for (const round of rounds) {
    const key = await crypto.subtle.importKey(
      "raw",
      concat(Uint8Array.of(round), passphrase),
      "PBKDF2",
      false,
      ["deriveBits"],
    );
    const cost = {
      name: "PBKDF2",
      hash: "SHA-256",
      salt: concat(salt, right),
      iterations: ITERATIONS << exponent,
    };
    const mask = new Uint8Array(await crypto.subtle.deriveBits(cost, key, 8 * half));
    [left, right] = [right, left.map((octet, place) => octet ^ (mask[place] ?? 0))];
  }
  return concat(right, left);
}

function notTogether(): InputError {
  return new InputError("these shares do not belong together");
}
