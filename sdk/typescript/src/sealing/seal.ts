/**
 * seal: Cobblestone-256 (c2sp.org/chunked-encryption with AES-256-GCM and HKDF-SHA-512), and kdf; docs/spec/sealing.md.
 *
 *     blob = 01 ‖ salt(24) ‖ commitment(32) ‖ chunk 0 ‖ chunk 1 ‖ …      a chunk: 16,384 bytes and a tag; the last is shorter
 */

import { hmac, random } from "../digest.js";
import type { Bytes } from "../encoding.js";
import { concat, same, utf8 } from "../encoding.js";
import { InputError, OpenError } from "../errors.js";

export const KEY_BYTES = 32;
export const MOST_SEALED_BYTES = 8 * 1024 * 1024;
export const CHUNK_BYTES = 16_384;
export const SEALED_CHUNK_BYTES = CHUNK_BYTES + 16;
export const SALT_BYTES = 24;
/** Version, salt and commitment. */
export const HEADER_BYTES = 1 + SALT_BYTES + 32;
const VERSION = 1;
const LABEL = utf8("c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0");

/** HKDF-Expand-SHA256 to 32 bytes (RFC 5869 §2.3). */
export function kdf(key: Bytes, context: Bytes): Promise<Bytes> {
  return hmac(verifyKey(key), concat(context, Uint8Array.of(1)));
}

/** @throws InputError unless the key has 32 bytes. */
export function verifyKey(key: Bytes): Bytes {
  if (key.length !== KEY_BYTES) throw new InputError("a key has 32 bytes");
  return key;
}

/** The keys of one sealed message. */
export class Message {
  private constructor(
    /** What a blob begins with. */
    readonly header: Bytes,
    private readonly key: CryptoKey,
    private readonly nonce: Bytes,
  ) {}

  /** A new message: a new salt, and so new keys. */
  static begin(key: Bytes, context: Bytes): Promise<Message> {
    return Message.derive(verifyKey(key), context, random(SALT_BYTES));
  }

  /**
   * The message that a blob with this header is.
   *
   * @throws OpenError if it was sealed under another key or for another place.
   */
  static async resume(key: Bytes, context: Bytes, header: Uint8Array): Promise<Message> {
    if (header.length !== HEADER_BYTES || header[0] !== VERSION) throw new OpenError();
    const message = await Message.derive(verifyKey(key), context, header.slice(1, 1 + SALT_BYTES));
    if (!same(message.header, header)) throw new OpenError();
    return message;
  }

  /** The message with this salt, which no other plaintext under this key may ever have. */
  static async derive(key: Bytes, context: Bytes, salt: Bytes): Promise<Message> {
    const info = concat(LABEL, salt, context);
    const first = await hmac(key, concat(info, Uint8Array.of(1)), "SHA-512");
    const second = await hmac(key, concat(first, info, Uint8Array.of(2)), "SHA-512");
    const derived = concat(first, second);
    const aes = await crypto.subtle.importKey("raw", derived.slice(0, 32), "AES-GCM", false, [
      "encrypt",
      "decrypt",
    ]);
    const header = concat(Uint8Array.of(VERSION), salt, derived.subarray(44, 76));
    return new Message(header, aes, derived.slice(32, 44));
  }

  async sealChunk(index: number, chunk: Uint8Array): Promise<Bytes> {
    const algorithm = { name: "AES-GCM", iv: this.nonceOf(index) };
    return new Uint8Array(await crypto.subtle.encrypt(algorithm, this.key, chunk as Bytes));
  }

  /** @throws OpenError */
  async openChunk(index: number, chunk: Uint8Array): Promise<Bytes> {
    try {
      const algorithm = { name: "AES-GCM", iv: this.nonceOf(index) };
      return new Uint8Array(await crypto.subtle.decrypt(algorithm, this.key, chunk as Bytes));
    } catch {
      throw new OpenError();
    }
  }

  private nonceOf(index: number): Bytes {
    const nonce = this.nonce.slice();
    const view = new DataView(nonce.buffer);
    view.setBigUint64(4, view.getBigUint64(4) ^ BigInt(index));
    return nonce;
  }
}

/**
 * A blob that opens under this key and in this context alone.
 *
 * @throws InputError for a key of another length, or a plaintext that would not be read again.
 */
export async function seal(key: Bytes, context: Bytes, plaintext: Uint8Array): Promise<Bytes> {
  const message = await Message.begin(key, context);
  const sealed: Uint8Array[] = [message.header];
  for (let index = 0; index * CHUNK_BYTES <= plaintext.length; index++) {
    const chunk = plaintext.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES);
    sealed.push(await message.sealChunk(index, chunk));
  }
  const blob = concat(...sealed);
  if (blob.length > MOST_SEALED_BYTES) throw new InputError("a blob has at most 8 MiB");
  return blob;
}

/**
 * What was sealed.
 *
 * @throws OpenError whatever the reason.
 */
export async function unseal(key: Bytes, context: Bytes, blob: Uint8Array): Promise<Bytes> {
  if (blob.length > MOST_SEALED_BYTES || blob.length < HEADER_BYTES + 16) throw new OpenError();
  const message = await Message.resume(key, context, blob.subarray(0, HEADER_BYTES));
  const chunks = blob.subarray(HEADER_BYTES);
  const opened: Uint8Array[] = [];
  for (let index = 0; index * SEALED_CHUNK_BYTES <= chunks.length; index++) {
    const chunk = chunks.subarray(index * SEALED_CHUNK_BYTES, (index + 1) * SEALED_CHUNK_BYTES);
    opened.push(await message.openChunk(index, chunk));
  }
  return concat(...opened);
}
