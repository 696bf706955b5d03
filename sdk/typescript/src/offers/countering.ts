/**
 * What an owner would agree to instead (docs/spec/counter.md): less than asked for, at a price of her own. There is one step.
 *
 * In memory: `counter/<hash>` is every counter-offer that this device made.
 */

import { newest } from "../client/pinned.js";
import { InputError } from "../errors.js";
import { verifyPublicKey } from "../keys.js";
import type { Owner, ReceivedAsk } from "../owner/owner.js";
import { verifyPeriods } from "../records/consent.js";
import type { Ask, Counter, Offer } from "../records/kinds.js";
import { COUNTER } from "../records/kinds.js";
import { writeTime } from "../records/shape.js";
import type { Signed } from "../records/signed.js";
import { must, sign, verify } from "../records/signed.js";
import type { FoundOffer } from "./offers.js";

const LIFE = 14 * 86_400_000;
const TERMS = [
  "clusters",
  "purposes",
  "price",
  "budget",
  "max_uses",
  "period_days",
  "period_uses",
  "paid_by_period",
  "look_back_days",
  "future_items",
  "duration_days",
  "retention_days",
] as const;
/** What a counter-offer may not raise. */
const BOUND = ["max_uses", "look_back_days", "duration_days", "retention_days"] as const;

/** The terms that a counter-offer says. */
export type Countered = Pick<Counter, (typeof TERMS)[number]>;

/** A counter-offer of hers: `open`, `accepted` by the ask named, `refused` or `expired`. */
export interface MadeCounter extends Signed<Counter> {
  readonly state: string;
  readonly acceptedBy: string | null;
}

/**
 * The terms of an ask or offer, with what she would have instead. Without a budget it is what all uses would cost.
 *
 * @throws InputError naming what goes beyond what was asked for.
 */
export function countered(asked: Ask | Offer, changes: Partial<Countered>): Countered {
  const named = new Map<string, unknown>(
    Object.entries({ ...changes }).filter(([, value]) => value !== undefined),
  );
  const said = Object.fromEntries(TERMS.map((term) => [term, named.get(term) ?? asked[term]])) as Countered;
  const terms = { ...said, clusters: sorted(said.clusters), purposes: sorted(said.purposes) };
  const wider: readonly string[] = [
    ...BOUND.filter((term) => terms[term] > asked[term]),
    ...(["clusters", "purposes"] as const).filter((term) => {
      return terms[term].some((each) => !asked[term].includes(each));
    }),
    ...(terms.future_items && !asked.future_items ? ["future_items"] : []),
  ];
  if (wider.length > 0) throw new InputError(`beyond what was asked: ${wider.join(", ")}`);
  const isPriced = named.has("price") || named.has("max_uses");
  return isPriced && !named.has("budget") ? { ...terms, budget: terms.price * terms.max_uses } : terms;
}

const sorted = (values: readonly string[]): readonly string[] => [...new Set(values)].sort();

/**
 * Say what she would agree to instead of an ask or an offer.
 *
 * @throws InputError if it wants more data, uses or time than was asked for.
 * @throws Refused with `conflict` if she answered this one so before.
 */
export async function counter(
  owner: Owner,
  asked: ReceivedAsk | FoundOffer,
  changes: Partial<Countered>,
): Promise<Signed<Counter>> {
  const { partner, currency } = asked.record;
  const terms = verifyPeriods(countered(asked.record, changes));
  if (!("owner" in asked.record)) await owner.connect(partner, newest(asked.partner).kid);
  const { unlocked, trust, memory, clock } = owner.account;
  const [key, now] = [await unlocked.identity.signingKeyFor(partner), clock()];
  const said = {
    vault: trust.vault,
    ask: asked.hash,
    owner_key: key.publicKey,
    partner,
    ...terms,
    currency,
    expires: writeTime(new Date(now.getTime() + LIFE)),
    time: writeTime(now),
  };
  const signed = await sign(COUNTER, said, key);
  await memory.keep({ [`counter/${signed.hash}`]: signed.jws });
  await owner.account.put("POST", "/v1/counters", { counter: signed.jws });
  return signed;
}

/** A counter-offer, signed by the owner key it carries. */
export async function verifyCounter(jws: string): Promise<Signed<Counter>> {
  const signed = await verify(jws, COUNTER, ({ owner_key }) => verifyPublicKey(owner_key));
  verifyPeriods(signed.record);
  return signed;
}

/** The counter-offers she made, oldest first, each checked to be her own. */
export async function counters(owner: Owner): Promise<readonly MadeCounter[]> {
  const rows = await owner.account.list("/v1/counters");
  const made = rows.map(async (row) => {
    const signed = await verifyCounter(row.record("counter"));
    const ours = await owner.account.unlocked.identity.signingKeyFor(signed.record.partner);
    must(signed.kid === ours.kid, "the vault shows a counter-offer that this owner did not sign");
    return { ...signed, state: row.text("state"), acceptedBy: row.hashOrNull("ask") };
  });
  return Promise.all(made);
}

/**
 * The counter-offer of hers that an ask accepts to the letter, as this device made it; null if it is no such ask.
 *
 * Such an ask may be granted without asking her again.
 */
export async function ownTerms(owner: Owner, ask: ReceivedAsk): Promise<Counter | null> {
  const jws = await owner.account.memory.get(`counter/${ask.record.counter}`);
  if (ask.record.counter === null || jws === undefined) return null;
  const { record } = await verifyCounter(jws);
  const same = TERMS.every((term) => String(record[term]) === String(ask.record[term]));
  return same ? record : null;
}
