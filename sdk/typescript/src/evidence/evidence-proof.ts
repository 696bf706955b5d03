/** The proof file of evidence: its way into a tenant's log, and that log's way into the vault's (docs/spec/evidence-log.md). */

import { fromBase64url } from "../encoding.js";
import { verifyPublicKey } from "../keys.js";
import * as shape from "../records/shape.js";
import { CHAIN_PROOF } from "./chain-proof.js";
import { jws, readMaterials } from "./materials.js";
import { LONGEST_PATH } from "./merkle.js";
import { MOST_NOTE_BYTES } from "./note.js";
import { readTlogProof, type TlogProof } from "./tlog-proof.js";

const MATERIALS = shape.object({
  v: shape.one,
  evidence: jws,
  partner_key: shape.publicKey,
  head: jws,
  cover: shape.object({
    index: shape.count,
    path: shape.list(shape.hash, 0, LONGEST_PATH),
    checkpoint: shape.blob(MOST_NOTE_BYTES),
  }),
  anchor: shape.orNull(jws),
  chain: shape.orNull(CHAIN_PROOF),
});

/** A proof file in its parts. Nothing in it is trusted before it is verified. */
export interface EvidenceProof {
  readonly materials: ReturnType<typeof MATERIALS>;
  /** From the evidence to the root of the tenant's log. */
  readonly inclusion: TlogProof;
  /** From that log's head to the root of the vault's. */
  readonly cover: TlogProof;
}

/** @throws FormatError if it is not a proof of evidence. */
export function readEvidenceProof(file: Uint8Array): EvidenceProof {
  const inclusion = readTlogProof(file);
  const materials = readMaterials(inclusion, MATERIALS);
  verifyPublicKey(materials.partner_key);
  const { index, path, checkpoint } = materials.cover;
  const cover = {
    index: BigInt(index),
    path: path.map(fromBase64url),
    checkpoint: fromBase64url(checkpoint),
  };
  return { materials, inclusion, cover: { extra: null, ...cover } };
}

/**
 * Whether a proof file is one of these, rather than that of a receipt.
 *
 * @throws FormatError if it is no proof file at all.
 */
export function holdsEvidence(file: Uint8Array): boolean {
  const { extra } = readTlogProof(file);
  return extra !== null && new TextDecoder().decode(extra).startsWith('{"v":1,"evidence":');
}
