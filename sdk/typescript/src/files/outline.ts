/** What a file is, read once and piece by piece: its size, its SHA-256, and a hash of each window of 8 MiB. */

import { sha256 } from "../digest.js";
import type { Bytes } from "../encoding.js";
import { same } from "../encoding.js";
import { InputError } from "../errors.js";
import { CHUNK_BYTES } from "../sealing/seal.js";

export const WINDOW_BYTES = 512 * CHUNK_BYTES;

/** A file changed while it was read: make a copy, and put that. */
export class FileChanged extends InputError {}

export interface Outline {
  readonly size: number;
  /** SHA-256 of the whole file. */
  readonly digest: Bytes;
  /** SHA-256 of each window. */
  readonly windows: readonly Bytes[];
}

/** SHA-256 of what comes in pieces, which WebCrypto can't do. */
export async function hasher(): Promise<{ update(octets: Uint8Array): void; digest(): Bytes }> {
  const { createSHA256 } = await import("./stream-hash.js");
  const hash = await createSHA256();
  return { update: (octets) => hash.update(octets), digest: () => hash.digest("binary").slice() };
}

/**
 * @param read is told the bytes read so far, and those in all.
 * @throws FileChanged if the file can't be read any more.
 */
export async function outlineOf(
  file: Blob,
  read: (here: number, total: number) => void = () => {},
): Promise<Outline> {
  const whole = await hasher();
  const windows: Bytes[] = [];
  for (let start = 0; start < file.size; start += WINDOW_BYTES) {
    const octets = await slice(file, start);
    whole.update(octets);
    windows.push(await sha256(octets));
    read(start + octets.length, file.size);
  }
  return { size: file.size, digest: whole.digest(), windows };
}

/**
 * A window of a file, if it is what the outline says.
 *
 * @throws FileChanged if it is not.
 */
export async function windowOf(file: Blob, outline: Outline, start: number): Promise<Bytes> {
  if (file.size !== outline.size) throw new FileChanged("the file changes while it is read");
  if (start >= outline.size) return new Uint8Array();
  const octets = await slice(file, start);
  const known = outline.windows[start / WINDOW_BYTES] ?? new Uint8Array();
  if (!same(await sha256(octets), known)) throw new FileChanged("the file changes while it is read");
  return octets;
}

async function slice(file: Blob, start: number): Promise<Bytes> {
  try {
    return new Uint8Array(await file.slice(start, start + WINDOW_BYTES).arrayBuffer());
  } catch (cause) {
    throw new FileChanged("the file changes while it is read", { cause });
  }
}
