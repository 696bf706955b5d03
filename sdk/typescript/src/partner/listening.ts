/**
 * Where a partner's server listens for what happens at the vault, and what arrived there (docs/spec/webhook.md).
 *
 * In memory: `webhook/<url>` is the id under which the vault knows a URL.
 */

import type { Answer } from "../client/answer.js";
import { random } from "../digest.js";
import { toBase64url } from "../encoding.js";
import type { Partner } from "./partner.js";

/** The events of docs/spec/webhook.md that one can choose. */
export const EVENTS = [
  "ask.granted",
  "ask.denied",
  "ask.countered",
  "grant.given",
  "grant.revoked",
  "grant.expired",
  "receipts.committed",
  "balance.low",
  "erasure.demanded",
  "topup.booked",
  "reward.redeemed",
  "dispute.opened",
  "dispute.decided",
  "webhook.ping",
] as const;

/** `failing` is since when nothing arrived; `secret` is there when the endpoint was just put, else empty. */
export interface Endpoint {
  readonly id: string;
  readonly url: string;
  readonly kinds: readonly string[];
  readonly low_balance: number;
  readonly generation: number;
  readonly state: string;
  readonly failing: string | null;
  readonly secret: string;
}

/** One event on its way: `pending`, `delivered` or `dead`, with the newest answer or error. */
export interface Delivery {
  readonly event: string;
  readonly kind: string;
  readonly state: string;
  readonly attempts: number;
  readonly status: number | null;
  readonly error: string;
  readonly tried: string | null;
  readonly next: string | null;
}

export interface Listening {
  /** None means all. */
  readonly kinds?: readonly string[];
  /** In micros: below it, `balance.low` comes. */
  readonly low_balance?: number;
  /** Replace the secret; the old one signs for a day yet. */
  readonly newSecret?: boolean;
}

/** Have events sent to `url`; called again, it changes or enables the endpoint. What comes back has its secret. */
export async function listen(partner: Partner, url: string, listening: Listening = {}): Promise<Endpoint> {
  const known = (await endpoints(partner)).find((one) => one.url === url);
  const id = known?.id ?? (await partner.memory.get(`webhook/${url}`)) ?? toBase64url(random(16));
  await partner.memory.keep({ [`webhook/${url}`]: id });
  const last = known?.generation ?? 0;
  const generation = listening.newSecret === true || last === 0 ? last + 1 : last;
  const { kinds = [], low_balance = 0 } = listening;
  const body = { url, kinds: [...new Set(kinds)].sort(), low_balance, generation };
  return endpointOf(await partner.vault.put("PUT", `/v1/webhooks/${id}`, body, partner.who));
}

export async function endpoints(partner: Partner): Promise<readonly Endpoint[]> {
  return (await partner.vault.get("/v1/webhooks", partner.who)).objects("data").map(endpointOf);
}

export async function stopListening(partner: Partner, { id, url }: Endpoint): Promise<void> {
  const message = { method: "DELETE", target: `/v1/webhooks/${id}`, body: null, headers: {} };
  await partner.vault.exchange(message, partner.who);
  await partner.memory.keep({ [`webhook/${url}`]: null });
}

/** Have an event sent that says nothing; its name. */
export async function ping(partner: Partner, endpoint: string): Promise<string> {
  return (await partner.vault.put("POST", `/v1/webhooks/${endpoint}/pings`, {}, partner.who)).text("event");
}

/** Have one event, or all since a time, sent again; how many. The vault keeps them for 30 days. */
export async function sendAgain(partner: Partner, endpoint: string, what: string | Date): Promise<number> {
  const body =
    typeof what === "string" ? { event: what } : { since: Math.max(0, Math.floor(what.getTime() / 1000)) };
  const answer = await partner.vault.put("POST", `/v1/webhooks/${endpoint}/replays`, body, partner.who);
  return answer.whole("events");
}

/** What was sent to an endpoint and what came of it, the newest first. */
export async function deliveries(partner: Partner, endpoint: string): Promise<readonly Delivery[]> {
  const rows = await partner.vault.list(`/v1/webhooks/${endpoint}/deliveries`, partner.who);
  return rows.map(deliveryOf).reverse();
}

function endpointOf(row: Answer): Endpoint {
  return {
    id: row.id("webhook"),
    url: row.text("url"),
    kinds: row.texts("kinds"),
    low_balance: row.whole("low_balance"),
    generation: row.whole("generation"),
    state: row.text("state"),
    failing: row.textOrNull("failing"),
    secret: row.textOrNull("secret") ?? "",
  };
}

function deliveryOf(row: Answer): Delivery {
  return {
    event: row.text("event"),
    kind: row.text("type"),
    state: row.text("state"),
    attempts: row.whole("attempts"),
    status: row.has("status") ? row.whole("status") : null,
    error: row.text("error"),
    tried: row.textOrNull("tried"),
    next: row.textOrNull("next"),
  };
}
