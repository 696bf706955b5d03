/** The stranger's check of a proof file, offline, step by step as docs/spec/proof.md numbers them. */

import { FormatError, SignatureError } from "../errors.js";
import { kidOf, verifyPublicKey } from "../keys.js";
import { verifyGrant, verifyRevocation } from "../records/consent.js";
import type { Anchor, Grant, Receipt, Revocation, Use } from "../records/kinds.js";
import { RECEIPT, USE } from "../records/kinds.js";
import { MOST_ENTRIES, verifySigner, verifySuccessors } from "../records/parties.js";
import { verifyTerms } from "../records/receipts.js";
import * as shape from "../records/shape.js";
import type { Signed } from "../records/signed.js";
import { entryOf, must, verify } from "../records/signed.js";
import { verifyAnchor, verifyChain } from "./anchored.js";
import type { Proven } from "./block.js";
import { CHAIN_PROOF } from "./chain-proof.js";
import type { Checkpoint } from "./checkpoint.js";
import { jws, readMaterials } from "./materials.js";
import { readTlogProof, type TlogProof } from "./tlog-proof.js";
import { type Trust, verifyLogged } from "./trust.js";

const MATERIALS = shape.object({
  v: shape.one,
  receipt: jws,
  grant: jws,
  use: shape.orNull(jws),
  revocation: shape.orNull(jws),
  partner_key: shape.publicKey,
  partner: shape.list(jws, 0, MOST_ENTRIES),
  anchor: shape.orNull(jws),
  chain: shape.orNull(CHAIN_PROOF),
});
type Materials = ReturnType<typeof MATERIALS>;

/** What a proof file proves. */
export interface Verified {
  readonly receipt: Signed<Receipt>;
  readonly grant: Signed<Grant>;
  readonly use: Signed<Use> | null;
  readonly revocation: Signed<Revocation> | null;
  /** Where the receipt stands in the log. */
  readonly index: bigint;
  readonly checkpoint: Checkpoint;
  /** The vault's word that the checkpoint stands on a chain; its own word, until the chain is asked. */
  readonly anchor: Signed<Anchor> | null;
  /** The block that was computed to hold the checkpoint's root, if one came with it. */
  readonly chain: Proven | null;
}

/**
 * What a proof file proves to a reader with this trust file. Nothing is fetched.
 *
 * @throws FormatError if it is not a proof file.
 * @throws SignatureError if one of its records is not by whom it should be.
 * @throws ProofError if they contradict each other, the log or the trust file.
 */
export async function verifyProof(file: Uint8Array, trust: Trust): Promise<Verified> {
  const inclusion = readTlogProof(file);
  const materials = receiptMaterials(inclusion);
  const receipt = await verify(materials.receipt, RECEIPT, () => trust.keys);
  const entry = entryOf(RECEIPT, receipt) ?? new Uint8Array();
  const checkpoint = await verifyLogged(inclusion, entry, trust);
  const grant = await verifyGrant(materials.grant);
  must(grant.hash === receipt.record.grant, "the receipt was given under another grant");
  must(receipt.record.vault === trust.vault, "the receipt is of another vault");
  const use = await verifyUse(materials, grant);
  const revocation = await verifyClosing(materials, grant);
  verifyTerms(receipt, grant, { use, revocation });
  const anchor = await verifyAnchor(materials, checkpoint, trust);
  const chain = await verifyChain(materials, checkpoint, trust, anchor);
  return { receipt, grant, use, revocation, index: inclusion.index, checkpoint, anchor, chain };
}

function receiptMaterials(inclusion: TlogProof): Materials {
  const materials = readMaterials(inclusion, MATERIALS);
  if ((materials.use === null) === (materials.revocation === null)) {
    throw new FormatError("a receipt answers a use or a revocation");
  }
  return materials;
}

async function verifyUse(materials: Materials, grant: Signed<Grant>): Promise<Signed<Use> | null> {
  if (materials.use === null) return null;
  const key = await verifyPartnerKey(materials, grant.record);
  return verify(materials.use, USE, () => key);
}

async function verifyPartnerKey(materials: Materials, grant: Grant): Promise<string> {
  const [kid, pinned] = [await kidOf(verifyPublicKey(materials.partner_key)), grant.partner_key];
  if (materials.partner.length === 0) {
    if (kid !== pinned) throw new SignatureError("not the partner's key that the grant pins");
    return materials.partner_key;
  }
  const entries = await verifySuccessors(materials.partner, pinned);
  const signer = await verifySigner(entries, pinned, kid);
  must(signer.record.partner === grant.partner, "the directory entries are of another partner");
  must(kid !== pinned && signer === entries.at(-1), "the proof carries more directory entries than it needs");
  return materials.partner_key;
}

async function verifyClosing(materials: Materials, grant: Signed<Grant>): Promise<Signed<Revocation> | null> {
  if (materials.revocation === null) return null;
  const kid = await kidOf(materials.partner_key);
  must(
    kid === grant.record.partner_key && materials.partner.length === 0,
    "a closing receipt names the pinned key",
  );
  return verifyRevocation(materials.revocation, grant);
}
