/**
 * A vault in memory, an owner with one device, a partner, and somebody between them and the vault who may lie: requests
 * and answers go through `Between`, which keeps them all, and changes what a test wants changed.
 */

import type { Memory } from "../../src/client/memory.js";
import { FleetingMemory } from "../../src/client/memory.js";
import { fromBase64url, fromUtf8, toBase64url, utf8 } from "../../src/encoding.js";
import type { OwnItem } from "../../src/owner/items.js";
import type { Opener } from "../../src/owner/openers.js";
import { Owner, type ReceivedAsk } from "../../src/owner/owner.js";
import type { HeldGrant } from "../../src/partner/partner.js";
import { Partner } from "../../src/partner/partner.js";
import type { Json } from "./routes.js";
import { MemoryVault, ORIGIN } from "./vault.js";

export const URL_OF_VAULT = `https://${ORIGIN}`;
export const DOMAIN = "music.example";
export const PURPOSE = "dpv:ServicePersonalisation";
export const ASKED = {
  clusters: ["music.play/what", "music.play/when"],
  purposes: [PURPOSE],
  reason: "To suggest what to hear next.",
  price: 50_000,
  budget: 5_000_000,
  max_uses: 100,
  look_back_days: 400,
  future_items: true,
  duration_days: 90,
  retention_days: 30,
};

/** Words of the data; none of them may ever be seen outside the device. */
export const SECRET_WORDS = ["Rain at Nine", "Alder Lane", "First Snow"];

export function plays(month: string, titles: readonly string[] = ["Rain at Nine", "First Snow"]) {
  const each = <T>(value: (title: string, row: number) => T): T[] => titles.map(value);
  return {
    id: each((title) => `spotify:${title}`),
    name: each((title) => title),
    by: each(() => ["Alder Lane"]),
    end: each((_, row) => `${month}-0${row + 1}T07:12:00Z`),
    country: each(() => "PT"),
  };
}

export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly url: string;
  readonly body: string;
  readonly headers: Headers;
}

type Lie = (shown: Json) => unknown;

export class Between {
  /** Changes of answers, by how their path begins. */
  readonly lies = new Map<string, Lie>();
  readonly requests: Sent[] = [];
  readonly answers: { readonly path: string; readonly body: string }[] = [];

  constructor(public vault: MemoryVault) {}

  readonly fetch: typeof fetch = async (address, request) => {
    const url = new URL(String(address));
    const body = request?.body === undefined || request.body === null ? "" : (request.body as Uint8Array);
    const [method, text] = [request?.method ?? "GET", typeof body === "string" ? body : fromUtf8(body)];
    const headers = new Headers(request?.headers);
    this.requests.push({ method, path: url.pathname, url: url.href, body: text, headers });
    const answer = await this.vault.fetch(address, request);
    let shown = await answer.text();
    const [, lie] = [...this.lies].find(([path]) => url.pathname.startsWith(path)) ?? [];
    if (lie !== undefined && answer.ok) shown = JSON.stringify(lie(JSON.parse(shown) as Json));
    this.answers.push({ path: url.pathname, body: shown });
    return new Response(shown, { status: answer.status });
  };
}

/** A time that moves on by a second whenever somebody looks. */
export class Ticking {
  now = Date.parse("2027-03-10T12:00:00Z");
  readonly clock = (): Date => {
    this.now += 1000;
    return new Date(this.now);
  };
}

export class Town {
  private constructor(
    readonly time: Ticking,
    readonly vault: MemoryVault,
    readonly between: Between,
    readonly memory: Memory,
    readonly partnersMemory: FleetingMemory,
    public owner: Owner,
    public partner: Partner,
  ) {}

  static async found(memory: Memory = new FleetingMemory()): Promise<Town> {
    const time = new Ticking();
    const vault = await MemoryVault.found(time.clock);
    const between = new Between(vault);
    const options = { fetch: between.fetch, clock: time.clock };
    const partners = new FleetingMemory();
    const owner = await Owner.create(URL_OF_VAULT, memory, options);
    const partner = await Partner.create(DOMAIN, "Music Example", URL_OF_VAULT, partners, options);
    return new Town(time, vault, between, memory, partners, owner, partner);
  }

  get options() {
    return { fetch: this.between.fetch, clock: this.time.clock };
  }

  /** The owner's device, started again: it knows what its memory holds, and no more. */
  reopened(memory: Memory = this.memory): Promise<Owner> {
    return Owner.open(URL_OF_VAULT, memory, this.options);
  }

  /** A device that has nothing yet, and what its owner carries. */
  arriving(opener: Opener, memory: Memory = new FleetingMemory()): Promise<Owner> {
    return Owner.openWith(URL_OF_VAULT, memory, opener, this.options);
  }

  async asked(terms: Partial<typeof ASKED> = {}): Promise<ReceivedAsk> {
    const ask = await this.partner.ask({ ...ASKED, ...terms, owner: await this.owner.connect(DOMAIN) });
    const found = (await this.owner.asks()).find(({ hash }) => hash === ask.hash);
    if (found === undefined) throw new Error("the ask did not arrive");
    return found;
  }

  /** A grant for two months of music, as the partner holds it. */
  async granted(terms: Partial<typeof ASKED> = {}): Promise<HeldGrant> {
    for (const month of ["2027-01", "2027-02"]) await this.owner.write("music.play", month, plays(month));
    const ask = await this.asked(terms);
    const given = await this.owner.grant(ask, this.owner.preview(ask));
    const held = (await this.partner.grants()).find(({ hash }) => hash === given.hash);
    if (held === undefined) throw new Error("the grant did not arrive");
    return held;
  }

  /** A grant that was used a few times. */
  async used(uses = 1): Promise<HeldGrant> {
    const grant = await this.granted();
    const items = await this.partner.items(grant);
    for (let use = 0; use < uses; use++) await this.partner.use(grant, items);
    return grant;
  }
}

/** Everything this owner can read. */
export async function readAll(owner: Owner): Promise<readonly OwnItem[]> {
  const found: OwnItem[] = [];
  for (const item of await owner.items()) found.push(await owner.open(item));
  return found;
}

/** A copy of a memory, without the names that begin so. */
export async function copied(memory: Memory, without?: string): Promise<FleetingMemory> {
  const copy = new FleetingMemory();
  const kept = (await memory.under("")).filter(
    ([name]) => without === undefined || !name.startsWith(without),
  );
  await copy.keep(Object.fromEntries(kept));
  return copy;
}

/** A record with something else in its payload, and the signature as it was. */
export function rewritten(jws: string, changes: Json, segment: 0 | 1 = 1): string {
  const parts = jws.split(".");
  const said = JSON.parse(fromUtf8(fromBase64url(parts[segment] ?? ""))) as Json;
  parts[segment] = toBase64url(utf8(JSON.stringify({ ...said, ...changes })));
  return parts.join(".");
}
