/**
 * The stranger's check of evidence, offline, step by step as docs/spec/evidence-log.md numbers them.
 *
 * That the key is that partner's, and that it was a member of the log, is the vault's word: it signed the log's head.
 */

import { toBase64url } from "../encoding.js";
import type { Anchor, Evidence, LogHead } from "../records/kinds.js";
import { EVIDENCE, LOG_HEAD } from "../records/kinds.js";
import type { Signed } from "../records/signed.js";
import { entryOf, must, verify } from "../records/signed.js";
import { verifyAnchor, verifyChain } from "./anchored.js";
import type { Proven } from "./block.js";
import type { Checkpoint } from "./checkpoint.js";
import { readEvidenceProof } from "./evidence-proof.js";
import { policyOf, readVerifierKey } from "./note.js";
import { verifyTlogProof } from "./tlog-proof.js";
import { type Trust, verifyLogged } from "./trust.js";

/** What a proof of evidence proves. */
export interface VerifiedEvidence {
  readonly evidence: Signed<Evidence>;
  /** Where the evidence stands in the tenant's log, and how many entries that had. */
  readonly index: bigint;
  readonly size: bigint;
  /** The vault's word about that log. */
  readonly head: Signed<LogHead>;
  /** Of the vault's log, in which the head stands. */
  readonly checkpoint: Checkpoint;
  /** The vault's word that the checkpoint stands on a chain; its own word, until the chain is asked. */
  readonly anchor: Signed<Anchor> | null;
  /** The block that was computed to hold the checkpoint's root, if one came with it. */
  readonly chain: Proven | null;
}

/**
 * What a proof of evidence proves to a reader with this trust file. Nothing is fetched.
 *
 * @throws FormatError if it is not a proof of evidence.
 * @throws SignatureError if one of its records is not by whom it should be.
 * @throws ProofError if they contradict each other, a log or the trust file.
 */
export async function verifyEvidence(file: Uint8Array, trust: Trust): Promise<VerifiedEvidence> {
  const { materials, inclusion, cover } = readEvidenceProof(file);
  const evidence = await verify(materials.evidence, EVIDENCE, () => materials.partner_key);
  const head = await verify(materials.head, LOG_HEAD, () => trust.keys);
  const own = policyOf(await readVerifierKey(head.record.key), [], 0);
  const { name } = own.log;
  must(name === evidence.record.log, "the evidence is for another log than the one the vault signed for");
  must(name.startsWith(`${trust.vault}/evidence/`), "the log is not one of this vault's evidence logs");
  const { size, root } = await verifyTlogProof(
    inclusion,
    entryOf(EVIDENCE, evidence) ?? new Uint8Array(),
    own,
  );
  const same = size === BigInt(head.record.size) && toBase64url(root) === head.record.root;
  must(same, "the vault signed another head of this log");
  const checkpoint = await verifyLogged(cover, entryOf(LOG_HEAD, head) ?? new Uint8Array(), trust);
  const anchor = await verifyAnchor(materials, checkpoint, trust);
  const chain = await verifyChain(materials, checkpoint, trust, anchor);
  return { evidence, index: inclusion.index, size, head, checkpoint, anchor, chain };
}
