/** Blobs: what is too large for a field, sealed as a stream and read whole or from any place (docs/spec/item.md, Blobs). */

import { random, sha256 } from "../digest.js";
import type { Bytes } from "../encoding.js";
import { concat, same } from "../encoding.js";
import { OpenError } from "../errors.js";
import { context, ID_BYTES } from "./context.js";
import { LayoutReader, writeNumber, writeText } from "./layout.js";
import { paddedSize } from "./padding.js";
import { CHUNK_BYTES, HEADER_BYTES, KEY_BYTES, Message, SEALED_CHUNK_BYTES } from "./seal.js";

/** Where a blob is and what opens it: the value of the field that refers to it. */
export interface BlobReference {
  readonly blobId: Bytes;
  readonly key: Bytes;
  /** In bytes, without padding. */
  readonly size: number;
  /** SHA-256 of the sealed blob. */
  readonly sha256: Bytes;
  readonly mediaType: string;
  readonly name: string;
}

/** A sealed blob, wherever it is kept; `read` gives the bytes from `start` up to `end`. */
export interface BlobSource {
  readonly size: number;
  read(start: number, end: number): Promise<Uint8Array>;
}

export function writeBlobReference(reference: BlobReference): Bytes {
  const { blobId, key, size, mediaType, name } = reference;
  return concat(blobId, key, writeNumber(size), reference.sha256, writeText(mediaType), writeText(name));
}

/** @throws OpenError if the value refers to no blob. */
export function readBlobReference(value: Bytes): BlobReference {
  const reader = new LayoutReader(value);
  const [blobId, key, size] = [reader.take(ID_BYTES), reader.take(KEY_BYTES), reader.number()];
  const reference = {
    blobId,
    key,
    size,
    sha256: reader.take(32),
    mediaType: reader.text(),
    name: reader.text(),
  };
  reader.end();
  return reference;
}

/** Seal a file under a new key; the reference goes into a field. */
export async function sealBlob(
  file: Uint8Array,
  mediaType: string,
  name: string,
): Promise<{ readonly reference: BlobReference; readonly blob: Bytes }> {
  const [blobId, key] = [random(ID_BYTES), random(KEY_BYTES)];
  const message = await Message.begin(key, context("blob", blobId));
  const padded = concat(file, new Uint8Array(paddedSize(file.length) - file.length));
  const sealed: Uint8Array[] = [message.header];
  for (let index = 0; index * CHUNK_BYTES <= padded.length; index++) {
    sealed.push(
      await message.sealChunk(index, padded.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES)),
    );
  }
  const blob = concat(...sealed);
  return { reference: { blobId, key, size: file.length, sha256: await sha256(blob), mediaType, name }, blob };
}

/**
 * Open a blob from front to back.
 *
 * @throws OpenError if it is not, to the last byte, the blob that the reference names.
 */
export async function openBlob(reference: BlobReference, blob: Bytes): Promise<Bytes> {
  if (!same(await sha256(blob), reference.sha256)) throw new OpenError();
  const source = { size: blob.length, read: async (start: number, end: number) => blob.subarray(start, end) };
  const reader = await BlobReader.open(reference, source);
  return reader.read(0, reference.size);
}

/**
 * Reads a blob from any place.
 *
 * What it returns was sealed by someone who holds the blob's key; only opening it whole proves that it was the owner.
 */
export class BlobReader {
  private constructor(
    private readonly reference: BlobReference,
    private readonly source: BlobSource,
    private readonly message: Message,
  ) {}

  /** @throws OpenError unless the last chunk opens and proves the length. */
  static async open(reference: BlobReference, source: BlobSource): Promise<BlobReader> {
    const header = await source.read(0, HEADER_BYTES);
    const message = await Message.resume(reference.key, context("blob", reference.blobId), header);
    const reader = new BlobReader(reference, source, message);
    const last = Math.floor((source.size - HEADER_BYTES) / SEALED_CHUNK_BYTES);
    const end = await reader.chunk(last);
    if (last * CHUNK_BYTES + end.length !== paddedSize(reference.size)) throw new OpenError();
    const kept = Math.max(reference.size - last * CHUNK_BYTES, 0);
    if (end.subarray(kept).some((octet) => octet !== 0)) throw new OpenError();
    return reader;
  }

  /** At most `size` bytes from `start` on. */
  async read(start: number, size: number): Promise<Bytes> {
    const end = Math.min(start + size, this.reference.size);
    if (end <= start) return new Uint8Array();
    const first = Math.floor(start / CHUNK_BYTES);
    const chunks: Uint8Array[] = [];
    for (let index = first; index * CHUNK_BYTES < end; index++) chunks.push(await this.chunk(index));
    return concat(...chunks).slice(start - first * CHUNK_BYTES, end - first * CHUNK_BYTES);
  }

  private async chunk(index: number): Promise<Bytes> {
    const start = HEADER_BYTES + index * SEALED_CHUNK_BYTES;
    const end = Math.min(start + SEALED_CHUNK_BYTES, this.source.size);
    return this.message.openChunk(index, await this.source.read(start, end));
  }
}
