/** The way of an entry up its tree, hash by hash, for a path that was verified (RFC 9162 §2.1.3.2). */

import type { Bytes } from "planetvault/encoding";
import { toHex } from "planetvault/encoding";
import { leafHash, nodeHash } from "planetvault/evidence/merkle";
import type { TlogProof } from "planetvault/evidence/tlog-proof";

/** One step up the tree: on which side the sibling stands, and what the two give; hashes in hex. */
export interface Step {
  readonly side: "left" | "right";
  readonly sibling: string;
  readonly node: string;
}

/** From the leaf to the root; the last step's node is the root, and without a step the leaf is. */
export interface Climb {
  readonly leaf: string;
  readonly steps: readonly Step[];
}

export async function climb(
  { index, path }: Pick<TlogProof, "index" | "path">,
  entry: Bytes,
  size: bigint,
): Promise<Climb> {
  const leaf = await leafHash(entry);
  const steps: Step[] = [];
  let [node, last, reached] = [index, size - 1n, leaf];
  for (const sibling of path) {
    const left = (node & 1n) === 1n || node === last;
    while (left && node !== 0n && (node & 1n) === 0n) [node, last] = [node >> 1n, last >> 1n];
    [node, last] = [node >> 1n, last >> 1n];
    reached = left ? await nodeHash(sibling, reached) : await nodeHash(reached, sibling);
    steps.push({ side: left ? "left" : "right", sibling: toHex(sibling), node: toHex(reached) });
  }
  return { leaf: toHex(leaf), steps };
}
