/** hseal: HPKE (RFC 9180) in base mode with X-Wing, HKDF-SHA256 and AES-256-GCM (docs/spec/sealing.md). */

import { Aes256Gcm, CipherSuite, HkdfSha256 } from "@hpke/core";
import { XWing } from "@hpke/hybridkem-x-wing";
import { sha256 } from "../digest.js";
import type { Bytes } from "../encoding.js";
import { concat } from "../encoding.js";
import { InputError, OpenError } from "../errors.js";
import { verifyKey } from "./seal.js";

export const PUBLIC_BYTES = 1216;
export const MOST_HSEALED_BYTES = 4096;
const ENC_BYTES = 1120;
const VERSION = 1;
const ML_KEM_BYTES = 1184;
const ML_KEM_PRIME = 3329;

const kem = new XWing();
const suite = new CipherSuite({ kem, kdf: new HkdfSha256(), aead: new Aes256Gcm() });

/** A secret X-Wing key, kept as its seed of 32 bytes. */
export class OpeningKey {
  private constructor(
    private readonly key: CryptoKey,
    /** The public key: ML-KEM-768 (1,184 bytes) ‖ X25519 (32). */
    readonly publicKey: Bytes,
    /** SHA-256 of the public key. */
    readonly kid: Bytes,
  ) {}

  /** @throws InputError unless the seed has 32 bytes. */
  static async fromSeed(seed: Bytes): Promise<OpeningKey> {
    const pair = await kem.generateKeyPairDerand(verifyKey(seed).slice());
    const publicKey = new Uint8Array(await kem.serializePublicKey(pair.publicKey));
    return new OpeningKey(pair.privateKey, publicKey, await sha256(publicKey));
  }

  /**
   * What was sealed to this key. It counts only once it was compared with a commitment inside something signed.
   *
   * @throws OpenError whatever the reason.
   */
  async hunseal(context: Bytes, blob: Uint8Array): Promise<Bytes> {
    if (blob.length > MOST_HSEALED_BYTES || blob[0] !== VERSION) throw new OpenError();
    const [enc, ciphertext] = [blob.slice(1, 1 + ENC_BYTES), blob.slice(1 + ENC_BYTES)];
    try {
      const sender = { recipientKey: this.key, enc: enc.buffer, info: context.slice().buffer };
      return new Uint8Array(await suite.open(sender, ciphertext.buffer));
    } catch {
      throw new OpenError();
    }
  }
}

/**
 * Seal to a public key.
 *
 * @throws InputError for a key that is not usable.
 */
export async function hseal(publicKey: Bytes, context: Bytes, plaintext: Bytes): Promise<Bytes> {
  verifySealingKey(publicKey);
  try {
    const recipientPublicKey = await kem.deserializePublicKey(publicKey.slice().buffer);
    const recipient = { recipientPublicKey, info: context.slice().buffer };
    const { ct, enc } = await suite.seal(recipient, plaintext.slice().buffer);
    return concat(Uint8Array.of(VERSION), new Uint8Array(enc), new Uint8Array(ct));
  } catch (cause) {
    throw new InputError("this sealing key is not usable", { cause });
  }
}

/**
 * The key itself, if its 768 coefficients, of 12 bits each, are below the prime (FIPS 203 §7.2).
 *
 * @throws InputError for any other.
 */
export function verifySealingKey(publicKey: Bytes): Bytes {
  if (publicKey.length !== PUBLIC_BYTES) throw new InputError("a sealing key has 1,216 bytes");
  for (let at = 0; at < ML_KEM_BYTES - 32; at += 3) {
    const three = ((publicKey[at + 2] ?? 0) << 16) | ((publicKey[at + 1] ?? 0) << 8) | (publicKey[at] ?? 0);
    if ((three & 0xfff) >= ML_KEM_PRIME || three >> 12 >= ML_KEM_PRIME) {
      throw new InputError("this sealing key is not usable");
    }
  }
  return publicKey;
}
