/** SHA-256 and HMAC of the platform (WebCrypto), and its randomness. */

import type { Bytes } from "./encoding.js";
import { concat } from "./encoding.js";

export const HASH_BYTES = 32;

export async function sha256(...parts: readonly Uint8Array[]): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", concat(...parts)));
}

/** HMAC (RFC 2104) with a hash of SHA-2. */
export async function hmac(
  key: Bytes,
  message: Bytes,
  hash: "SHA-256" | "SHA-512" = "SHA-256",
): Promise<Bytes> {
  const imported = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, message));
}

export function random(size: number): Bytes {
  return crypto.getRandomValues(new Uint8Array(size));
}
