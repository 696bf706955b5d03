/**
 * What two devices tell each other, and the six digits that a person compares (docs/spec/keys.md, Lockers).
 *
 *     offer    "planetvault-join:1:"   ‖ base64url(sign key(32) ‖ sealing key(1216) ‖ commitment(32))      from the new device
 *     answer   "planetvault-answer:1:" ‖ base64url(account id(16) ‖ root kid(32) ‖ trust(32) ‖ nonce(32))  from the one that is in
 *     reveal   "planetvault-reveal:1:" ‖ base64url(nonce(32))                                              from the new device
 *
 * Each side fixes its random part before it sees the other's, so whoever stands between has one try in a million (a short
 * authentication string over a committed transcript: Vaudenay, CRYPTO 2005).
 */

import { BrokenText } from "../client/errors.js";
import { sha256 } from "../digest.js";
import type { Bytes } from "../encoding.js";
import { fromBase64url, toBase64url, utf8 } from "../encoding.js";
import { AnchorError } from "../errors.js";

const COMMITTED = utf8("planetvault/joining-commitment/v1\0");
const COMPARED = utf8("planetvault/joining-digits/v1\0");
const MOST_CHARACTERS = 4096;
const DIGITS = 6;
export const NONCE_BYTES = 32;

interface Kind {
  readonly prefix: string;
  readonly size: number;
}

export const OFFER: Kind = { prefix: "planetvault-join:1:", size: 32 + 1216 + 32 };
export const ANSWER: Kind = { prefix: "planetvault-answer:1:", size: 16 + 32 + 32 + NONCE_BYTES };
export const REVEAL: Kind = { prefix: "planetvault-reveal:1:", size: NONCE_BYTES };

export const write = ({ prefix }: Kind, octets: Bytes): string => prefix + toBase64url(octets);

/** @throws BrokenText if the text is another one, or not whole. */
export function read(text: string, { prefix, size }: Kind): Bytes {
  const whole = text.slice(0, 2 * MOST_CHARACTERS).replace(/\s+/g, "");
  if (whole.length > MOST_CHARACTERS || !whole.startsWith(prefix))
    throw new BrokenText("this is another text than the one expected here");
  try {
    const octets = fromBase64url(whole.slice(prefix.length));
    if (octets.length === size) return octets;
  } catch (cause) {
    if (!(cause instanceof AnchorError)) throw cause;
  }
  throw new BrokenText("this text is not whole");
}

/** What the new device is bound to before it sees the answer. */
export function commitmentOf(nonce: Bytes, keys: Bytes): Promise<Bytes> {
  return sha256(COMMITTED, nonce, keys);
}

/** The six digits, of the decoded bytes. */
export async function digitsOf(offer: Bytes, answer: Bytes, nonce: Bytes): Promise<string> {
  const compared = await sha256(COMPARED, offer, answer, nonce);
  const modulus = 10 ** DIGITS;
  const value = compared.reduce((rest, octet) => (rest * 256 + octet) % modulus, 0);
  return String(value).padStart(DIGITS, "0");
}
