/** The terms of an offer or ask, from what was typed. Pure. */

import type { Offered } from "planetvault/partner/offering";

/** As the form holds it: money in the vault's currency, everything else whole numbers. */
export interface TypedTerms {
  clusters: string[];
  purposes: string[];
  reason: string;
  price: string;
  max_uses: string;
  look_back_days: string;
  duration_days: string;
  retention_days: string;
  future_items: boolean;
  period_days: string;
  period_uses: string;
  paid_by_period: boolean;
  campaign: string;
  pool: string;
  owner: string;
}

/** What is wrong with a field; the form has the words. */
export type Slip = "none" | "empty" | "money" | "whole" | "days" | "periods" | "campaign" | "kid" | "long";
export type Slips = Partial<Record<keyof TypedTerms, Slip>>;

const MICROS = 1_000_000;
const MOST_DAYS = 36_525;
const MOST_PURPOSES = 8;
const MOST_REASON = 500;
const KID = /^[A-Za-z0-9_-]{43}$/;

export function emptyTerms(owner = ""): TypedTerms {
  return {
    ...{ clusters: [], purposes: [], reason: "", price: "", max_uses: "10", owner },
    ...{ look_back_days: "365", duration_days: "90", retention_days: "30", future_items: false },
    ...{ period_days: "0", period_uses: "0", paid_by_period: false, campaign: "", pool: "0" },
  };
}

/** `0.05` as 50,000 micros; null for what is no amount, or finer than a micro. */
export function microsOf(text: string): number | null {
  const [, whole, part = ""] = /^(\d{1,9})(?:[.,](\d{1,6}))?$/.exec(text.trim()) ?? [];
  return whole === undefined ? null : Number(whole) * MICROS + Number(part.padEnd(6, "0"));
}

export function wholeOf(text: string): number | null {
  return /^\d{1,9}$/.test(text.trim()) ? Number(text) : null;
}

/** The terms; or, by field, what is wrong. An offer has a campaign, an ask an owner. */
export function readTerms(
  typed: TypedTerms,
  to: "everybody" | "owner",
): { readonly terms: Offered } | { readonly slips: Slips } {
  const slips = {
    ...slipsOfTerms(typed),
    ...(to === "everybody" ? slipsOfCampaign(typed) : slipsOfOwner(typed)),
  };
  if (Object.keys(slips).length > 0) return { slips };
  const { clusters, purposes, future_items, paid_by_period } = typed;
  const [price, max_uses] = [microsOf(typed.price) ?? 0, wholeOf(typed.max_uses) ?? 0];
  const whole = (name: (typeof WHOLE)[number]): number => wholeOf(typed[name]) ?? 0;
  const terms: Offered = {
    ...{ clusters, purposes, reason: typed.reason.trim(), price, budget: price * max_uses, max_uses },
    ...{ period_days: whole("period_days"), period_uses: whole("period_uses"), paid_by_period, future_items },
    look_back_days: whole("look_back_days"),
    duration_days: whole("duration_days"),
    retention_days: whole("retention_days"),
    campaign: microsOf(typed.campaign) ?? 0,
    pool: microsOf(typed.pool) ?? 0,
  };
  return { terms };
}

const WHOLE = ["look_back_days", "duration_days", "retention_days", "period_days", "period_uses"] as const;

function slipsOfTerms(typed: TypedTerms): Slips {
  const slips: Slips = {};
  if (typed.clusters.length === 0) slips.clusters = "none";
  if (typed.purposes.length === 0 || typed.purposes.length > MOST_PURPOSES) slips.purposes = "none";
  if (typed.reason.trim() === "") slips.reason = "empty";
  if (typed.reason.trim().length > MOST_REASON) slips.reason = "long";
  if (microsOf(typed.price) === null) slips.price = "money";
  if ((wholeOf(typed.max_uses) ?? 0) < 1) slips.max_uses = "whole";
  for (const name of WHOLE) if ((wholeOf(typed[name]) ?? MOST_DAYS + 1) > MOST_DAYS) slips[name] = "days";
  if (wholeOf(typed.duration_days) === 0) slips.duration_days = "days";
  const periods = typed.paid_by_period || wholeOf(typed.period_uses) !== 0;
  if (periods && wholeOf(typed.period_days) === 0) slips.period_days = "periods";
  return slips;
}

function slipsOfCampaign(typed: TypedTerms): Slips {
  const slips: Slips = {};
  const campaign = microsOf(typed.campaign);
  if (campaign === null) slips.campaign = "money";
  else if (campaign < (microsOf(typed.price) ?? 0) * (wholeOf(typed.max_uses) ?? 0))
    slips.campaign = "campaign";
  if (microsOf(typed.pool) === null) slips.pool = "money";
  return slips;
}

const slipsOfOwner = ({ owner }: TypedTerms): Slips => (KID.test(owner.trim()) ? {} : { owner: "kid" });
