/**
 * Offers found on the owner's own device: it fetches all of them and looks by itself which ones fit, so the vault never
 * learns what she has, nor what her rules refuse (docs/spec/offer.md).
 */

import type { Answer } from "../client/answer.js";
import type { History } from "../client/pinned.js";
import { newest, rememberedPartner } from "../client/pinned.js";
import { clusters, collectionOf } from "../clusters.js";
import { reachesBack } from "../owner/covering.js";
import type { Owner } from "../owner/owner.js";
import type { Terms } from "../owner/wording.js";
import { verifyPeriods } from "../records/consent.js";
import type { Offer } from "../records/kinds.js";
import { OFFER } from "../records/kinds.js";
import { verifyPartner } from "../records/parties.js";
import type { Signed } from "../records/signed.js";
import { must, verify } from "../records/signed.js";
import { rulesOf } from "./kept-rules.js";
import type { Rule, Rules } from "./rules.js";
import { brokenBy } from "./rules.js";

/** An offer, signed by its partner, and how it meets this owner's data and rules. */
export interface FoundOffer extends Signed<Offer> {
  readonly partner: History;
  readonly terms: Terms;
  /** Of its campaign, in micros. */
  readonly left: number;
  /** How many of her items it is about. */
  readonly items: number;
  /** The rules of hers that say no. */
  readonly broken: readonly Rule[];
  /** Whether she has such data, no rule says no, and there is money for one use. */
  readonly fits: boolean;
}

/** What offers are matched with: of each item its kind and its period. */
export interface Held {
  readonly kind: string;
  readonly period: string;
}

export interface Looking {
  /** Those that do not fit, too. */
  readonly everything?: boolean;
  /** What she has, if the caller knows it already; else every item is opened. */
  readonly held?: readonly Held[];
}

/**
 * The offers that fit this owner, oldest first; with `everything`, all that are open.
 *
 * Those she answered are left out, and those about data that this device can't put into words. While she has paused,
 * nothing fits.
 *
 * @throws SignatureError or ProofError if an offer is not signed by its partner, or a partner shows other keys than those
 * pinned.
 */
export async function offersFor(owner: Owner, looking: Looking = {}): Promise<readonly FoundOffer[]> {
  const rules = await rulesOf(owner);
  const held = looking.held ?? (await allHeld(owner));
  const answered = new Set((await owner.grants()).map(({ record }) => record.ask));
  const found: FoundOffer[] = [];
  for (const row of await owner.account.vault.list("/v1/offers")) {
    const offer = await readOffer(owner, row);
    if (answered.has(offer.hash) || !offer.record.clusters.every(isKnown)) continue;
    const judged = judge(owner, offer, rules, held);
    if (looking.everything === true || judged.fits) found.push(judged);
  }
  return found;
}

async function allHeld(owner: Owner): Promise<readonly Held[]> {
  const held: Held[] = [];
  for (const item of await owner.items()) held.push(await owner.open(item));
  return held;
}

function isKnown(id: string): boolean {
  return clusters().some((cluster) => cluster.id === id);
}

/** An offer as the vault shows it, before it is held against what she has. */
export type ReadOffer = Omit<FoundOffer, "terms" | "items" | "broken" | "fits">;

/** @throws SignatureError or ProofError if it is not its partner's, or a partner shows other keys than those pinned. */
export async function readOffer({ account }: Owner, row: Answer): Promise<ReadOffer> {
  const shown = row.records("partner");
  const partner = await verifyPartner(shown);
  const domain = newest(partner).record.partner;
  const pinned = (await rememberedPartner(account.memory, domain)) ?? [];
  must(
    pinned.every((entry, at) => entry.jws === shown[at]),
    "a partner shows other keys than those pinned",
  );
  const signed = await verify(row.record("offer"), OFFER, () => partner.map(({ record }) => record.sign_key));
  verifyPeriods(signed.record);
  const ours = signed.record.vault === account.trust.vault && signed.record.partner === domain;
  must(ours && signed.hash === row.hash("hash"), "an offer of another partner or another vault");
  return { ...signed, partner, left: row.whole("left") };
}

function judge(owner: Owner, offer: ReadOffer, rules: Rules, held: readonly Held[]): FoundOffer {
  const { record, partner, left } = offer;
  const terms = { ...record, name: newest(partner).record.name, fee: owner.fee };
  const kinds = new Set(
    clusters()
      .filter(({ id }) => record.clusters.includes(id))
      .map(collectionOf),
  );
  const now = owner.account.clock();
  const about = held.filter(({ kind, period }) => {
    return kinds.has(kind) && reachesBack(record.look_back_days, period, now);
  });
  const [items, broken] = [about.length, brokenBy(rules, terms)];
  const fits = items > 0 && broken.length === 0 && left >= record.price && !rules.paused;
  return { ...offer, terms, items, broken, fits };
}
