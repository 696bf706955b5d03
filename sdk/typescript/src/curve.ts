/**
 * Strict Ed25519 (docs/spec/signed-record.md, Verifying): RFC 8032 without cofactor, and no weak keys.
 *
 * The platform's WebCrypto checks the equation where it can be trusted with it; browsers differ in what they accept, so
 * each is asked once about a signature that only a lenient one takes. Where it fails, or has no Ed25519 (React Native),
 * the same equation is computed here.
 */

import { getPublicKeyAsync, Point, signAsync } from "@noble/ed25519";
import type { Bytes } from "./encoding.js";
import { concat, fromBase64url, fromHex, utf8 } from "./encoding.js";

const ORDER = Point.CURVE().n;
const FIELD = Point.CURVE().p;
/** The y coordinates of the eight points of small order. */
const SMALL_Y = new Set([
  0n,
  1n,
  FIELD - 1n,
  littleEndian(fromHex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")),
  littleEndian(fromHex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")),
]);
/** PKCS #8 around a seed (RFC 8410 §7). */
const PKCS8 = fromHex("302e020100300506032b657004220420");

/** One key and its signatures over "planetvault": a good one, and one whose R has a part of small order. */
const ASKED = {
  key: fromBase64url("xOyoNAw8XakwyWwTCHeTB1WDSQF54-8G-PFZ5bSJ3mQ"),
  good: fromBase64url(
    "bz768gNkoLmFx8IlxEq8VgKLLWc_bG49t-XGavzKjzQrPjQvqYV33FpdeDY6R_FGtz0X6CCs9MvKkcSF_UUiBw",
  ),
  lenient: fromBase64url(
    "xRylLPqgP4V5fbWCkOWf4rX3CSFMHL9NOjAcJ-EM9i-LdRcrrJMNT1KVxhuYrQWeeM2kb9XpruLiOt5cyVLrCg",
  ),
};

function littleEndian(octets: Uint8Array): bigint {
  return octets.reduceRight((sum, octet) => (sum << 8n) | BigInt(octet), 0n);
}

/** Whether this encodes a y below the field's size, of a point that is not of small order. */
function isCanonicalAndLarge(point: Uint8Array): boolean {
  const y = littleEndian(point) & ((1n << 255n) - 1n);
  return y < FIELD && !SMALL_Y.has(y);
}

/** Whether these 32 bytes are the canonical encoding of a point of the prime-order group, and not its neutral element. */
export function isUsable(key: Uint8Array): boolean {
  if (key.length !== 32 || !isCanonicalAndLarge(key)) return false;
  try {
    return Point.fromBytes(key).isTorsionFree();
  } catch {
    return false;
  }
}

/** Whether `key` made this signature over `message`, by the strict rules. */
export async function isSigned(key: Bytes, message: Bytes, signature: Bytes): Promise<boolean> {
  if (key.length !== 32 || signature.length !== 64) return false;
  const strict =
    isCanonicalAndLarge(key) &&
    isCanonicalAndLarge(signature.subarray(0, 32)) &&
    littleEndian(signature.subarray(32)) < ORDER;
  if (!strict) return false;
  return (await trusted()) ? asksPlatform(key, message, signature) : computes(key, message, signature);
}

let answered: Promise<boolean> | undefined;

/** Whether the platform has Ed25519, and is strict about it. */
export function trusted(): Promise<boolean> {
  answered ??= (async () => {
    const message = utf8("planetvault");
    const good = await asksPlatform(ASKED.key, message, ASKED.good);
    return good && !(await asksPlatform(ASKED.key, message, ASKED.lenient));
  })();
  return answered;
}

async function asksPlatform(key: Bytes, message: Bytes, signature: Bytes): Promise<boolean> {
  try {
    const imported = await crypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"]);
    return await crypto.subtle.verify("Ed25519", imported, signature, message);
  } catch {
    return false;
  }
}

/** S·B − k·A, encoded, is R. */
export async function computes(key: Bytes, message: Bytes, signature: Bytes): Promise<boolean> {
  const digest = await crypto.subtle.digest("SHA-512", concat(signature.subarray(0, 32), key, message));
  const k = littleEndian(new Uint8Array(digest)) % ORDER;
  try {
    const sum = Point.BASE.multiplyUnsafe(littleEndian(signature.subarray(32)));
    const encoded = sum.subtract(Point.fromBytes(key).multiplyUnsafe(k)).toBytes();
    return encoded.every((octet, at) => octet === signature[at]);
  } catch {
    return false;
  }
}

/** The public key of a seed of 32 bytes. */
export async function publicOf(seed: Bytes): Promise<Bytes> {
  return new Uint8Array(await getPublicKeyAsync(seed));
}

/** The signature of a seed over `message`: the platform's, in constant time, where it has Ed25519. */
export async function sign(seed: Bytes, message: Bytes): Promise<Bytes> {
  if (!(await trusted())) return new Uint8Array(await signAsync(message, seed));
  return new Uint8Array(await crypto.subtle.sign("Ed25519", await privateKeyOf(seed), message));
}

/** The key of a seed as the platform holds it, which shows it to nobody. */
export function privateKeyOf(seed: Bytes): Promise<CryptoKey> {
  return crypto.subtle.importKey("pkcs8", concat(PKCS8, seed), "Ed25519", false, ["sign"]);
}
