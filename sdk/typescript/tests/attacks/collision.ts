/**
 * One AES-256-GCM ciphertext that opens under two keys: what plain GCM allows. Its tag is a polynomial in a value that
 * depends on the key alone; with two blocks of ciphertext, the second can be chosen so that both polynomials give the
 * same tag (Dodis, Grubbs, Ristenpart, Woodage, "Fast Message Franking", CRYPTO 2018).
 */

import { hmac } from "../../src/digest.js";
import type { Bytes } from "../../src/encoding.js";
import { concat, utf8 } from "../../src/encoding.js";

/** What one sealed message derives from its key and salt (c2sp.org/chunked-encryption). */
export interface Derived {
  readonly key: Bytes;
  readonly nonce: Bytes;
  readonly commitment: Bytes;
}

const LABEL = utf8("c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0");
const ONE = 1n << 127n; // GCM writes polynomials with the lowest power first
const REDUCTION = 0xe1n << 120n;
const LENGTHS = 256n;

export async function deriveMessage(key: Bytes, context: Bytes, salt: Bytes): Promise<Derived> {
  const info = concat(LABEL, salt, context);
  const first = await hmac(key, concat(info, Uint8Array.of(1)), "SHA-512");
  const octets = concat(first, await hmac(key, concat(first, info, Uint8Array.of(2)), "SHA-512"));
  return { key: octets.slice(0, 32), nonce: octets.slice(32, 44), commitment: octets.slice(44, 76) };
}

/** A ciphertext of two blocks with its tag, for two pairs of key and nonce. */
export async function opensUnderBoth(one: Derived, two: Derived): Promise<Bytes> {
  const [[h1, pad1], [h2, pad2]] = [await hashKeyAndPad(one), await hashKeyAndPad(two)];
  const block = numberOf(utf8("any first block!"));
  const [square1, square2] = [multiply(h1, h1), multiply(h2, h2)];
  const cubes = multiply(h1, square1) ^ multiply(h2, square2);
  const wanted = multiply(block, cubes) ^ multiply(LENGTHS, h1 ^ h2) ^ pad1 ^ pad2;
  const last = multiply(wanted, inverse(square1 ^ square2));
  const hashed = multiply(multiply(multiply(block, h1) ^ last, h1) ^ LENGTHS, h1);
  return concat(...[block, last, hashed ^ pad1].map(octetsOf));
}

async function hashKeyAndPad({ key, nonce }: Derived): Promise<readonly [bigint, bigint]> {
  const imported = await crypto.subtle.importKey("raw", key, "AES-CTR", false, ["encrypt"]);
  const encrypted = async (block: Bytes): Promise<bigint> => {
    const how = { name: "AES-CTR", counter: block, length: 64 };
    return numberOf(new Uint8Array(await crypto.subtle.encrypt(how, imported, new Uint8Array(16))));
  };
  return [await encrypted(new Uint8Array(16)), await encrypted(concat(nonce, Uint8Array.of(0, 0, 0, 1)))];
}

/** Multiplication in GF(2^128), NIST SP 800-38D algorithm 1. */
function multiply(left: bigint, right: bigint): bigint {
  let [product, shifted] = [0n, right];
  for (let place = 127n; place >= 0n; place--) {
    if ((left >> place) & 1n) product ^= shifted;
    shifted = (shifted >> 1n) ^ (shifted & 1n ? REDUCTION : 0n);
  }
  return product;
}

/** value^(2^128 - 2). */
function inverse(value: bigint): bigint {
  let [result, power] = [ONE, value];
  for (let bit = 0; bit < 127; bit++) {
    power = multiply(power, power);
    result = multiply(result, power);
  }
  return result;
}

function numberOf(octets: Uint8Array): bigint {
  return octets.reduce((sum, octet) => (sum << 8n) | BigInt(octet), 0n);
}

function octetsOf(value: bigint): Bytes {
  return Uint8Array.from({ length: 16 }, (_, at) => Number((value >> BigInt(8 * (15 - at))) & 255n));
}
