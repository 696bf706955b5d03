/** What a proof that holds leaves open, and must be said as clearly as what it shows. Pure. */

import type { Verified } from "planetvault/evidence/verify";

export type Limit =
  | "notTrue"
  | "notAfter"
  | "notOthers"
  | "notWitnessed"
  | "notAnchored"
  | "notDevelopment"
  | "notChain"
  | "notVaultKeys";

/** @param own whether the reader brought a trust file of her own. */
export function unproved(verified: Verified, own: boolean): readonly Limit[] {
  const limits: Limit[] = ["notTrue", "notAfter", "notOthers"];
  if (verified.checkpoint.cosignatures.length === 0) limits.push("notWitnessed");
  const limit = limitOfChain(verified);
  if (limit !== null) limits.push(limit);
  if (!own) limits.push("notVaultKeys");
  return limits;
}

function limitOfChain({ anchor, chain }: Verified): Limit | null {
  if (anchor === null) return "notAnchored";
  if (anchor.record.development) return "notDevelopment";
  // A block that only the vault names is its word, however well it was computed.
  return chain === null || chain.basis === "named" ? "notChain" : null;
}
