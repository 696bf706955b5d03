/** The directory of a bundle's archive, and the files it leads to: read strictly, a part of the archive at a time. */

import type { Bytes } from "../encoding.js";
import { fromUtf8, utf8 } from "../encoding.js";
import { AnchorError, FormatError } from "../errors.js";
import * as zip from "./zip.js";

/** An export does not hold together: something in it was changed, is missing, or is not hers. */
export class BundleBroken extends AnchorError {}

const MOST_DIRECTORY_BYTES = 256 * 1024 * 1024;
const [LOCAL_BYTES, CENTRAL_BYTES, END_BYTES, LOCATOR_BYTES] = [30, 46, 22, 20];

/** Where a file's header begins, and how many bytes the file has. */
export interface Place {
  readonly offset: number;
  readonly size: number;
}

/** What reading needs of a file: a `Blob`, or what reads one from a disk, where `openAsBlob` of Node 20 counts only to 4 GiB. */
export interface Archive {
  readonly size: number;
  slice(start: number, end: number): { arrayBuffer(): Promise<ArrayBuffer> };
}

/**
 * Where each file of an archive is, by name.
 *
 * @throws BundleBroken if it is no such archive, names a file twice, or is larger than a bundle may be.
 */
export async function readDirectory(archive: Archive): Promise<ReadonlyMap<string, Place>> {
  const { count, size, begin } = await readEnd(archive);
  if (count > zip.MOST_FILES + 2 || size > MOST_DIRECTORY_BYTES) throw broken("it holds too many files");
  const octets = await bytesAt(archive, begin, size);
  const places = new Map<string, Place>();
  let at = 0;
  for (let read = 0; read < count; read++) {
    const { name, place, next } = entryAt(octets, at);
    if (places.has(name)) throw broken("it holds a file twice");
    places.set(name, place);
    at = next;
  }
  if (at !== octets.length) throw broken("its directory has another length");
  return places;
}

/**
 * The bytes of one file.
 *
 * @throws BundleBroken if it is not there under this name.
 */
export async function readFile(archive: Archive, name: string, { offset, size }: Place): Promise<Bytes> {
  const title = utf8(name);
  const header = await bytesAt(archive, offset, LOCAL_BYTES + title.length);
  const view = viewOf(header);
  const [length, extra] = [view.getUint16(26, true), view.getUint16(28, true)];
  const named = length === title.length && nameIn(header.subarray(LOCAL_BYTES)) === name;
  if (view.getUint32(0, true) !== zip.LOCAL || !named) throw broken("a file is not where its directory says");
  // No CRC is looked at: the index names the SHA-256 of every file.
  return bytesAt(archive, offset + LOCAL_BYTES + length + extra, size);
}

async function readEnd(archive: Archive): Promise<{ count: number; size: number; begin: number }> {
  const end = viewOf(await bytesAt(archive, archive.size - END_BYTES, END_BYTES));
  if (end.getUint32(0, true) !== zip.END || end.getUint16(20, true) !== 0)
    throw broken("this is not a bundle");
  const [count, size, begin] = [end.getUint16(10, true), end.getUint32(12, true), end.getUint32(16, true)];
  if (count < zip.BEYOND_16 && size < zip.BEYOND_32 && begin < zip.BEYOND_32) return { count, size, begin };
  const locator = viewOf(await bytesAt(archive, archive.size - END_BYTES - LOCATOR_BYTES, LOCATOR_BYTES));
  if (locator.getUint32(0, true) !== zip.LOCATOR) throw broken("this is not a bundle");
  const far = viewOf(await bytesAt(archive, whole(locator, 8), zip.END_64_BYTES));
  if (far.getUint32(0, true) !== zip.END_64) throw broken("this is not a bundle");
  return { count: whole(far, 32), size: whole(far, 40), begin: whole(far, 48) };
}

function entryAt(octets: Bytes, at: number): { name: string; place: Place; next: number } {
  if (at + CENTRAL_BYTES > octets.length) throw broken("its directory is cut off");
  const view = new DataView(octets.buffer, octets.byteOffset + at, CENTRAL_BYTES);
  const [signature, method] = [view.getUint32(0, true), view.getUint16(10, true)];
  const [packed, size] = [view.getUint32(20, true), view.getUint32(24, true)];
  const [named, more, said] = [28, 30, 32].map((place) => view.getUint16(place, true)) as [
    number,
    number,
    number,
  ];
  const title = at + CENTRAL_BYTES;
  const next = title + named + more + said;
  if (signature !== zip.CENTRAL || next > octets.length) throw broken("its directory is cut off");
  if (method !== 0 || packed !== size || size > zip.MOST_FILE_BYTES)
    throw broken("a file in a bundle is uncompressed, and at most 64 MiB");
  const near = view.getUint32(42, true);
  const extra = octets.subarray(title + named, title + named + more);
  const offset = near === zip.BEYOND_32 ? offsetIn(extra) : near;
  return { name: nameIn(octets.subarray(title, title + named)), place: { offset, size }, next };
}

/** A far offset is alone in its extension: no size of a bundle's file needs one. */
function offsetIn(extra: Bytes): number {
  const view = viewOf(extra);
  if (extra.length < 12 || view.getUint16(0, true) !== 1 || view.getUint16(2, true) !== 8)
    throw broken("its directory does not say where a file is");
  return whole(view, 4);
}

function nameIn(octets: Uint8Array): string {
  try {
    return fromUtf8(octets);
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    throw broken("a file has no name");
  }
}

async function bytesAt(archive: Archive, start: number, size: number): Promise<Bytes> {
  if (start < 0 || start + size > archive.size) throw broken("it is cut off");
  try {
    return new Uint8Array(await archive.slice(start, start + size).arrayBuffer());
  } catch (cause) {
    throw new BundleBroken("the bundle can't be read", { cause });
  }
}

function broken(how: string): BundleBroken {
  return new BundleBroken(`not a whole bundle: ${how}`);
}

const viewOf = (octets: Bytes): DataView => new DataView(octets.buffer, octets.byteOffset, octets.length);

function whole(view: DataView, at: number): number {
  const value = Number(view.getBigUint64(at, true));
  if (!Number.isSafeInteger(value)) throw broken("a number in it is out of range");
  return value;
}
