/** A sealed blob on its way: range by range, gone on with where it was broken off, and opened. */

import { BrokenAnswer } from "../client/errors.js";
import type { Bytes } from "../encoding.js";
import { same } from "../encoding.js";
import { OpenError } from "../errors.js";
import type { BlobReference } from "../sealing/blob.js";
import { BlobReader } from "../sealing/blob.js";
import { CHUNK_BYTES, HEADER_BYTES, SEALED_CHUNK_BYTES } from "../sealing/seal.js";
import { hasher } from "./outline.js";
import { openStream, PART_BYTES, sealedSize } from "./stream.js";

/** Called with sealed bytes here, and sealed bytes in all. */
export type Progress = (here: number, total: number) => void;

/** One request: the sealed bytes from `start` up to `end`. */
export type Fetch = (start: number, end: number) => Promise<Bytes>;

/** Where sealed bytes wait until all are there: a file in the origin's private file system, say. */
export interface SealedStore {
  size(): Promise<number>;
  append(octets: Bytes): Promise<void>;
  read(start: number, end: number): Promise<Bytes>;
  clear(): Promise<void>;
}

export interface GetOptions {
  /** With one, a download that broke off goes on, and nothing is handed on before all of it is found to be the owner's. */
  readonly store?: SealedStore;
  readonly progress?: Progress;
  /** Ends it; with a store, another `get` goes on from there. */
  readonly signal?: AbortSignal | undefined;
}

/** The headers that ask for a range (RFC 9110 §14.2). */
export function rangeOf(start: number, end: number): { readonly range: string } {
  return { range: `bytes=${start}-${end - 1}` };
}

/**
 * A blob, opened, in pieces of at most a MiB. Without a store, what came before a refusal must be thrown away.
 *
 * @throws OpenError if it is not, to the last byte, the blob that the reference names.
 */
export async function* fetchBlob(
  reference: BlobReference,
  fetch: Fetch,
  { store, progress = () => {} }: GetOptions,
): AsyncGenerator<Bytes> {
  if (store === undefined) {
    yield* openStream(reference, parts(fetch, reference, 0, progress));
    return;
  }
  for await (const part of parts(fetch, reference, await store.size(), progress)) await store.append(part);
  await verifyStored(reference, store);
  const kept: Fetch = (start, end) => store.read(start, end);
  yield* openStream(
    reference,
    parts(kept, reference, 0, () => {}),
  );
  await store.clear();
}

/** A blob's bytes as they are sealed, in parts of 8 MiB. */
export function sealedParts(reference: BlobReference, fetch: Fetch): AsyncGenerator<Bytes> {
  return parts(fetch, reference, 0, () => {});
}

async function* parts(
  fetch: Fetch,
  reference: BlobReference,
  from: number,
  progress: Progress,
): AsyncGenerator<Bytes> {
  const total = sealedSize(reference.size);
  for (let here = from; here < total; ) {
    const end = Math.min(here + PART_BYTES, total);
    const octets = await exactly(fetch, here, end);
    yield octets;
    here = end;
    progress(here, total);
  }
}

async function exactly(fetch: Fetch, start: number, end: number): Promise<Bytes> {
  const octets = await fetch(start, end);
  if (octets.length !== end - start)
    throw new BrokenAnswer("another range of the blob came than was asked for");
  return octets;
}

async function verifyStored(reference: BlobReference, store: SealedStore): Promise<void> {
  const whole = await hasher();
  const size = await store.size();
  for (let at = 0; at < size; at += PART_BYTES)
    whole.update(await store.read(at, Math.min(at + PART_BYTES, size)));
  if (same(whole.digest(), reference.sha256)) return;
  await store.clear();
  throw new OpenError();
}

/**
 * At most `size` bytes from `start` on: header, last chunk and those in between are fetched, and no others.
 *
 * @throws OpenError if they were not sealed by a holder of the blob's key.
 */
export async function readBlob(
  reference: BlobReference,
  fetch: Fetch,
  start: number,
  size: number,
): Promise<Bytes> {
  const total = sealedSize(reference.size);
  const chunk = (index: number): number => HEADER_BYTES + index * SEALED_CHUNK_BYTES;
  const end = Math.min(start + size, reference.size);
  const last = Math.floor((total - HEADER_BYTES) / SEALED_CHUNK_BYTES);
  const wanted: (readonly [number, number])[] = [
    [0, HEADER_BYTES],
    [chunk(last), total],
  ];
  if (start < end)
    wanted.push([
      chunk(Math.floor(start / CHUNK_BYTES)),
      Math.min(chunk(Math.floor((end - 1) / CHUNK_BYTES) + 1), total),
    ]);
  const pieces = await Promise.all(
    wanted.map(async ([from, to]) => [from, await exactly(fetch, from, to)] as const),
  );
  const read: Fetch = async (from, to) => {
    const piece = pieces.find(([at, octets]) => at <= from && to <= at + octets.length);
    if (piece === undefined) throw new OpenError();
    return piece[1].slice(from - piece[0], to - piece[0]);
  };
  const reader = await BlobReader.open(reference, { size: total, read });
  return reader.read(start, size);
}
