/** A grant in plain words: the very text whose hash the grant carries. Pure; it names durations and no dates. */

import type { Language } from "../clusters.js";
import { COLLECTIONS, clusterOf, collectionOf, columnsOf } from "../clusters.js";
import { sha256 } from "../digest.js";
import { toBase64url, utf8 } from "../encoding.js";
import type { Ask } from "../records/kinds.js";
import { TOLD } from "./grant-told.js";

/** What an owner is about to allow. */
export type Terms = Pick<
  Ask,
  | "partner"
  | "reason"
  | "clusters"
  | "purposes"
  | "price"
  | "budget"
  | "currency"
  | "max_uses"
  | "period_days"
  | "period_uses"
  | "paid_by_period"
  | "look_back_days"
  | "future_items"
  | "duration_days"
  | "retention_days"
> & {
  /** What the partner calls itself in the directory. */
  readonly name: string;
  /** Of the vault, in basis points. */
  readonly fee: number;
};

/** Her part of one price; the fee is rounded down, so that she never loses by rounding. */
export function shareOf(terms: Terms): number {
  return terms.price - Number((BigInt(terms.price) * BigInt(terms.fee)) / 10_000n);
}

/** How often the count, the periods and the budget let the price fall due. */
export function paymentsOf(terms: Terms): number {
  const most = terms.paid_by_period ? Math.min(terms.max_uses, periodsOf(terms)) : usesOf(terms);
  return terms.price === 0 ? most : Math.min(most, Math.floor(terms.budget / terms.price));
}

/** How many uses the count, the periods and the budget allow. */
export function payableUses(terms: Terms): number {
  if (!terms.paid_by_period) return paymentsOf(terms);
  const uses = usesOf(terms);
  return terms.period_uses > 0 ? Math.min(uses, paymentsOf(terms) * terms.period_uses) : uses;
}

/** How many periods begin in all; one, if there are none. */
function periodsOf(terms: Terms): number {
  return terms.period_days > 0 ? Math.ceil(terms.duration_days / terms.period_days) : 1;
}

function usesOf(terms: Terms): number {
  return terms.period_uses > 0
    ? Math.min(terms.max_uses, periodsOf(terms) * terms.period_uses)
    : terms.max_uses;
}

/** The whole text, several lines. */
export function textOf(terms: Terms, language: Language): string {
  const words = (name: string, values: Readonly<Record<string, string | number>> = {}): string =>
    (TOLD.text[language][name] ?? "").replace(/\{(\w+)\}/g, (_, value: string) => String(values[value]));
  const lines = [
    words("who", { name: quoted(terms.name), partner: terms.partner }),
    words("what"),
    ...clusterLines(terms, language, words),
    words("order"),
    words("why", { purposes: purposesOf(terms, language).join(words("and")), reason: quoted(terms.reason) }),
    words(terms.look_back_days > 0 ? "back" : "back_none", { days: terms.look_back_days }),
    words(terms.future_items ? "future" : "no_future"),
    words("long", { days: terms.duration_days, uses: payableUses(terms) }),
    ...(terms.period_uses > 0 ? [words("often", { uses: terms.period_uses, days: terms.period_days })] : []),
    words(terms.retention_days > 0 ? "keep" : "keep_none", { days: terms.retention_days }),
    money(terms, words),
    words("take_back"),
  ];
  return `${lines.join("\n")}\n`;
}

/** What the grant carries: the SHA-256 of the text in UTF-8. */
export async function textHash(text: string): Promise<string> {
  return toBase64url(await sha256(utf8(text)));
}

/** What a partner wrote can't end its own quotation. */
function quoted(text: string): string {
  return text.replace(/[“”]/g, "'");
}

type Words = (name: string, values?: Readonly<Record<string, string | number>>) => string;

function clusterLines(terms: Terms, language: Language, words: Words): readonly string[] {
  return [...columnsOf(terms.clusters).keys()].flatMap((collection) => {
    const told = terms.clusters.map(clusterOf).filter((cluster) => collectionOf(cluster) === collection);
    const label = COLLECTIONS.get(collection)?.[language] ?? collection;
    const lines = told.map(({ label, description, never }) =>
      words("cluster", {
        label: label[language],
        description: description[language],
        never: never[language],
      }),
    );
    return [words("collection", { label }), ...lines];
  });
}

/** Each purpose with its word of the W3C vocabulary, or as that word alone. */
function purposesOf(terms: Terms, language: Language): readonly string[] {
  return terms.purposes.map((purpose) => {
    const known = TOLD.purposes[purpose];
    return known === undefined ? purpose : `${known[language]} (${purpose})`;
  });
}

function money(terms: Terms, words: Words): string {
  const share = shareOf(terms);
  if (share === 0) return words("free");
  const amount = (micros: number): string => amountOf(micros, terms.currency);
  const most = share * paymentsOf(terms);
  return words(terms.paid_by_period ? "money_by_period" : "money", {
    days: terms.period_days,
    share: amount(share),
    price: amount(terms.price),
    fee: amount(terms.price - share),
    most: amount(most),
  });
}

/** 50,000 micros of USD as `0.05 USD`, exactly. */
function amountOf(micros: number, currency: string): string {
  const decimals = String(micros % 1_000_000)
    .padStart(6, "0")
    .replace(/0+$/, "")
    .padEnd(2, "0");
  return `${Math.floor(micros / 1_000_000)}.${decimals} ${currency}`;
}
