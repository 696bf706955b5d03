/**
 * What a vault tells a partner's server: is it from the vault, and what does it say? Standard Webhooks 1.0, by
 * docs/spec/webhook.md.
 *
 *     const event = await verifyWebhook(body, request.headers, secret);
 *     if (event.kind === "grant.revoked") stopUsing(event.data["grant"]);
 *
 * An event may come twice and out of order: keep `event.id` for a while, and take an event for a hint to look, since it
 * holds names and no data.
 */

import { hmac } from "../digest.js";
import type { Bytes } from "../encoding.js";
import { concat, fromUtf8, same, utf8 } from "../encoding.js";
import { FormatError, InputError, SignatureError } from "../errors.js";

const PREFIX = "whsec_";
const MOST_BODY_BYTES = 65_536;
const LONGEST_HEADER = 4096;
const [LEAST_SECRET_BYTES, MOST_SECRET_BYTES] = [24, 64];
/** How old a signature may be, and how far clocks may differ, in seconds. */
const TOLERANCE = 300;
const SECONDS = /^\d{1,12}$/;
const PRINTABLE = /^[\x20-\x7e]+$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Something that happened. `id` is the same each time it is sent; `data` names what it is about. */
export interface WebhookEvent {
  readonly id: string;
  /** One of docs/spec/webhook.md, or one that came later: pass over what you don't know. */
  readonly kind: string;
  readonly time: Date;
  readonly mode: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Headers of a request, names in any case: those of `fetch`, or an object as Node and frameworks have it. */
export type HeadersOf = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

/** What was signed too long ago, or in the future. */
export class WebhookStale extends SignatureError {}

/**
 * The event that a request brings, if the vault signed it for this endpoint a moment ago.
 *
 * @param body of the request as it came, before anything parsed it.
 * @param secret what `listen` returned (`whsec_…`), or several of them while one follows another.
 * @throws SignatureError if no signature is by one of the secrets; WebhookStale if it is older than five minutes.
 * @throws FormatError if it is no event at all, InputError for a secret that no vault gave out.
 */
export async function verifyWebhook(
  body: Uint8Array | string,
  headers: HeadersOf,
  secret: string | readonly string[],
  now: Date = new Date(),
): Promise<WebhookEvent> {
  const keys = [secret].flat().map(keyOf);
  const [id, stamp, signatures] = ["id", "timestamp", "signature"].map((part) => headerOf(headers, part));
  const octets = typeof body === "string" ? utf8(body) : body.slice();
  if (octets.length > MOST_BODY_BYTES) throw new FormatError("an event has at most 64 KB");
  await verifySignatures(concat(utf8(`${id}.${stamp}.`), octets), signatures ?? "", keys);
  verifyStamp(stamp ?? "", now);
  return readEvent(id ?? "", octets);
}

function keyOf(secret: string): Bytes {
  const text = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret;
  if (!BASE64.test(text)) throw new InputError("a secret of an endpoint looks like whsec_…");
  const key = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  if (key.length < LEAST_SECRET_BYTES || key.length > MOST_SECRET_BYTES)
    throw new InputError("a secret has 24 to 64 bytes");
  return key;
}

function headerOf(headers: HeadersOf, part: string): string {
  const name = `webhook-${part}`;
  const pairs = headers instanceof Headers ? [...headers] : Object.entries(headers);
  const found = pairs.filter(([key]) => key.toLowerCase() === name).flatMap(([, value]) => value ?? []);
  const [value = ""] = found;
  if (found.length !== 1 || value.length > LONGEST_HEADER || !PRINTABLE.test(value))
    throw new SignatureError(`the request has no usable ${name}`);
  return value;
}

/** All of them are compared, whichever fits: the time tells nothing. */
async function verifySignatures(message: Bytes, signatures: string, keys: readonly Bytes[]): Promise<void> {
  const given = signatures.split(" ").map(utf8);
  let fits = false;
  for (const key of keys) {
    const mac = String.fromCharCode(...(await hmac(key, message)));
    const own = utf8(`v1,${btoa(mac)}`);
    for (const one of given) fits = same(one, own) || fits;
  }
  if (!fits) throw new SignatureError("no signature is by a secret of this endpoint");
}

function verifyStamp(stamp: string, now: Date): void {
  if (!SECONDS.test(stamp)) throw new FormatError("the time of signing is not in seconds");
  if (Math.abs(now.getTime() / 1000 - Number(stamp)) > TOLERANCE)
    throw new WebhookStale("this was not signed in the last five minutes");
}

function readEvent(id: string, body: Bytes): WebhookEvent {
  const { type: kind, timestamp, mode, data } = jsonObject(body);
  const time = new Date(typeof timestamp === "string" ? timestamp : Number.NaN);
  const isEvent = typeof kind === "string" && typeof mode === "string" && !Number.isNaN(time.getTime());
  if (!isEvent || !isObject(data)) throw new FormatError("this is not an event");
  return { id, kind, time, mode, data };
}

function jsonObject(body: Bytes): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(fromUtf8(body));
    if (isObject(value)) return value;
  } catch {
    // The same answer as for JSON that is no object.
  }
  throw new FormatError("this is not an event");
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
