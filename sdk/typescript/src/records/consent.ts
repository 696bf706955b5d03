/** Grants, denials, revocations and pairings: what an owner signs towards one partner, by the steps of their pages. */

import { FormatError } from "../errors.js";
import { verifyPublicKey } from "../keys.js";
import type { Ask, Denial, Grant, Offer, Pairing, Revocation } from "./kinds.js";
import { DENIAL, GRANT, PAIRING, REVOCATION } from "./kinds.js";
import type { Signed } from "./signed.js";
import { must, verify } from "./signed.js";

const byItsOwner = (record: { readonly owner_key: string }): string => verifyPublicKey(record.owner_key);

/** A grant, signed by the owner key it carries. */
export async function verifyGrant(raw: string | Uint8Array): Promise<Signed<Grant>> {
  const grant = await verify(raw, GRANT, byItsOwner);
  const { not_before, expires, version, prev } = grant.record;
  if (not_before >= expires) throw new FormatError("a grant that ends before it begins");
  if ((version === 1) !== (prev === null))
    throw new FormatError("a first version names none before, a later one does");
  verifyPeriods(grant.record);
  return grant;
}

/** A denial, signed by the owner key it carries; it counts only beside an ask that was put to this key. */
export function verifyDenial(raw: string | Uint8Array): Promise<Signed<Denial>> {
  return verify(raw, DENIAL, byItsOwner);
}

/** A pairing, signed by the owner key it carries. */
export function verifyPairing(raw: string | Uint8Array): Promise<Signed<Pairing>> {
  return verify(raw, PAIRING, byItsOwner);
}

/** A revocation of this grant, signed by its owner. */
export async function verifyRevocation(
  raw: string | Uint8Array,
  grant: Signed<Grant>,
): Promise<Signed<Revocation>> {
  const revocation = await verify(raw, REVOCATION, () => grant.record.owner_key);
  must(revocation.record.grant === grant.hash, "the revocation is of another grant");
  return revocation;
}

/**
 * The grant, if no term of it is wider than what was asked.
 *
 * @throws ProofError if one is, or if it answers another ask.
 */
export function verifyWithinAsk(grant: Signed<Grant>, ask: Signed<Ask | Offer>): Signed<Grant> {
  const [given, asked] = [grant.record, ask.record];
  const toHer = !("owner" in asked) || asked.owner === grant.kid;
  must(given.ask === ask.hash && toHer, "the grant answers another ask");
  must(
    given.vault === asked.vault && given.partner === asked.partner,
    "the grant is for another vault or partner",
  );
  must(
    given.clusters.every((cluster) => asked.clusters.includes(cluster)),
    "a cluster that was not asked for",
  );
  must(
    given.purposes.every((purpose) => asked.purposes.includes(purpose)),
    "a purpose that was not asked for",
  );
  must(given.currency === asked.currency, "another currency than asked");
  const seconds = (Date.parse(given.expires) - Date.parse(given.not_before)) / 1000;
  must(seconds <= asked.duration_days * 86_400, "the grant lasts longer than asked");
  const asOften =
    asked.period_days === 0 ||
    (given.period_days === asked.period_days &&
      (asked.period_uses === 0 || (given.period_uses > 0 && given.period_uses <= asked.period_uses)));
  must(asOften && given.paid_by_period === asked.paid_by_period, "other periods than asked for");
  must(!given.future_items || asked.future_items, "future items were not asked for");
  for (const term of ["price", "budget", "max_uses", "look_back_days", "retention_days"] as const) {
    must(given[term] <= asked[term], `${term} is above what was asked`);
  }
  return grant;
}

/** The terms, if they speak of periods only where there are any. */
export function verifyPeriods<T extends Pick<Ask, "period_days" | "period_uses" | "paid_by_period">>(
  terms: T,
): T {
  if (terms.period_days === 0 && (terms.period_uses > 0 || terms.paid_by_period)) {
    throw new FormatError("without periods nothing is limited or paid by period");
  }
  return terms;
}

/** Which period of a grant a moment lies in, counted from 0; always 0 if there are none. */
export function periodAt(grant: Grant, moment: string): number {
  if (grant.period_days === 0) return 0;
  const seconds = (Date.parse(moment) - Date.parse(grant.not_before)) / 1000;
  return Math.floor(seconds / (grant.period_days * 86_400));
}

/** What the vault keeps of one use: price × fee ÷ 10,000, rounded down, in micros. */
export function feeOf(grant: Grant): number {
  return Number((BigInt(grant.price) * BigInt(grant.fee)) / 10_000n);
}
