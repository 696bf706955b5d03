/** What holds a checkpoint from outside the vault's log: its word that a chain has it, and a block that does. */

import { toBase64url } from "../encoding.js";
import type { Anchor } from "../records/kinds.js";
import { ANCHOR } from "../records/kinds.js";
import type { Signed } from "../records/signed.js";
import { must, verify } from "../records/signed.js";
import type { Proven } from "./block.js";
import type { ChainProof } from "./chain-proof.js";
import type { Checkpoint } from "./checkpoint.js";
import type { Trust } from "./trust.js";

/** What comes with a proof about its checkpoint, each if it is there. */
export interface Anchored {
  readonly anchor: string | null;
  readonly chain: ChainProof | null;
}

/**
 * The vault's word that the checkpoint stands on the chain of the trust file.
 *
 * @throws FormatError, SignatureError or ProofError
 */
export async function verifyAnchor(
  { anchor: jws }: Anchored,
  checkpoint: Checkpoint,
  trust: Trust,
): Promise<Signed<Anchor> | null> {
  if (jws === null) return null;
  const anchor = await verify(jws, ANCHOR, () => trust.keys);
  const { log, size, root, chain_id, contract, development } = anchor.record;
  const same =
    log === checkpoint.origin && BigInt(size) === checkpoint.size && root === toBase64url(checkpoint.root);
  must(same, "the anchor is of another checkpoint");
  const { chain } = trust;
  must(chain !== null, "the trust file names no chain");
  const trusted = chain_id === chain.id && contract === chain.contract && development === chain.development;
  must(trusted, "the anchor stands on another chain or contract than the trust file names");
  return anchor;
}

/**
 * The block that holds the checkpoint's root.
 *
 * @throws FormatError, SignatureError or ProofError
 */
export async function verifyChain(
  { chain }: Anchored,
  checkpoint: Checkpoint,
  trust: Trust,
  anchor: Signed<Anchor> | null,
): Promise<Proven | null> {
  if (chain === null) return null;
  must(trust.chain !== null, "the trust file names no chain");
  // Blocks come with a few proofs alone, so what reads them is loaded when one does.
  const { verifyChainProof } = await import("./block.js");
  return verifyChainProof(chain, checkpoint, trust.chain, anchor?.record ?? null);
}
