/** A proof file, examined in the page: what it proves, the way it takes, or why it does not hold. Nothing is fetched. */

import { toHex } from "planetvault/encoding";
import { FormatError, ProofError, SignatureError } from "planetvault/errors";
import { leafHash, nodeHash } from "planetvault/evidence/merkle";
import { readTlogProof } from "planetvault/evidence/tlog-proof";
import type { Trust } from "planetvault/evidence/trust";
import type { Verified } from "planetvault/evidence/verify";
import { verifyProof } from "planetvault/evidence/verify";
import { RECEIPT } from "planetvault/records/kinds";
import { entryOf } from "planetvault/records/signed";

/** One step up the tree: on which side the sibling stands, and what the two give; hashes in hex. */
export interface Step {
  readonly side: "left" | "right";
  readonly sibling: string;
  readonly node: string;
}

export interface Holds {
  readonly holds: true;
  readonly verified: Verified;
  readonly leaf: string;
  readonly steps: readonly Step[];
}

export type Fault = "format" | "signature" | "proof";

export interface Fails {
  readonly holds: false;
  /** The classes of docs/spec/proof.md. */
  readonly fault: Fault;
  /** The first thing that was wrong, in the words of the check. */
  readonly reason: string;
}

export async function examine(file: Uint8Array, trust: Trust): Promise<Holds | Fails> {
  try {
    const verified = await verifyProof(file, trust);
    return { holds: true, verified, ...(await way(file, verified)) };
  } catch (error) {
    const fault = faultOf(error);
    if (fault === null || !(error instanceof Error)) throw error;
    return { holds: false, fault, reason: error.message };
  }
}

function faultOf(error: unknown): Fault | null {
  if (error instanceof FormatError) return "format";
  if (error instanceof SignatureError) return "signature";
  return error instanceof ProofError ? "proof" : null;
}

/** From the receipt's leaf to the root, for a path that was verified (RFC 9162 §2.1.3.2). */
async function way(file: Uint8Array, verified: Verified): Promise<Pick<Holds, "leaf" | "steps">> {
  const leaf = await leafHash(entryOf(RECEIPT, verified.receipt) ?? new Uint8Array());
  const steps: Step[] = [];
  let [node, last, reached] = [verified.index, verified.checkpoint.size - 1n, leaf];
  for (const sibling of readTlogProof(file).path) {
    const left = (node & 1n) === 1n || node === last;
    while (left && node !== 0n && (node & 1n) === 0n) [node, last] = [node >> 1n, last >> 1n];
    [node, last] = [node >> 1n, last >> 1n];
    reached = left ? await nodeHash(sibling, reached) : await nodeHash(reached, sibling);
    steps.push({ side: left ? "left" : "right", sibling: toHex(sibling), node: toHex(reached) });
  }
  return { leaf: toHex(leaf), steps };
}
