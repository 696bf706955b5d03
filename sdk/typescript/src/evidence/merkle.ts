/** The tree of the log: RFC 6962 §2.1 and RFC 9162 §2.1 with SHA-256 (docs/spec/log.md). */

import { sha256 } from "../digest.js";
import type { Bytes } from "../encoding.js";
import { same } from "../encoding.js";
import { FormatError, ProofError } from "../errors.js";

/** Largest size of a log, 2⁶³ − 1, so that no path is longer than 63 hashes. */
export const MOST_ENTRIES = (1n << 63n) - 1n;
export const LONGEST_PATH = 63;

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

export function leafHash(entry: Uint8Array): Promise<Bytes> {
  return sha256(LEAF, entry);
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Promise<Bytes> {
  return sha256(NODE, left, right);
}

/**
 * The entry, if the path leads from it to the root (RFC 9162 §2.1.3.2).
 *
 * @throws ProofError if it does not.
 */
export async function verifyInclusion(
  entry: Bytes,
  index: bigint,
  size: bigint,
  path: readonly Bytes[],
  root: Bytes,
): Promise<Bytes> {
  if (index >= size) throw new ProofError("the index lies beyond the log");
  let [node, last, hash] = [index, size - 1n, await leafHash(entry)];
  for (const sibling of path) {
    if (last === 0n) throw new ProofError("the path is too long");
    if (node % 2n === 1n || node === last) {
      hash = await nodeHash(sibling, hash);
      while (node % 2n === 0n && node !== 0n) [node, last] = [node / 2n, last / 2n];
    } else {
      hash = await nodeHash(hash, sibling);
    }
    [node, last] = [node / 2n, last / 2n];
  }
  if (last !== 0n || !same(hash, root)) throw new ProofError("the path does not lead to the root");
  return entry;
}

/** A size of a log and its root. */
export interface Tree {
  readonly size: bigint;
  readonly root: Bytes;
}

/**
 * The later tree, if it begins with the earlier one (RFC 9162 §2.1.4.2).
 *
 * @throws FormatError if the earlier one is empty: there is nothing to verify.
 * @throws ProofError if it does not.
 */
export async function verifyConsistency(earlier: Tree, later: Tree, path: readonly Bytes[]): Promise<Tree> {
  if (earlier.size === 0n) throw new FormatError("every log begins with nothing");
  if (earlier.size > later.size) throw new ProofError("the log became shorter");
  if (earlier.size === later.size) {
    if (path.length > 0 || !same(earlier.root, later.root)) throw new ProofError("two roots for one size");
    return later;
  }
  const isPower = (earlier.size & (earlier.size - 1n)) === 0n;
  const [first, ...rest] = isPower ? [earlier.root, ...path] : path;
  if (first === undefined || path.length === 0) throw new ProofError("the path is too short");
  let [node, last] = [earlier.size - 1n, later.size - 1n];
  while (node % 2n === 1n) [node, last] = [node / 2n, last / 2n];
  let [old, grown] = [first, first];
  for (const sibling of rest) {
    if (last === 0n) throw new ProofError("the path is too long");
    if (node % 2n === 1n || node === last) {
      [old, grown] = [await nodeHash(sibling, old), await nodeHash(sibling, grown)];
      while (node % 2n === 0n && node !== 0n) [node, last] = [node / 2n, last / 2n];
    } else {
      grown = await nodeHash(grown, sibling);
    }
    [node, last] = [node / 2n, last / 2n];
  }
  if (last !== 0n || !same(old, earlier.root) || !same(grown, later.root)) {
    throw new ProofError("the later log does not begin with the earlier one");
  }
  return later;
}
