/** What the worker tells the screens: plain values, no keys. */

import type { Language } from "planetvault/clusters";
import type { Terms } from "planetvault/owner/wording";
import type { Grant } from "planetvault/records/kinds";
import type { Sample } from "./looking.ts";

export interface Standing {
  /** Whether this device has an account; whether the vault was reached since the app was opened. */
  readonly account: boolean;
  readonly reached: boolean;
}

export interface ReadExport {
  readonly formats: readonly string[];
  readonly rows: number;
  readonly kept: number;
  readonly skipped: Readonly<Record<string, number>>;
  readonly left_out: Readonly<Record<string, number>>;
  readonly first: string | null;
  readonly last: string | null;
  readonly duplicates: number;
  readonly months: number;
  readonly kinds: Readonly<Record<string, number>>;
}

export interface Kept {
  readonly kind: string;
  readonly rows: number;
  readonly items: number;
  readonly first: string;
  readonly last: string;
}

export interface ShownAsk {
  readonly hash: string;
  readonly state: string;
  readonly name: string;
  readonly terms: Terms;
  readonly expires: string;
  readonly pinned: string;
}

/** What can be answered with a yes: an ask put to her, or an offer put to everybody. */
export interface ShownProposal extends ShownAsk {
  readonly isOffer: boolean;
  /** Whether a standing rule of hers says no. */
  readonly isAgainstRules: boolean;
  /** Of an offer: what is shared at its end among those whose data was used, in micros. */
  readonly pool: number;
}

/** An offer, and how it meets her: how many of her items it is about, and what stands against it. */
export interface ShownOffer extends ShownAsk {
  readonly pool: number;
  readonly share: number;
  readonly most: number;
  readonly items: number;
  readonly against: "data" | "rules" | "money" | null;
}

/** A counter-offer she made; `ask` is what it was accepted by. */
export interface ShownCounter {
  readonly hash: string;
  readonly name: string;
  readonly state: string;
  readonly price: number;
  readonly currency: string;
  readonly time: string;
  readonly ask: string | null;
}

export interface ShownPreview {
  readonly text: string;
  readonly hash: string;
  readonly language: Language;
  readonly share: number;
  readonly uses: number;
  readonly most: number;
  readonly samples: readonly Sample[];
}

export interface ShownGrant {
  readonly hash: string;
  readonly state: string;
  readonly uses: number;
  readonly escrow: number;
  readonly name: string;
  readonly record: Grant;
  readonly earned: number;
  readonly lastUse: string | null;
  readonly text: string | null;
}

export interface ShownReceipt {
  readonly hash: string;
  readonly grant: string;
  readonly partner: string;
  readonly name: string;
  /** Null for the receipt that closes a grant. */
  readonly purpose: string | null;
  readonly items: readonly { readonly kind: string; readonly period: string; readonly rows: number }[];
  readonly clusters: readonly string[];
  readonly price: number;
  readonly fee: number;
  readonly currency: string;
  readonly seq: number;
  readonly place: number;
  readonly time: string;
  readonly state: string;
}

/** Her balances, in micros (docs/spec/http.md, Money). */
export interface Money {
  readonly pending: number;
  readonly payable: number;
  readonly leaving: number;
  readonly paid: number;
  readonly currency: string;
}

/** The same with what standing grants may still bring, which nobody owes. */
export interface Balances extends Money {
  readonly estimated: number;
}

export interface ShownStatement extends Money {
  readonly jws: string;
  readonly receipts: number;
  readonly time: string;
}

export interface ShownLocker {
  readonly kid: string;
  readonly kind: string;
  readonly since: string;
  readonly here: boolean;
}

export interface Refusal {
  readonly partner: string;
  readonly code: string;
  readonly count: number;
  readonly time: string;
}

/** How far something is that takes a while. */
export interface Progress {
  readonly about: "keep" | "shelve" | "file-read" | "file-send" | "file-fetch";
  /** Months, items, or bytes of a file. */
  readonly done: number;
  readonly of: number;
}

/** A file she keeps; `grants` are the ids of the grants that may open it. */
export interface ShownFile {
  readonly item: string;
  readonly name: string;
  readonly type: string;
  readonly size: number;
  readonly at: string;
  readonly grants: readonly string[];
}

/** A dispute about a use, and the decision that ended it: micros that went back to the partner. */
export interface ShownDispute {
  readonly hash: string;
  readonly receipt: string;
  /** Of the receipt among all of hers. */
  readonly place: number;
  readonly name: string;
  readonly side: "owner" | "partner";
  readonly reason: string;
  readonly time: string;
  readonly decision: {
    readonly share: number;
    readonly fee: number;
    readonly currency: string;
    readonly reason: string;
    readonly time: string;
  } | null;
}

/** A pot in which she takes part, and which is not divided yet. */
export interface ShownJoined {
  readonly grant: string;
  readonly standing: boolean;
  readonly name: string;
  readonly pot: number;
  readonly currency: string;
  readonly expires: string;
  /** Uses so far that count. */
  readonly points: number;
}

/** Her share of a pot that was divided, as this device worked it out. */
export interface ShownShare {
  readonly grant: string;
  readonly name: string;
  readonly pot: number;
  readonly currency: string;
  readonly points: number;
  /** Of all grants together. */
  readonly allPoints: number;
  readonly grants: number;
  readonly amount: number;
  readonly time: string;
}

/** A step of the account's chain: a way in that came or went. */
export interface AccountStep {
  readonly seq: number;
  readonly action: string;
  readonly kind: string;
  readonly time: string;
}

/** People who together open this account, how many of them it takes, and how long they wait. */
export interface ShownCircle {
  readonly kid: string;
  readonly since: string;
  readonly threshold: number;
  readonly people: number;
  readonly days: number;
}

/** A share that is kept for somebody, with its twenty words (SLIP-39) for paper. */
export interface KeptShare {
  readonly name: string;
  readonly vault: string;
  readonly words: string;
}

/** A guardian's invitation, the number to read out, and whose shares are kept here. */
export interface ShownGuardian {
  readonly invitation: string;
  readonly number: string;
  readonly kept: readonly KeptShare[];
}

/** What goes to each guardian, and how many shares came back; `needed` is 0 before the first. */
export interface ShownRecovery {
  readonly plea: string;
  readonly number: string;
  readonly here: number;
  readonly needed: number;
}

export type Reopening =
  | { readonly state: "open" | "vetoed" }
  | { readonly state: "waiting"; readonly opens: string };

/** The third text, for the other device, and the six digits that both show. */
export interface Comparing {
  readonly reveal: string;
  readonly digits: string;
}

/** A claim, and the call that a wallet sends to the payout contract once the vault has distributed it. */
export interface ShownClaim {
  readonly hash: string;
  readonly way: string;
  readonly amount: number;
  readonly currency: string;
  readonly destination: string;
  readonly time: string;
  readonly state: string;
  readonly reference: string | null;
}

export interface ShownBrake {
  readonly code: string;
  readonly words: string;
  readonly until: string | null;
  /** Whether she asked a person to lift it, and what that person said. */
  readonly appeal: { readonly lifted: boolean | null; readonly answer: string | null } | null;
}

export interface ShownReward {
  readonly hash: string;
  readonly partner: string;
  readonly title: string;
  readonly details: string;
  readonly kind: string;
  readonly price: number;
  readonly currency: string;
  readonly stock: number;
  readonly days: number;
}

export interface ShownRedemption {
  readonly hash: string;
  readonly title: string;
  readonly partner: string;
  readonly price: number;
  readonly currency: string;
  readonly state: string;
  readonly until: string;
  readonly code: string | null;
}
