/** What a proof that holds leaves open, and must be said as clearly as what it shows. Pure. */

import type { Verified } from "planetvault/evidence/verify";
import type { EvidenceHolds, Holds } from "./examine.ts";

export type Limit =
  | "notTrue"
  | "notAfter"
  | "notOthers"
  | "notWhatItSays"
  | "notWhoseKey"
  | "notContrary"
  | "notWitnessed"
  | "notAnchored"
  | "notDevelopment"
  | "notChain"
  | "notVaultKeys";

const OF = {
  receipt: ["notTrue", "notAfter", "notOthers"],
  evidence: ["notWhatItSays", "notWhoseKey", "notContrary"],
} as const;

/** What holds a checkpoint from outside its log, whatever was proved under it. */
export type Standing = Pick<Verified, "checkpoint" | "anchor" | "chain">;

/** @param own whether the reader brought a trust file of her own. */
export function unproved(found: Holds | EvidenceHolds, own: boolean): readonly Limit[] {
  const limits: Limit[] = [...OF[found.of]];
  if (found.verified.checkpoint.cosignatures.length === 0) limits.push("notWitnessed");
  const limit = limitOfChain(found.verified, found.trusted?.development ?? false);
  if (limit !== null) limits.push(limit);
  if (!own) limits.push("notVaultKeys");
  return limits;
}

function limitOfChain({ anchor, chain }: Standing, development: boolean): Limit | null {
  if (anchor === null && chain === null) return "notAnchored";
  if (development) return "notDevelopment";
  // A block that only the vault names is its word, however well it was computed.
  return chain === null || chain.basis === "named" ? "notChain" : null;
}
