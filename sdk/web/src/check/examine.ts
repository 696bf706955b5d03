/** A proof file, examined in the page: what it proves, the way it takes, or why it does not hold. Nothing is fetched. */

import { FormatError, ProofError, SignatureError } from "planetvault/errors";
import { holdsEvidence, readEvidenceProof } from "planetvault/evidence/evidence-proof";
import { readTlogProof } from "planetvault/evidence/tlog-proof";
import type { ChainTrust, Trust } from "planetvault/evidence/trust";
import type { Verified } from "planetvault/evidence/verify";
import { verifyProof } from "planetvault/evidence/verify";
import type { VerifiedEvidence } from "planetvault/evidence/verify-evidence";
import { verifyEvidence } from "planetvault/evidence/verify-evidence";
import { EVIDENCE, LOG_HEAD, RECEIPT } from "planetvault/records/kinds";
import type { AnyKind, Signed } from "planetvault/records/signed";
import { entryOf } from "planetvault/records/signed";
import type { Climb } from "./climb.ts";
import { climb } from "./climb.ts";

export interface Holds extends Climb {
  readonly holds: true;
  readonly of: "receipt";
  readonly verified: Verified;
  /** The chain that the reader believes. */
  readonly trusted: ChainTrust | null;
}

export interface EvidenceHolds {
  readonly holds: true;
  readonly of: "evidence";
  readonly verified: VerifiedEvidence;
  readonly trusted: ChainTrust | null;
  /** From the evidence to the root of the business's log. */
  readonly own: Climb;
  /** From that log's head to the root of the vault's. */
  readonly cover: Climb;
  /** Where the head stands in the vault's log. */
  readonly covered: bigint;
}

export type Fault = "format" | "signature" | "proof";

export interface Fails {
  readonly holds: false;
  /** The classes of docs/spec/proof.md. */
  readonly fault: Fault;
  /** The first thing that was wrong, in the words of the check. */
  readonly reason: string;
}

/** The proof file of a receipt. */
export function examine(file: Uint8Array, trust: Trust): Promise<Holds | Fails> {
  return orFails(() => receipt(file, trust));
}

/** A file that somebody brought: the proof of a receipt, or of evidence. */
export function examineAny(file: Uint8Array, trust: Trust): Promise<Holds | EvidenceHolds | Fails> {
  return orFails<Holds | EvidenceHolds>(() =>
    holdsEvidence(file) ? evidence(file, trust) : receipt(file, trust),
  );
}

async function receipt(file: Uint8Array, trust: Trust): Promise<Holds> {
  const verified = await verifyProof(file, trust);
  const way = await climb(readTlogProof(file), entry(RECEIPT, verified.receipt), verified.checkpoint.size);
  return { holds: true, of: "receipt", verified, trusted: trust.chain, ...way };
}

async function evidence(file: Uint8Array, trust: Trust): Promise<EvidenceHolds> {
  const verified = await verifyEvidence(file, trust);
  const { inclusion, cover } = readEvidenceProof(file);
  return {
    holds: true,
    of: "evidence",
    verified,
    trusted: trust.chain,
    own: await climb(inclusion, entry(EVIDENCE, verified.evidence), verified.size),
    cover: await climb(cover, entry(LOG_HEAD, verified.head), verified.checkpoint.size),
    covered: cover.index,
  };
}

const entry = (kind: AnyKind, signed: Signed<unknown>) => entryOf(kind, signed) ?? new Uint8Array();

async function orFails<H>(examined: () => Promise<H>): Promise<H | Fails> {
  try {
    return await examined();
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
