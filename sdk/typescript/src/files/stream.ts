/** A blob as a stream: sealed in parts, the same bytes each time, and opened as it comes (docs/spec/item.md, Blobs). */

import { hmac } from "../digest.js";
import type { Bytes } from "../encoding.js";
import { concat, same, utf8 } from "../encoding.js";
import { OpenError } from "../errors.js";
import type { BlobReference } from "../sealing/blob.js";
import { context } from "../sealing/context.js";
import { paddedSize } from "../sealing/padding.js";
import { CHUNK_BYTES, HEADER_BYTES, Message, SALT_BYTES, SEALED_CHUNK_BYTES } from "../sealing/seal.js";
import type { Outline } from "./outline.js";
import { hasher, WINDOW_BYTES, windowOf } from "./outline.js";

export const PART_BYTES = 8 * 1024 * 1024;
/** Chunks that are opened side by side. */
const TOGETHER = 64;
const SALTED = utf8("planetvault/blob-salt/v1\0");

/** What a file will be sealed as; id and key are random. */
export interface BlobPlan {
  readonly blobId: Bytes;
  readonly key: Bytes;
  readonly outline: Outline;
}

/** How many bytes a blob of `size` plain bytes has when it is sealed, with its padding. */
export function sealedSize(size: number): number {
  const padded = paddedSize(size);
  return HEADER_BYTES + padded + (Math.floor(padded / CHUNK_BYTES) + 1) * (SEALED_CHUNK_BYTES - CHUNK_BYTES);
}

/**
 * The sealed stream of a file, cut every `partBytes`. No more than a window and a part are held at a time.
 *
 * @throws FileChanged before anything leaves that is not of the file as it was hashed: no nonce ever meets two plaintexts.
 */
export async function* sealParts(plan: BlobPlan, file: Blob, partBytes = PART_BYTES): AsyncGenerator<Bytes> {
  const { blobId, key, outline } = plan;
  const salt = (await hmac(key, concat(SALTED, outline.digest))).slice(0, SALT_BYTES);
  const message = await Message.derive(key, context("blob", blobId), salt);
  const padded = paddedSize(outline.size);
  const pieces = new Pieces();
  pieces.add(message.header);
  for (let start = 0; start <= padded; start += WINDOW_BYTES) {
    const read = await windowOf(file, outline, start);
    const padding = Math.min(WINDOW_BYTES, padded - start) - read.length;
    const plain = padding === 0 ? read : concat(read, new Uint8Array(padding));
    for (const chunk of await sealWindow(message, start / CHUNK_BYTES, plain)) pieces.add(chunk);
    while (pieces.size >= partBytes) yield pieces.take(partBytes);
  }
  if (pieces.size > 0) yield pieces.take(pieces.size);
}

/** Bytes that wait to be cut anew. Each is copied once: in a browser, what was copied in vain is cleared away late. */
class Pieces {
  #pieces: Bytes[] = [];
  size = 0;

  add(piece: Bytes): void {
    this.#pieces.push(piece);
    this.size += piece.length;
  }

  /** The first `size` bytes, of as many that wait. */
  take(size: number): Bytes {
    const taken = new Uint8Array(size);
    let at = 0;
    let used = 0;
    for (const piece of this.#pieces) {
      const some = piece.subarray(0, size - at);
      taken.set(some, at);
      at += some.length;
      if (some.length < piece.length) {
        this.#pieces[used] = piece.subarray(some.length);
        break;
      }
      used++;
    }
    this.#pieces.splice(0, used);
    this.size -= size;
    return taken;
  }
}

/** A window that is full has no chunk behind its last; the one at the end has one that is shorter, or empty. */
function sealWindow(message: Message, first: number, plain: Bytes): Promise<readonly Bytes[]> {
  const count = plain.length === WINDOW_BYTES ? WINDOW_BYTES / CHUNK_BYTES : chunksIn(plain.length);
  const chunks = Array.from({ length: count }, (_, at) =>
    message.sealChunk(first + at, plain.subarray(at * CHUNK_BYTES, (at + 1) * CHUNK_BYTES)),
  );
  return Promise.all(chunks);
}

function chunksIn(size: number): number {
  return Math.floor(size / CHUNK_BYTES) + 1;
}

/**
 * Open a blob from front to back as it comes, in pieces. What came before a refusal must be thrown away.
 *
 * @throws OpenError if it is not, to the last byte, the blob that the reference names.
 */
export async function* openStream(
  reference: BlobReference,
  pieces: AsyncIterable<Bytes>,
): AsyncGenerator<Bytes> {
  const [whole, from] = [await hasher(), new Waiting(pieces[Symbol.asyncIterator]())];
  const take = async (size: number): Promise<Bytes> => {
    const octets = await from.take(size);
    whole.update(octets);
    return octets;
  };
  const message = await Message.resume(
    reference.key,
    context("blob", reference.blobId),
    await take(HEADER_BYTES),
  );
  const total = sealedSize(reference.size);
  const count = chunksIn(paddedSize(reference.size));
  for (
    let index = 0, at = HEADER_BYTES;
    index < count;
    index += TOGETHER, at += TOGETHER * SEALED_CHUNK_BYTES
  ) {
    const sealed = await take(Math.min(TOGETHER * SEALED_CHUNK_BYTES, total - at));
    const plain = await openChunks(message, index, sealed);
    const kept = Math.max(0, Math.min(reference.size - index * CHUNK_BYTES, plain.length));
    if (plain.subarray(kept).some((octet) => octet !== 0)) throw new OpenError();
    if (kept > 0) yield plain.slice(0, kept);
  }
  await from.end();
  if (!same(whole.digest(), reference.sha256)) throw new OpenError();
}

async function openChunks(message: Message, first: number, sealed: Bytes): Promise<Bytes> {
  const count = Math.ceil(sealed.length / SEALED_CHUNK_BYTES);
  const chunks = Array.from({ length: count }, (_, at) =>
    message.openChunk(first + at, sealed.subarray(at * SEALED_CHUNK_BYTES, (at + 1) * SEALED_CHUNK_BYTES)),
  );
  return concat(...(await Promise.all(chunks)));
}

/** What came and was not taken yet. */
class Waiting {
  #octets: Bytes = new Uint8Array();

  constructor(private readonly pieces: AsyncIterator<Bytes>) {}

  /** @throws OpenError if less comes. */
  async take(size: number): Promise<Bytes> {
    const taken: Bytes[] = [];
    for (let missing = size; ; ) {
      const some = this.#octets.subarray(0, missing);
      this.#octets = this.#octets.subarray(some.length);
      taken.push(some);
      missing -= some.length;
      if (missing === 0) return concat(...taken);
      await this.#more();
    }
  }

  /** @throws OpenError unless nothing is left. */
  async end(): Promise<void> {
    if (this.#octets.length > 0 || !(await this.pieces.next()).done) throw new OpenError();
  }

  async #more(): Promise<void> {
    const next = await this.pieces.next();
    if (next.done) throw new OpenError();
    this.#octets = next.value;
  }
}
