/**
 * A vault in memory: what docs/spec/http.md says of the routes that clients use, and nothing of what a vault owes its
 * operator. It takes what a vault takes and refuses what a vault refuses; its state lies open, so that a test can do
 * to it whatever somebody does who owns the machine.
 */

import type { Clock } from "../../src/client/connection.js";
import { random, sha256 } from "../../src/digest.js";
import { concat, fromBase64url, fromUtf8, toBase64, toBase64url, u64be, utf8 } from "../../src/encoding.js";
import { VaultError } from "../../src/errors.js";
import { kidOf, SigningKey, verifySignature } from "../../src/keys.js";
import { feeOf } from "../../src/records/consent.js";
import * as records from "../../src/records/index.js";
import { sealedFieldsHash } from "../../src/records/receipts.js";
import { type Asked, type Json, no, refuse, routed } from "./routes.js";

export const ORIGIN = "vault.example";
export const FEE = 1000;
const CURRENCY = "USD";
const WINDOW_MS = 300_000;

export interface KeptLocker {
  kid: string;
  kind: string;
  sealed_root: string;
  root_mac: string;
  parameters: Json;
}

export interface KeptItem {
  manifest: string;
  key: string;
  fields: Record<string, string>;
}

export interface KeptReceipt {
  receipt: string;
  hash: string;
  use: string | null;
  revocation: string | null;
  grant: string;
  link: { seq: number; prev: string | null; blind: string };
}

export interface KeptAccount {
  chain: string[];
  lockers: Map<string, KeptLocker>;
  secrets: Record<string, string>;
  journal: string[];
  head: string | null;
  collections: Map<string, string>;
  items: Map<string, KeptItem>;
  /** What partners know her by: the partner and the pairing, by kid. */
  owners: Map<string, { partner: string; pairing: string }>;
  receipts: KeptReceipt[];
}

export interface KeptGrant {
  jws: string;
  hash: string;
  account: string;
  keys: string[];
  envelopes: Map<string, { version: number; fields: string[]; sealed: string }>;
  state: "standing" | "revoked";
  escrow: number;
  answers: Map<string, Json>;
}

/** Everything the vault keeps. A copy of it is yesterday's backup, or another vault's beginning. */
export interface State {
  accounts: Map<string, KeptAccount>;
  finders: Map<string, { kid: string; account: string }>;
  sessions: Map<string, { kid: string; account: string }>;
  partners: Map<string, string[]>;
  asks: { jws: string; hash: string; owner: string; partner: string }[];
  grants: Map<string, KeptGrant>;
  nonces: Set<string>;
}

export class MemoryVault {
  state: State = {
    accounts: new Map(),
    finders: new Map(),
    sessions: new Map(),
    partners: new Map(),
    asks: [],
    grants: new Map(),
    nonces: new Set(),
  };

  private constructor(
    readonly key: SigningKey,
    readonly trust: string,
    readonly clock: Clock,
  ) {}

  static async found(clock: Clock): Promise<MemoryVault> {
    const [key, log] = [await SigningKey.generate(), await SigningKey.generate()];
    const [name, signed] = [`${ORIGIN}/log`, concat(Uint8Array.of(1), fromBase64url(log.publicKey))];
    const id = (await sha256(utf8(`${name}\n`), signed)).slice(0, 4);
    const hex = [...id].map((octet) => octet.toString(16).padStart(2, "0")).join("");
    const trust = JSON.stringify({
      v: 1,
      vault: ORIGIN,
      keys: [key.publicKey],
      log: `${name}+${hex}+${toBase64(signed)}`,
      quorum: 0,
      witnesses: [],
      chain: null,
      retired: [],
    });
    return new MemoryVault(key, trust, clock);
  }

  /** The same vault, keys and all, on a copy of its state. */
  fork(): MemoryVault {
    const other = new MemoryVault(this.key, this.trust, this.clock);
    other.state = structuredClone(this.state);
    return other;
  }

  readonly fetch: typeof fetch = async (address, request) => {
    const url = new URL(String(address));
    const body = request?.body === undefined || request.body === null ? null : (request.body as Uint8Array);
    const headers = new Headers(request?.headers);
    const asked = { method: request?.method ?? "GET", url, body, headers };
    try {
      return await routed(this.#routes, asked);
    } catch (error) {
      return refuse(error);
    }
  };

  /** The only account of a test, or the one of this id. */
  account(id?: string): KeptAccount {
    const found = id === undefined ? [...this.state.accounts.values()][0] : this.state.accounts.get(id);
    if (found === undefined) throw no(404, "not-found");
    return found;
  }

  readonly #routes: Readonly<Record<string, (asked: Asked, name: string) => Promise<unknown>>> = {
    "GET /v1/trust": async () => this.trust,
    "GET /v1/vault": async () => ({ vault: ORIGIN, currency: CURRENCY, fee: FEE, log: "", mode: "test" }),
    "POST /v1/accounts": (asked) => this.#create(asked.json()),
    "POST /v1/logins": async (asked) => this.#challenge(asked.json()),
    "POST /v1/sessions": (asked) => this.#logIn(asked.json()),
    "GET /v1/account": async (asked) => this.#show(asked),
    "POST /v1/account/entries": (asked) => this.#append(asked),
    "POST /v1/finders": async (asked) => this.#find(asked.json()),
    "PUT /v1/collections/*": async (asked, name) => {
      this.#owner(asked).collections.set(name, String(asked.json()["sealed"]));
      return { collection: name };
    },
    "GET /v1/collections": async (asked) => {
      const data = [...this.#owner(asked).collections];
      return { data: data.map(([collection, sealed]) => ({ collection, sealed })) };
    },
    "POST /v1/items": (asked) => this.#write(asked),
    "GET /v1/items/*": async (asked, name) => this.#owner(asked).items.get(name) ?? lacking(),
    "GET /v1/journal": async (asked) => listed(this.#owner(asked).journal.map((manifest) => ({ manifest }))),
    "POST /v1/partners": (asked) => this.#register(asked.json()),
    "GET /v1/partners/*": async (_, name) => ({ entries: this.state.partners.get(name) ?? lacking() }),
    "POST /v1/pairings": async (asked) => {
      const pairing = await records.verifyPairing(String(asked.json()["pairing"]));
      const known = { partner: pairing.record.partner, pairing: pairing.jws };
      this.#owner(asked).owners.set(pairing.kid, known);
      return { kid: pairing.kid };
    },
    "GET /v1/pairings": async (asked) => {
      const data = [...this.#owner(asked).owners].map(([kid, known]) => ({ kid, ...known }));
      return { data };
    },
    "POST /v1/asks": (asked) => this.#ask(asked),
    "GET /v1/asks": async (asked) => {
      const { owners } = this.#owner(asked);
      const hers = this.state.asks.filter(({ owner }) => owners.has(owner));
      const row = ({ jws, hash, partner }: (typeof hers)[number]) => {
        return { ask: jws, hash, state: "open", partner: this.state.partners.get(partner) };
      };
      return listed(hers.map(row));
    },
    "POST /v1/grants": (asked) => this.#grant(asked),
    "GET /v1/grants": async (asked) => listed((await this.#grants(asked)).map((grant) => this.#told(grant))),
    "GET /v1/grants/*/items": async (_, name) => {
      const open = [...this.#standing(name).envelopes];
      return listed(open.map(([item, { version }]) => ({ item, version })));
    },
    "GET /v1/grants/*/receipts": async (_, name) => {
      const { account, hash } = this.state.grants.get(name) ?? lacking();
      const chain = this.account(account).receipts.filter(({ grant }) => grant === hash);
      return listed(chain.map(({ receipt, use }) => ({ receipt, use })));
    },
    "POST /v1/uses": (asked) => this.#uses(asked),
    "POST /v1/revocations": (asked) => this.#revoke(asked.json()),
    "GET /v1/receipts": async (asked) => {
      const { receipts } = this.#owner(asked);
      return listed(receipts.map(({ hash: _, ...row }) => ({ ...row, entry: null, state: "recorded" })));
    },
    "GET /v1/disputes": async () => listed([]),
    "GET /v1/pools": async () => listed([]),
    "POST /v1/statements": (asked) => this.#state(asked),
  };

  // -- owners --------------------------------------------------------------------------

  async #create(body: Json): Promise<unknown> {
    const { entries } = await records.verifyAccount([String(body["entry"])]);
    const [first] = entries;
    if (first === undefined) throw no(422, "malformed");
    const { account, kind } = first.record;
    if (this.state.accounts.has(account)) return { account };
    const { sealed_root, root_mac, parameters, secrets } = body as unknown as KeptLocker & KeptAccount;
    const locker = { kid: first.kid, kind, sealed_root, root_mac, parameters };
    this.state.accounts.set(account, {
      chain: [first.jws],
      lockers: new Map([[first.kid, locker]]),
      secrets,
      journal: [],
      head: null,
      collections: new Map(),
      items: new Map(),
      owners: new Map(),
      receipts: [],
    });
    return { account };
  }

  #challenge({ kid }: Json): unknown {
    const found = [...this.state.accounts].find(([, { lockers }]) => lockers.has(String(kid)));
    const expires = records.writeTime(new Date(this.clock().getTime() + WINDOW_MS));
    const nonce = toBase64url(random(32));
    return { account: found?.[0] ?? toBase64url(random(16)), nonce, expires, parameters: {} };
  }

  async #logIn({ login }: Json): Promise<unknown> {
    const signed = await records.verify(String(login), records.LOGIN, async (said, kid) => {
      const chain = await records.verifyAccount(this.account(said.account).chain);
      return chain.lockers.get(kid)?.sign_key ?? [];
    });
    if (signed.record.vault !== ORIGIN) throw no(401, "unauthorised");
    const session = toBase64url(random(32));
    this.state.sessions.set(session, { account: signed.record.account, kid: signed.kid });
    return { session, expires: signed.record.expires };
  }

  #session(asked: Asked): { kid: string; account: string } {
    const token = asked.headers.get("authorization")?.replace("Bearer ", "") ?? "";
    return this.state.sessions.get(token) ?? refused(401, "unauthorised");
  }

  #owner(asked: Asked): KeptAccount {
    return this.account(this.#session(asked).account);
  }

  #show(asked: Asked): unknown {
    const { account: id } = this.#session(asked);
    const { chain, lockers, secrets, journal, head } = this.account(id);
    return {
      account: id,
      chain,
      lockers: [...lockers.values()],
      secrets,
      journal: { seq: journal.length, head },
      balances: { estimated: 0, pending: 0, payable: 0, leaving: 0, paid: 0 },
      currency: CURRENCY,
    };
  }

  async #append(asked: Asked): Promise<unknown> {
    const [{ account: id, kid }, body] = [this.#session(asked), asked.json()];
    const account = this.account(id);
    const raw = String(body["entry"]);
    const claimed = said(raw);
    if (claimed["seq"] !== account.chain.length + 1 || claimed["journal"] !== account.head)
      throw no(409, "conflict");
    const chain = await records.verifyAccount([...account.chain, raw]);
    const entry = chain.entries.at(-1);
    if (entry === undefined || entry.kid !== kid) throw no(403, "forbidden");
    const roots = body["roots"] as Record<string, string>;
    const before = new Set(account.lockers.keys());
    const named = [...chain.terms].find(([, { key }]) => key === entry.record.sign_key)?.[0] ?? "";
    if (entry.record.action === "add") {
      account.lockers.set(named, {
        kid: named,
        kind: entry.record.kind,
        sealed_root: roots[named] ?? "",
        root_mac: String(body["root_mac"] ?? ""),
        parameters: (body["parameters"] ?? {}) as Json,
      });
      if (typeof body["finder"] === "string")
        this.state.finders.set(body["finder"], { kid: named, account: id });
    } else {
      if (entry.record.action === "remove") this.#forget(account, named);
      if ([...account.lockers.keys()].some((each) => roots[each] === undefined)) throw no(422, "malformed");
      for (const [each, locker] of account.lockers) locker.sealed_root = roots[each] ?? "";
      account.secrets = { ...account.secrets, ...(body["secrets"] as Record<string, string>) };
    }
    account.chain.push(raw);
    return { seq: account.chain.length, before: before.size };
  }

  #forget(account: KeptAccount, kid: string): void {
    account.lockers.delete(kid);
    for (const [finder, kept] of this.state.finders) if (kept.kid === kid) this.state.finders.delete(finder);
    for (const [token, kept] of this.state.sessions) if (kept.kid === kid) this.state.sessions.delete(token);
  }

  #find({ finder }: Json): unknown {
    const found = this.state.finders.get(String(finder)) ?? lacking();
    const { kind, parameters } = this.account(found.account).lockers.get(found.kid) ?? lacking();
    return { account: found.account, kind, parameters };
  }

  async #write(asked: Asked): Promise<unknown> {
    const [{ account: id, kid }, { items }] = [this.#session(asked), asked.json()];
    const account = this.account(id);
    const chain = await records.verifyAccount(account.chain);
    for (const written of items as (KeptItem & { envelopes: Json[] })[]) {
      const claimed = said(written.manifest);
      if (claimed["prev"] !== account.head || claimed["chain"] !== chain.head) throw no(409, "journal-moved");
      const manifest = await records.verifyManifest(written.manifest, chain);
      if (manifest.kid !== kid || manifest.record.account !== id) throw no(403, "forbidden");
      const { manifest: raw, key, fields } = written;
      account.items.set(manifest.record.item, { manifest: raw, key, fields });
      account.journal.push(raw);
      account.head = manifest.hash;
      for (const { grant, fields: opened, sealed } of written.envelopes) {
        const envelope = { version: manifest.record.version, fields: opened, sealed };
        this.#standing(String(grant)).envelopes.set(manifest.record.item, envelope as never);
      }
    }
    return { seq: account.journal.length, head: account.head };
  }

  async #state(asked: Asked): Promise<unknown> {
    const { account: id } = this.#session(asked);
    const { receipts } = this.account(id);
    const read = await Promise.all(
      receipts.map(({ receipt }) => records.verify(receipt, records.RECEIPT, () => this.key.publicKey)),
    );
    const earned = read.reduce((sum, { record }) => sum + record.price - record.fee, 0);
    const content = {
      vault: ORIGIN,
      account: id,
      log_size: 0,
      receipts: receipts.length,
      head: receipts.at(-1)?.hash ?? null,
      pending: earned,
      payable: 0,
      leaving: 0,
      paid: 0,
      currency: CURRENCY,
      time: this.#now(),
    };
    return { statement: (await records.sign(records.STATEMENT, content, this.key)).jws };
  }

  // -- partners ------------------------------------------------------------------------

  async #register({ entry }: Json): Promise<unknown> {
    const domain = String(said(String(entry))["partner"]);
    const before = this.state.partners.get(domain) ?? [];
    if (!before.includes(String(entry))) {
      await records.verifyPartner([...before, String(entry)]);
      this.state.partners.set(domain, [...before, String(entry)]);
    }
    return {};
  }

  /** The domain whose key signed the request (RFC 9421), over method, URL and body, once. */
  async #partner({ method, url, body, headers }: Asked): Promise<string> {
    const input = headers.get("signature-input")?.replace("vault=", "") ?? "";
    const [, kid = ""] = /keyid="([^"]+)"/.exec(input) ?? [];
    const [, nonce = ""] = /nonce="([^"]+)"/.exec(input) ?? [];
    const digest = body === null ? null : `sha-256=:${toBase64(await sha256(body))}:`;
    const lines = [`"@method": ${method}`, `"@target-uri": ${url.href}`];
    if (digest !== null) lines.push(`"content-digest": ${digest}`);
    const covered = (
      digest === null ? ["@method", "@target-uri"] : ["@method", "@target-uri", "content-digest"]
    )
      .map((name) => `"${name}"`)
      .join(" ");
    if (!input.startsWith(`(${covered})`) || this.state.nonces.has(nonce)) throw no(401, "unauthorised");
    const [, signature = ""] = /:([^:]+):/.exec(headers.get("signature") ?? "") ?? [];
    const base = utf8([...lines, `"@signature-params": ${input}`].join("\n"));
    for (const [domain, entries] of this.state.partners) {
      const last = (await records.verifyPartner(entries)).at(-1);
      if (last === undefined || (await kidOf(last.record.sign_key)) !== kid) continue;
      const octets = Uint8Array.from(atob(signature), (letter) => letter.charCodeAt(0));
      await verifySignature(last.record.sign_key, base, octets);
      this.state.nonces.add(nonce);
      return domain;
    }
    throw no(401, "unauthorised");
  }

  async #ask(asked: Asked): Promise<unknown> {
    const partner = await this.#partner(asked);
    const ask = await this.#byPartner(String(asked.json()["ask"]), records.ASK, partner);
    this.state.asks.push({ jws: ask.jws, hash: ask.hash, owner: ask.record.owner, partner });
    return { hash: ask.hash };
  }

  async #byPartner<K extends records.AnyKind>(raw: string, kind: K, partner: string) {
    const entries = await records.verifyPartner(this.state.partners.get(partner) ?? []);
    return records.verify(raw, kind, () => entries.map((entry) => entry.record.sign_key));
  }

  async #grant(asked: Asked): Promise<unknown> {
    const [{ account }, body] = [this.#session(asked), asked.json()];
    const grant = await records.verifyGrant(String(body["grant"]));
    if (!this.account(account).owners.has(grant.kid)) throw no(403, "forbidden");
    const envelopes = new Map((body["envelopes"] as { item: string }[]).map((each) => [each.item, each]));
    this.state.grants.set(grant.hash, {
      jws: grant.jws,
      hash: grant.hash,
      account,
      keys: body["keys"] as string[],
      envelopes: envelopes as never,
      state: "standing",
      escrow: grant.record.budget,
      answers: new Map(),
    });
    return { hash: grant.hash };
  }

  #standing(hash: string): KeptGrant {
    const grant = this.state.grants.get(hash) ?? lacking();
    return grant.state === "standing" ? grant : refused(403, "grant-revoked");
  }

  async #grants(asked: Asked): Promise<readonly KeptGrant[]> {
    const every = [...this.state.grants.values()];
    if (asked.headers.has("authorization")) {
      const { account } = this.#session(asked);
      return every.filter((grant) => grant.account === account);
    }
    const partner = await this.#partner(asked);
    return every.filter((grant) => said(grant.jws)["partner"] === partner);
  }

  #told({ jws, hash, state, escrow, account }: KeptGrant): Json {
    const uses = this.account(account).receipts.filter(({ grant, use }) => grant === hash && use !== null);
    return { grant: jws, hash, state, uses: uses.length, escrow };
  }

  async #uses(asked: Asked): Promise<unknown> {
    if (asked.headers.get("content-type") === "application/jose") return this.#use(fromUtf8(asked.octets()));
    const answers: unknown[] = [];
    for (const use of asked.json()["uses"] as string[]) {
      try {
        answers.push(await this.#use(use));
      } catch (error) {
        answers.push({ problem: await refuse(error).json() });
      }
    }
    return { answers };
  }

  async #use(raw: string): Promise<Json> {
    const kept = this.state.grants.get(String(said(raw)["grant"])) ?? refused(403, "grant-unknown");
    const grant = await records.verifyGrant(kept.jws);
    const use = await this.#byPartner(raw, records.USE, grant.record.partner);
    const before = kept.answers.get(use.hash);
    if (before !== undefined) return before;
    const account = this.account(kept.account);
    const chain = account.receipts.filter((each) => each.grant === kept.hash);
    this.#allow(kept, grant.record, use.record, chain.length);
    const items = use.record.items.map((item) => this.#opened(account, kept, item));
    const opened = items.map(async ({ item, version, fields }) => {
      const hashes = Object.entries(fields).map(async ([name, sealed]) => {
        return [name, toBase64url(await sha256(fromBase64url(sealed)))] as const;
      });
      return { item, version, sealed: await sealedFieldsHash(new Map(await Promise.all(hashes))) };
    });
    const receipt = await this.issue(account, grant, {
      use: use.hash,
      revocation: null,
      purpose: use.record.purpose,
      opened: await Promise.all(opened),
      price: grant.record.price,
      fee: feeOf(grant.record),
    });
    this.keep(account, kept.hash, receipt, { use: raw, revocation: null });
    kept.escrow -= grant.record.price;
    const answer = { receipt: receipt.jws, keys: kept.keys, items };
    kept.answers.set(use.hash, answer);
    return answer;
  }

  #allow(kept: KeptGrant, terms: records.Grant, use: records.Use, uses: number): void {
    const now = this.#now();
    if (kept.state !== "standing") throw no(403, "grant-revoked");
    if (now >= terms.expires) throw no(403, "grant-expired");
    if (Math.abs(Date.parse(use.time) - this.clock().getTime()) > WINDOW_MS) throw no(403, "outside-window");
    if (!terms.purposes.includes(use.purpose)) throw no(403, "purpose-not-granted");
    if (uses >= terms.max_uses) throw no(403, "uses-exhausted");
    if (kept.escrow < terms.price) throw no(403, "budget-exhausted");
  }

  #opened(account: KeptAccount, grant: KeptGrant, item: string) {
    const envelope = grant.envelopes.get(item) ?? refused(403, "item-not-granted");
    const kept = account.items.get(item) ?? lacking();
    const fields = Object.fromEntries(envelope.fields.map((name) => [name, kept.fields[name] ?? ""]));
    return { item, version: envelope.version, envelope: envelope.sealed, fields };
  }

  async #revoke({ revocation }: Json): Promise<unknown> {
    const kept = this.state.grants.get(String(said(String(revocation))["grant"])) ?? lacking();
    const grant = await records.verifyGrant(kept.jws);
    const signed = await records.verifyRevocation(String(revocation), grant);
    const account = this.account(kept.account);
    const nothing = { use: null, purpose: null, opened: [], price: 0, fee: 0 };
    const receipt = await this.issue(account, grant, { ...nothing, revocation: signed.hash });
    this.keep(account, kept.hash, receipt, { use: null, revocation: signed.jws });
    Object.assign(kept, { state: "revoked", keys: [], escrow: 0 });
    kept.envelopes.clear();
    kept.answers.clear();
    return { receipt: receipt.jws };
  }

  // -- receipts ------------------------------------------------------------------------

  #link: KeptReceipt["link"] = { seq: 1, prev: null, blind: "" };

  /** A receipt in its place in both chains, signed by the vault. */
  async issue(
    account: KeptAccount,
    grant: records.Signed<records.Grant>,
    content: Pick<records.Receipt, "use" | "revocation" | "purpose" | "opened" | "price" | "fee">,
  ): Promise<records.Signed<records.Receipt>> {
    const chain = account.receipts.filter((each) => each.grant === grant.hash);
    const [blind, last] = [random(32), account.receipts.at(-1)];
    this.#link = {
      seq: account.receipts.length + 1,
      prev: last?.hash ?? null,
      blind: toBase64url(blind),
    };
    const prev = last === undefined ? new Uint8Array(32) : fromBase64url(last.hash);
    const label = utf8("planetvault/owner-link/v1\0");
    const link = await sha256(label, u64be(this.#link.seq), prev, blind);
    const said = {
      vault: ORIGIN,
      grant: grant.hash,
      partner: grant.record.partner,
      currency: grant.record.currency,
      ...content,
      seq: chain.length + 1,
      prev: chain.at(-1)?.hash ?? null,
      owner_link: toBase64url(link),
      time: this.#now(),
    };
    return records.sign(records.RECEIPT, said, this.key);
  }

  keep(
    account: KeptAccount,
    grant: string,
    { jws, hash }: records.Signed<records.Receipt>,
    occasion: { use: string | null; revocation: string | null },
  ): void {
    account.receipts.push({ receipt: jws, hash, grant, ...occasion, link: this.#link });
  }

  #now(): string {
    return records.writeTime(this.clock());
  }
}

/** What a record claims, before anybody looked at its signature. */
export function said(jws: string): Json {
  try {
    return JSON.parse(fromUtf8(fromBase64url(jws.split(".")[1] ?? ""))) as Json;
  } catch (error) {
    if (error instanceof VaultError || error instanceof SyntaxError) throw no(400, "malformed");
    throw error;
  }
}

const listed = (data: readonly unknown[]): unknown => ({ data, next: null });

function refused(status: number, code: string): never {
  throw no(status, code);
}

function lacking(): never {
  throw no(404, "not-found");
}
