/** Who signed: an account from an ECDSA signature over secp256k1 (SEC 1 version 2, §4.1.6). Public values only. */

import type { Bytes } from "../encoding.js";
import { fromHex } from "../encoding.js";
import { FormatError, SignatureError } from "../errors.js";
import { keccak256 } from "./keccak.js";
import { numberOf } from "./rlp.js";

const FIELD = (1n << 256n) - (1n << 32n) - 977n;
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const GENERATOR: Point = [
  0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798n,
  0x483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8n,
  1n,
];
/** Jacobian: the affine point (x / z², y / z³); z is 0 for the point at infinity. */
type Point = readonly [bigint, bigint, bigint];
const NOWHERE: Point = [0n, 1n, 0n];

/**
 * The account, 20 bytes, that signed this 32-byte digest; the signature is r ‖ s ‖ v with v 0 or 1.
 *
 * @throws FormatError if it is not of this form.
 * @throws SignatureError if no key made it.
 */
export function recoverAddress(digest: Uint8Array, signature: Uint8Array): Bytes {
  const odd = signature[64];
  if (signature.length !== 65 || odd === undefined || odd > 1)
    throw new FormatError("not a signature with 0 or 1");
  const [r, s] = [numberOf(signature.subarray(0, 32)), numberOf(signature.subarray(32, 64))];
  if (r === 0n || s === 0n || r >= ORDER || s >= ORDER)
    throw new SignatureError("a signature is out of range");
  const square = mod(r ** 3n + 7n);
  const root = power(square, (FIELD + 1n) / 4n, FIELD);
  if (mod(root * root) !== square) throw new SignatureError("no key made this signature");
  const nonce: Point = [r, (root & 1n) === BigInt(odd) ? root : FIELD - root, 1n];
  const inverse = power(r, ORDER - 2n, ORDER);
  const one = times(mod(-numberOf(digest) * inverse, ORDER), GENERATOR);
  return keccak256(affine(sum(one, times(mod(s * inverse, ORDER), nonce)))).slice(-20);
}

function mod(value: bigint, by = FIELD): bigint {
  const left = value % by;
  return left < 0n ? left + by : left;
}

function power(base: bigint, exponent: bigint, by: bigint): bigint {
  let [found, square] = [1n, base % by];
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) found = (found * square) % by;
    square = (square * square) % by;
  }
  return found;
}

function affine([x, y, z]: Point): Bytes {
  if (z === 0n) throw new SignatureError("no key made this signature");
  const inverse = power(z, FIELD - 2n, FIELD);
  const both = [mod(x * inverse ** 2n), mod(y * inverse ** 3n)];
  return fromHex(both.map((value) => value.toString(16).padStart(64, "0")).join(""));
}

function times(scalar: bigint, point: Point): Point {
  let found = NOWHERE;
  for (const bit of scalar.toString(2)) {
    found = double(found);
    if (bit === "1") found = sum(found, point);
  }
  return found;
}

function double([x, y, z]: Point): Point {
  if (z === 0n || y === 0n) return NOWHERE;
  const square = mod(y * y);
  const [s, m] = [mod(4n * x * square), mod(3n * x * x)];
  const doubled = mod(m * m - 2n * s);
  return [doubled, mod(m * (s - doubled) - 8n * square * square), mod(2n * y * z)];
}

function sum(one: Point, other: Point): Point {
  if (one[2] === 0n || other[2] === 0n) return one[2] === 0n ? other : one;
  const [oneZ, otherZ] = [mod(one[2] ** 2n), mod(other[2] ** 2n)];
  const [u, v] = [mod(one[0] * otherZ), mod(other[0] * oneZ)];
  const [s, t] = [mod(one[1] * otherZ * other[2]), mod(other[1] * oneZ * one[2])];
  if (u === v) return s === t ? double(one) : NOWHERE;
  const [h, r] = [v - u, t - s];
  const x = mod(r * r - h ** 3n - 2n * u * h * h);
  return [x, mod(r * (u * h * h - x) - s * h ** 3n), mod(h * one[2] * other[2])];
}
