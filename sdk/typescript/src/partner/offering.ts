/**
 * What a partner proposes to everybody, and what owners propose back.
 *
 * In memory: `offer/<hash>` is every offer this partner published.
 */

import type { Answer } from "../client/answer.js";
import { Refused } from "../client/errors.js";
import { random } from "../digest.js";
import { toBase64url } from "../encoding.js";
import { verifyPublicKey } from "../keys.js";
import { verifyPeriods } from "../records/consent.js";
import type { Ask, Counter, Offer } from "../records/kinds.js";
import { ASK, COUNTER, OFFER, WITHDRAWAL } from "../records/kinds.js";
import { writeTime } from "../records/shape.js";
import type { Signed, Unsalted } from "../records/signed.js";
import { must, sign, verify } from "../records/signed.js";
import type { Partner } from "./partner.js";

const OFFER_LIFE = 30 * 86_400_000;

/** The terms of an offer; the rest is known. Micros, days. */
export type Offered = Omit<Unsalted<Offer>, "vault" | "id" | "partner" | "currency" | "expires" | "time">;

export interface PublishedOffer extends Signed<Offer> {
  /** `open`, `withdrawn` or `ended`. */
  readonly state: string;
  /** Of its campaign, in micros. */
  readonly left: number;
}

export interface PutAsk extends Signed<Ask> {
  /** `open`, `granted`, `denied` or `expired`. */
  readonly state: string;
}

export interface ReceivedCounter extends Signed<Counter> {
  /** `open`, `accepted`, `refused` or `expired`. */
  readonly state: string;
}

/**
 * Publish an offer to everybody; campaign and pool are set aside at once.
 *
 * @throws FormatError for terms that no offer can have, Refused with `insufficient-funds`.
 */
export async function offer(partner: Partner, offered: Offered): Promise<Signed<Offer>> {
  const now = partner.clock();
  const said = {
    ...verifyPeriods(offered),
    clusters: [...offered.clusters].sort(),
    purposes: [...offered.purposes].sort(),
    vault: partner.trust.vault,
    id: toBase64url(random(16)),
    partner: (await partner.keys.newest()).record.partner,
    currency: (await partner.vault.get("/v1/vault")).text("currency"),
    expires: writeTime(new Date(now.getTime() + OFFER_LIFE)),
    time: writeTime(now),
  };
  const signed = await sign(OFFER, said, await partner.keys.signing());
  await partner.memory.keep({ [`offer/${signed.hash}`]: signed.jws });
  try {
    await partner.vault.put("POST", "/v1/offers", { offer: signed.jws });
  } catch (error) {
    // Only a clear no is a no: whatever else goes wrong, it may have been published.
    const refused = error instanceof Refused && error.status < 500;
    if (refused) await partner.memory.keep({ [`offer/${signed.hash}`]: null });
    throw error;
  }
  return signed;
}

/** Take an offer back, by its hash: nobody can answer it any more, and what is left of its campaign comes back. */
export async function withdraw(partner: Partner, hash: string): Promise<void> {
  const said = { offer: hash, time: writeTime(partner.clock()) };
  const { jws } = await sign(WITHDRAWAL, said, await partner.keys.signing());
  await partner.vault.put("POST", "/v1/withdrawals", { withdrawal: jws });
}

/** This partner's offers: those that are open, and those that are remembered here; the newest first. */
export async function offers(partner: Partner): Promise<readonly PublishedOffer[]> {
  const signers = (await partner.keys.entries()).map((entry) => entry.record.sign_key);
  const domain = (await partner.keys.newest()).record.partner;
  const found = new Map<string, PublishedOffer>();
  for (const row of await partner.vault.list("/v1/offers")) {
    if (!row.records("partner").includes((await partner.keys.entries())[0]?.jws ?? "")) continue;
    const shown = await published(row, signers);
    must(shown.record.partner === domain, "an offer of another partner");
    found.set(shown.hash, shown);
  }
  for (const [name] of await partner.memory.under("offer/")) {
    const hash = name.slice("offer/".length);
    if (!found.has(hash))
      found.set(hash, await published(await partner.vault.get(`/v1/offers/${hash}`), signers));
  }
  return [...found.values()].sort((one, other) => (one.record.time < other.record.time ? 1 : -1));
}

async function published(row: Answer, signers: readonly string[]): Promise<PublishedOffer> {
  const signed = await verify(row.record("offer"), OFFER, () => signers);
  must(signed.hash === row.hash("hash"), "the vault names an offer by another hash than its own");
  return { ...signed, state: row.text("state"), left: row.whole("left") };
}

/** The asks of this partner, the newest first. */
export async function asks(partner: Partner): Promise<readonly PutAsk[]> {
  const signers = (await partner.keys.entries()).map((entry) => entry.record.sign_key);
  const rows = await partner.vault.list("/v1/asks", partner.who);
  const put = rows.map(async (row) => {
    const signed = await verify(row.record("ask"), ASK, () => signers);
    return { ...signed, state: row.text("state") };
  });
  return (await Promise.all(put)).reverse();
}

/** What owners would agree to instead, the newest first. */
export async function counters(partner: Partner): Promise<readonly ReceivedCounter[]> {
  const { vault, partner: domain } = { vault: partner.trust.vault, ...(await partner.keys.newest()).record };
  const rows = await partner.vault.list("/v1/counters", partner.who);
  const received = rows.map(async (row) => {
    const signed = await verify(row.record("counter"), COUNTER, ({ owner_key }) =>
      verifyPublicKey(owner_key),
    );
    const ours = signed.record.vault === vault && signed.record.partner === domain;
    must(ours && signed.hash === row.hash("hash"), "a counter-offer for another vault or partner");
    return { ...signed, state: row.text("state") };
  });
  return (await Promise.all(received)).reverse();
}

/** Take up a counter-offer: an ask with its very terms, for her to grant. */
export function acceptCounter(
  partner: Partner,
  counter: ReceivedCounter,
  reason: string,
): Promise<Signed<Ask>> {
  const { clusters, purposes, price, budget, max_uses } = counter.record;
  const { period_days, period_uses, paid_by_period } = counter.record;
  const { look_back_days, future_items, duration_days, retention_days } = counter.record;
  return partner.ask({
    ...{ owner: counter.kid, counter: counter.hash, reason, clusters, purposes, price, budget, max_uses },
    ...{ period_days, period_uses, paid_by_period },
    ...{ look_back_days, future_items, duration_days, retention_days },
  });
}

/** Say no to a counter-offer, without a reason. */
export async function refuseCounter(partner: Partner, hash: string): Promise<void> {
  await partner.vault.put("POST", `/v1/counters/${hash}/refusal`, {}, partner.who);
}
