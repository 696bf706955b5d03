/**
 * What an owner never agrees to, and the least she wants to be paid (docs/spec/rules.md). Pure; applied on her own
 * device.
 *
 *     { data: "*", purpose: "dpv:Advertising", least: null }     never for advertising
 *     { data: "music", purpose: "*", least: 50_000 }             anything about music: at least 0.05 for each use
 */

import type { Bytes } from "../encoding.js";
import { utf8 } from "../encoding.js";
import { FormatError } from "../errors.js";
import type { Terms } from "../owner/wording.js";
import { shareOf } from "../owner/wording.js";
import type { Reader } from "../records/shape.js";
import * as shape from "../records/shape.js";
import { readJson } from "../records/strict-json.js";
import { BROADER } from "./purposes-told.js";

export const EVERYTHING = "*";
const MOST_RULES = 200;
const MOST_BYTES = 65_536;
const DATA = /^(\*|[a-z]{1,32}(\.[a-z]{1,32}(\/[a-z]{1,32})?)?)$/;

/** For some data and purpose, the least her part of one use has to be, in micros; null is never. */
export interface Rule {
  readonly data: string;
  readonly purpose: string;
  readonly least: number | null;
}

/** `seq` counts their changes; while they are `paused`, her devices answer nothing. */
export interface Rules {
  readonly seq: number;
  readonly paused: boolean;
  readonly rules: readonly Rule[];
}

export const NO_RULES: Rules = { seq: 0, paused: false, rules: [] };

/** The rules that say no to these terms; none, if they fit. */
export function brokenBy({ rules }: Rules, terms: Terms): readonly Rule[] {
  const part = partOfOneUse(terms);
  return rules.filter((rule) => applies(rule, terms) && (rule.least === null || part < rule.least));
}

function applies(rule: Rule, terms: Terms): boolean {
  return (
    terms.clusters.some((cluster) => begins(cluster, rule.data)) &&
    terms.purposes.some((purpose) => isWithin(purpose, rule.purpose))
  );
}

function begins(cluster: string, data: string): boolean {
  const isBeginning = cluster.startsWith(`${data}.`) || cluster.startsWith(`${data}/`);
  return data === EVERYTHING || data === cluster || isBeginning;
}

/** Whether a purpose is another one, or narrower. One that nobody here knows is within them all. */
export function isWithin(purpose: string, other: string): boolean {
  if (other === EVERYTHING || other === purpose || !Object.hasOwn(BROADER, purpose)) return true;
  return (BROADER[purpose] ?? []).some((above) => isWithin(above, other));
}

/** What one use brings her at least, in micros: if it is paid by period, its part of the fullest one. */
export function partOfOneUse(terms: Terms): number {
  if (!terms.paid_by_period) return shareOf(terms);
  return Math.floor(shareOf(terms) / (terms.period_uses || terms.max_uses));
}

const data: Reader<string> = (value) => {
  if (typeof value !== "string" || !DATA.test(value)) throw new FormatError("no data that a rule is about");
  return value;
};
const purpose: Reader<string> = (value) => (value === EVERYTHING ? EVERYTHING : shape.purpose(value));
const rule = shape.object({ data, purpose, least: shape.orNull(shape.micros) });
const written = shape.object({
  version: shape.one,
  seq: shape.ordinal,
  paused: shape.boolean,
  rules: shape.list(rule, 0, MOST_RULES),
});

/** @throws FormatError for anything that `writeRules` would not write. */
export function readRules(octets: Bytes): Rules {
  if (octets.length > MOST_BYTES) throw new FormatError("these rules are longer than any");
  const { seq, paused, rules } = written(readJson(octets));
  return { seq, paused, rules };
}

/** @throws FormatError for rules that nobody could read. */
export function writeRules({ seq, paused, rules }: Rules): Bytes {
  const ordered = rules.map(({ data, purpose, least }) => ({ data, purpose, least }));
  const octets = utf8(JSON.stringify({ version: 1, seq, paused, rules: ordered }));
  readRules(octets);
  return octets;
}
