/** What the desk tells the screens: plain values, no keys. */

import type { Cell } from "planetvault/columns";
import type { DomainProof } from "planetvault/partner/conduct";
import type { Offered } from "planetvault/partner/offering";
import type { Grant } from "planetvault/records/kinds";

export interface Entry {
  readonly seq: number;
  readonly time: string;
  readonly kid: string;
  readonly sealing: string;
}

export interface Itself {
  readonly domain: string;
  readonly name: string;
  readonly vault: string;
  readonly mode: string;
  readonly currency: string;
  /** Whether the browser holds the signing key and shows it to nobody; else it is sealed in what this browser keeps. */
  readonly held: boolean;
  /** Oldest first. */
  readonly entries: readonly Entry[];
}

export interface Proving {
  readonly proof: DomainProof;
  readonly path: string;
  readonly file: string;
  /** Name and text of the TXT record that does as well. */
  readonly record: readonly [string, string];
}

export type Terms = Omit<Offered, "campaign" | "pool">;

export interface ShownOffer {
  readonly hash: string;
  readonly state: string;
  readonly left: number;
  readonly campaign: number;
  readonly pool: number;
  readonly terms: Terms;
  readonly time: string;
  readonly expires: string;
}

export interface ShownAsk {
  readonly hash: string;
  readonly state: string;
  readonly owner: string;
  readonly terms: Terms;
  readonly time: string;
  readonly expires: string;
}

export interface ShownCounter {
  readonly hash: string;
  readonly state: string;
  readonly owner: string;
  readonly terms: Omit<Terms, "reason">;
  readonly expires: string;
}

export interface ShownGrant {
  readonly hash: string;
  readonly state: string;
  readonly uses: number;
  readonly escrow: number;
  readonly owner: string;
  readonly record: Grant;
}

/** `recorded`, `committed` to the log, or `anchored` on a chain. */
export type Reached = "recorded" | "committed" | "anchored";

export interface ShownReceipt {
  readonly hash: string;
  readonly seq: number;
  readonly time: string;
  /** Null for the receipt that closes the chain. */
  readonly purpose: string | null;
  readonly items: number;
  readonly price: number;
  readonly fee: number;
  readonly currency: string;
  readonly state: Reached;
}

export interface UsedItem {
  readonly kind: string;
  readonly count: number;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

export interface Used {
  readonly seq: number;
  readonly price: number;
  readonly items: readonly UsedItem[];
}

export interface ShownDemand {
  readonly hash: string;
  readonly state: string;
  readonly grant: string;
  readonly uses: number;
  readonly deadline: string;
}

export interface ShownDispute {
  readonly receipt: string;
  /** What came back, in micros; null while nobody decided. */
  readonly back: number | null;
  readonly reason: string;
}
