/** "Yes, to less": what a person leaves of an ask. Nothing is chosen for her. Pure. */

import type { Terms } from "planetvault/owner/wording";

export interface Less {
  clusters: string[];
  purposes: string[];
  max_uses: number;
  look_back_days: number;
  duration_days: number;
  future_items: boolean;
}

/** Nothing is ticked, and no number is above the one asked. A single purpose is no choice. */
export function leastOf(terms: Terms): Less {
  const { purposes, max_uses, look_back_days, duration_days } = terms;
  const only = purposes.length === 1 ? [...purposes] : [];
  return { clusters: [], purposes: only, max_uses, look_back_days, duration_days, future_items: false };
}

/** What `preview` and `allow` take, in the order of the ask; null if it would allow nothing. */
export function narrower(terms: Terms, less: Less): Partial<Terms> | null {
  const clusters = terms.clusters.filter((each) => less.clusters.includes(each));
  const purposes = terms.purposes.filter((each) => less.purposes.includes(each));
  const numbers = {
    max_uses: within(less.max_uses, 1, terms.max_uses),
    look_back_days: within(less.look_back_days, 0, terms.look_back_days),
    duration_days: within(less.duration_days, 1, terms.duration_days),
  };
  if (clusters.length === 0 || purposes.length === 0 || Object.values(numbers).includes(null)) return null;
  const { max_uses, look_back_days, duration_days } = numbers as Record<keyof typeof numbers, number>;
  // By the period, money is set aside by time and not by the number of uses.
  const budget = terms.paid_by_period ? terms.budget : Math.min(terms.budget, max_uses * terms.price);
  const future_items = terms.future_items && less.future_items;
  return { clusters, purposes, max_uses, look_back_days, duration_days, future_items, budget };
}

function within(value: number, least: number, most: number): number | null {
  return Number.isInteger(value) && value >= least && value <= most ? value : null;
}
