/** Ed25519 keys. A key is named by its kid, the SHA-256 of its 32 public bytes: who pins a kid has pinned the key. */

import * as curve from "./curve.js";
import { random, sha256 } from "./digest.js";
import type { Bytes } from "./encoding.js";
import { fromBase64url, toBase64url } from "./encoding.js";
import { FormatError, InputError, SignatureError } from "./errors.js";

/** The name of a public key, both in base64url. */
export async function kidOf(publicKey: string): Promise<string> {
  return toBase64url(await sha256(fromBase64url(publicKey)));
}

/**
 * A secret Ed25519 key: a seed, which is not enumerable, so that it does not end up in a log line; or a key that the
 * platform holds and never shows.
 */
export class SigningKey {
  readonly #secret: Bytes | CryptoKey;

  private constructor(
    secret: Bytes | CryptoKey,
    /** The public key in base64url. */
    readonly publicKey: string,
    readonly kid: string,
  ) {
    this.#secret = secret;
  }

  /** A key of the platform's, such as one that cannot be extracted; `publicKey` in base64url. */
  static async held(privateKey: CryptoKey, publicKey: string): Promise<SigningKey> {
    return new SigningKey(privateKey, publicKey, await kidOf(publicKey));
  }

  /** @throws InputError unless the seed has 32 bytes. */
  static async fromSeed(seed: Bytes): Promise<SigningKey> {
    if (seed.length !== 32) throw new InputError("an Ed25519 seed has 32 bytes");
    const publicKey = toBase64url(await curve.publicOf(seed));
    return new SigningKey(seed, publicKey, await kidOf(publicKey));
  }

  static generate(): Promise<SigningKey> {
    return SigningKey.fromSeed(random(32));
  }

  /** The 64-byte signature over `message`. */
  async sign(message: Bytes): Promise<Bytes> {
    if (this.#secret instanceof Uint8Array) return curve.sign(this.#secret, message);
    return new Uint8Array(await crypto.subtle.sign("Ed25519", this.#secret, message));
  }

  /**
   * The 32 secret bytes, for keeping the key.
   *
   * @throws InputError if the platform holds it: nobody gets to see it.
   */
  seed(): Bytes {
    if (this.#secret instanceof Uint8Array) return this.#secret.slice();
    throw new InputError("the platform holds this key and shows it to nobody");
  }
}

const usable = new Map<string, boolean>();
const MOST_REMEMBERED = 1024;

/**
 * The key itself, if it is a canonical point of the prime-order group and not its neutral element.
 *
 * @throws FormatError for any other.
 */
export function verifyPublicKey(publicKey: string): string {
  let found = usable.get(publicKey);
  if (found === undefined) {
    found = curve.isUsable(fromBase64url(publicKey));
    if (usable.size >= MOST_REMEMBERED) usable.clear();
    usable.set(publicKey, found);
  }
  if (!found) throw new FormatError("not a usable Ed25519 public key");
  return publicKey;
}

/**
 * The message, if this key signed it.
 *
 * @throws SignatureError if not, whatever the reason.
 */
export async function verifySignature(publicKey: string, message: Bytes, signature: Bytes): Promise<Bytes> {
  if (!(await curve.isSigned(fromBase64url(publicKey), message, signature))) {
    throw new SignatureError("the signature does not match the signed bytes");
  }
  return message;
}
