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
  if (verified.anchor === null) limits.push("notAnchored");
  else limits.push(verified.anchor.record.development ? "notDevelopment" : "notChain");
  if (!own) limits.push("notVaultKeys");
  return limits;
}
