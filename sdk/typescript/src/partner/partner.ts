/**
 * A partner: register, ask, and use what owners granted, paid and with a receipt each time.
 *
 *     const partner = await Partner.create("shop.example", "The Shop", url, memory);
 *     for (const grant of await partner.grants()) {
 *       const opened = await partner.use(grant, await partner.items(grant));
 *     }
 */

import { Answer } from "../client/answer.js";
import type { Clock, Credential } from "../client/connection.js";
import { Connection, problemOf } from "../client/connection.js";
import { AnswerGone, BrokenAnswer, NothingRemembered, Refused, Unreachable } from "../client/errors.js";
import type { Memory } from "../client/memory.js";
import { Turns } from "../client/memory.js";
import { pinTrust } from "../client/pinned.js";
import { requestSigner } from "../client/signature.js";
import { random } from "../digest.js";
import { compare, fromBase64url, toBase64url, utf8 } from "../encoding.js";
import { InputError } from "../errors.js";
import type { Trust } from "../evidence/trust.js";
import type { Verified } from "../evidence/verify.js";
import { verifyProof } from "../evidence/verify.js";
import { kidOf } from "../keys.js";
import { verifyGrant } from "../records/consent.js";
import type { Ask, Grant, Receipt, Use } from "../records/kinds.js";
import { ASK, USE } from "../records/kinds.js";
import { verifyTerms } from "../records/receipts.js";
import { writeTime } from "../records/shape.js";
import type { Signed, Unsalted } from "../records/signed.js";
import { must, sign, verify } from "../records/signed.js";
import type { GrantKey } from "../sealing/grant-key.js";
import type { AnsweredUse } from "./following.js";
import { Following } from "./following.js";
import type { KeyHolder, Secrets } from "./keyring.js";
import { PartnerKeys } from "./keyring.js";
import type { Opened } from "./opened.js";
import { openItems, openShares } from "./opened.js";
import { Proposals } from "./proposals.js";

/** A grant this partner holds, checked, and where it stands; `escrow` is in micros. */
export interface HeldGrant extends Signed<Grant> {
  readonly state: string;
  readonly uses: number;
  readonly escrow: number;
}

/** What a partner says in an ask; the rest is known. */
export type Asked = Omit<
  Unsalted<Ask>,
  "vault" | "id" | "partner" | "currency" | "expires" | "time" | Optional
> &
  Partial<Pick<Ask, Optional>>;
type Optional = "counter" | "period_days" | "period_uses" | "paid_by_period";

const ASK_LIFE = 30 * 86_400_000;
const MOST_GRANT_KEYS = 1024;
const MOST_USES = 1000;

/** What is to be opened under a grant; without a purpose, for the first that was granted. */
export interface Wish {
  readonly grant: Signed<Grant>;
  readonly items: readonly string[];
  readonly purpose?: string;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

export interface PartnerOptions {
  /** The vault's trust file, if it came another way; else the first seen is pinned. */
  readonly trust?: string;
  readonly fetch?: typeof fetch;
  readonly clock?: Clock;
  /** Where signing keys are held, if not in the memory. */
  readonly holder?: KeyHolder;
  /** Keys made elsewhere, for a first entry. */
  readonly secrets?: Secrets;
}

export class Partner {
  readonly #turns = new Turns();
  readonly #grantKeys = new Map<string, GrantKey>();
  readonly #following: Following;
  readonly #proposals: Proposals;

  /** Of keys that are registered. `create` makes them. */
  constructor(
    readonly vault: Connection,
    readonly memory: Memory,
    readonly trust: Trust,
    readonly keys: PartnerKeys,
    readonly clock: Clock,
  ) {
    this.#following = new Following(memory, trust);
    this.#proposals = new Proposals(vault, memory, keys);
  }

  /** Make this partner's keys and register them; with the same memory again, the same keys. */
  static async create(
    domain: string,
    name: string,
    url: string,
    memory: Memory,
    options: PartnerOptions = {},
  ): Promise<Partner> {
    const vault = new Connection(url, options.fetch);
    const clock = options.clock ?? (() => new Date());
    const trust = await pinTrust(vault, memory, options.trust);
    const keys = new PartnerKeys(vault, memory, clock, options.holder);
    await keys.register(domain, name, options.secrets);
    return new Partner(vault, memory, trust, keys, clock);
  }

  /** Signs requests with the signing key of today. */
  readonly who: Credential = async (message) => {
    return requestSigner(this.vault.url, await this.keys.signing(), this.clock)(message);
  };

  /** Put an ask to one owner; `owner` is the kid she handed over when she paired. */
  async ask(asked: Asked): Promise<Signed<Ask>> {
    const { currency } = await this.#terms();
    const now = this.clock();
    const said = {
      counter: null,
      period_days: 0,
      period_uses: 0,
      paid_by_period: false,
      ...asked,
      clusters: [...asked.clusters].sort(),
      purposes: [...asked.purposes].sort(),
      vault: this.trust.vault,
      id: toBase64url(random(16)),
      partner: (await this.keys.newest()).record.partner,
      currency,
      expires: writeTime(new Date(now.getTime() + ASK_LIFE)),
      time: writeTime(now),
    };
    const ask = await sign(ASK, said, await this.keys.signing());
    await this.memory.keep({ [`ask/${ask.hash}`]: ask.jws });
    await this.vault.put("POST", "/v1/asks", { ask: ask.jws }, this.who);
    return ask;
  }

  /** Every grant this partner was given, each checked against the ask it answers. */
  async grants(): Promise<readonly HeldGrant[]> {
    const rows = await this.vault.list("/v1/grants", this.who);
    const shown = await Promise.all(rows.map((row) => verifyGrant(row.record("grant"))));
    await this.#proposals.learn(shown, this.who);
    const held = await Promise.all(rows.map((row) => this.#held(row)));
    must(new Set(held.map(({ hash }) => hash)).size === held.length, "the vault shows a grant twice");
    await this.memory.keep(Object.fromEntries(held.map((grant) => [`grant/${grant.hash}`, grant.jws])));
    return held;
  }

  /** The ids of the items that are open under a grant now. */
  async items(grant: Signed<Grant>): Promise<readonly string[]> {
    const rows = await this.vault.list(`/v1/grants/${grant.hash}/items`, this.who);
    return rows.map((row) => row.id("item"));
  }

  /** This partner's money at the vault, in micros: free, and reserved for grants. */
  async balance(): Promise<{ readonly funding: number; readonly escrow: number; readonly currency: string }> {
    const answer = await this.vault.get("/v1/balance", this.who);
    return {
      funding: answer.whole("funding"),
      escrow: answer.whole("escrow"),
      currency: answer.text("currency"),
    };
  }

  /**
   * Open up to 64 items under a grant, for one of its purposes; by default the first.
   *
   * @throws Refused if nothing was opened or charged.
   * @throws Unreachable if no usable answer came; `resume` asks again with the same bytes.
   * @throws SignatureError, ProofError or OpenError if receipt or data are not what they must be.
   */
  use(
    grant: Signed<Grant>,
    items: readonly string[],
    purpose = grant.record.purposes[0] ?? "",
  ): Promise<Opened> {
    return this.#turns.take(grant.hash, async () => {
      const use = await this.#sign({ grant, items, purpose });
      await this.memory.keep({ [`pending/${use.hash}`]: use.jws, [`grant/${grant.hash}`]: grant.jws });
      return this.#send(use, grant);
    });
  }

  /**
   * Up to 1,000 uses in one request and one transaction of the vault; for each wish what was opened, or the error that
   * `use` would throw.
   *
   * @throws Unreachable if no usable answer came; `resume` asks again with the same bytes.
   */
  useBatch(wishes: readonly Wish[]): Promise<readonly (Opened | Error)[]> {
    if (wishes.length < 1 || wishes.length > MOST_USES) throw new InputError("a batch has 1 to 1,000 uses");
    const grants = [...new Set(wishes.map(({ grant }) => grant.hash))].sort();
    // Each grant's turn is taken in one order, so that two batches never wait for each other.
    const run = grants.reduceRight<() => Promise<readonly (Opened | Error)[]>>(
      (inner, hash) => () => this.#turns.take(hash, inner),
      () => this.#useAll(wishes),
    );
    return run();
  }

  async #useAll(wishes: readonly Wish[]): Promise<readonly (Opened | Error)[]> {
    const uses = await Promise.all(wishes.map((wish) => this.#sign(wish)));
    const waiting = (value: (at: number) => string | null) =>
      Object.fromEntries(uses.map(({ hash }, at) => [`pending/${hash}`, value(at)]));
    const grants = wishes.map(({ grant }) => [`grant/${grant.hash}`, grant.jws] as const);
    await this.memory.keep({ ...waiting((at) => uses[at]?.jws ?? null), ...Object.fromEntries(grants) });
    const body = { uses: uses.map(({ jws }) => jws) };
    const answer = await this.#posted(
      () => this.vault.put("POST", "/v1/uses", body),
      waiting(() => null),
    );
    const answers = answer.objects("answers");
    if (answers.length !== uses.length) throw new Unreachable("other uses were answered: call resume()");
    const outcomes: (Opened | Error)[] = [];
    for (const [at, use] of uses.entries()) {
      const [wish, came] = [wishes[at], answers[at]];
      if (wish !== undefined && came !== undefined)
        outcomes.push(await this.#outcome(use, wish.grant, came).catch(asError));
    }
    return outcomes;
  }

  async #outcome(use: Signed<Use>, grant: Signed<Grant>, answer: Answer): Promise<Opened> {
    const waiting = `pending/${use.hash}`;
    if (!answer.has("problem")) return this.#accept(use, grant, answer, waiting);
    const problem = problemOf(answer.object("problem"), 0);
    if (problem.status < 500) await this.memory.keep({ [waiting]: null });
    throw problem;
  }

  async #sign({ grant, items, purpose }: Wish): Promise<Signed<Use>> {
    const ordered = [...new Set(items)].sort((one, other) =>
      compare(fromBase64url(one), fromBase64url(other)),
    );
    const said = {
      vault: this.trust.vault,
      grant: grant.hash,
      purpose: purpose ?? grant.record.purposes[0] ?? "",
      items: ordered,
      last: (await this.#following.head(grant.hash))?.hash ?? null,
      time: writeTime(this.clock()),
    };
    return sign(USE, said, await this.keys.signing());
  }

  /** Ask again for every use that was sent and has no outcome yet, with the very same bytes; oldest first. */
  async resume(): Promise<readonly (Opened | Error)[]> {
    const pending = await this.memory.under("pending/");
    const uses = await Promise.all(pending.map(([, jws]) => this.#ownUse(jws)));
    uses.sort((one, other) => (one.record.time < other.record.time ? -1 : 1));
    const outcomes: (Opened | Error)[] = [];
    for (const use of uses) {
      const run = async () => this.#send(use, await this.#remembered(use.record.grant));
      outcomes.push(await this.#turns.take(use.record.grant, run).catch(asError));
    }
    return outcomes;
  }

  /** Every receipt of a grant's chain, checked for gaps and against what was seen before. */
  receipts(grant: Signed<Grant>): Promise<readonly AnsweredUse[]> {
    return this.#turns.take(grant.hash, async () => {
      await this.#catchUp(grant);
      const held = await this.#following.held(grant.hash);
      return Promise.all(held.map(([receipt, use]) => this.#answered(receipt, use === "" ? null : use)));
    });
  }

  /** The proof file of a receipt, checked as a stranger would. Refused with `not-yet` until it is in a checkpoint. */
  async proof(
    receipt: Signed<Receipt>,
    anchored = false,
  ): Promise<{ readonly file: string; readonly verified: Verified }> {
    const target = `/v1/receipts/${receipt.hash}/proof${anchored ? "?anchored=1" : ""}`;
    const file = await this.vault.exchange({ method: "GET", target, body: null, headers: {} }, this.who);
    const verified = await verifyProof(file, this.trust);
    must(verified.receipt.hash === receipt.hash, "the proof is of another receipt");
    return { file: new TextDecoder().decode(file), verified };
  }

  async #terms(): Promise<{ readonly currency: string }> {
    return { currency: (await this.vault.get("/v1/vault")).text("currency") };
  }

  async #held(row: Answer): Promise<HeldGrant> {
    const grant = await verifyGrant(row.record("grant"));
    must(grant.hash === row.hash("hash"), "the vault names a grant by another hash than its own");
    await this.#verifyOurs(grant);
    return { ...grant, state: row.text("state"), uses: row.whole("uses"), escrow: row.whole("escrow") };
  }

  /** It is for us, under keys of ours, from the owner whom we asked if it was one, and not dearer than we offered. */
  async #verifyOurs(grant: Signed<Grant>): Promise<void> {
    const [terms, entries] = [grant.record, await this.keys.entries()];
    const kids = await Promise.all(entries.map((entry) => kidOf(entry.record.sign_key)));
    const sealing = await Promise.all(entries.map((entry) => kidOf(entry.record.sealing_key)));
    const ours = terms.vault === this.trust.vault && terms.partner === entries[0]?.record.partner;
    must(ours && kids.includes(terms.partner_key), "a grant for another vault, partner or key");
    must(sealing.includes(terms.sealing_key), "a grant that is sealed to another key");
    if (terms.ask === null && terms.price === 0) return; // a gift
    const record = await this.#proposals.answeredBy(grant);
    must(
      !("owner" in record) || record.owner === grant.kid,
      "the grant was signed by another owner than the one asked",
    );
    must(
      terms.price <= record.price && terms.currency === record.currency,
      "the grant costs more than offered",
    );
  }

  async #remembered(hash: string): Promise<Signed<Grant>> {
    const jws = await this.memory.get(`grant/${hash}`);
    if (jws === undefined) throw new NothingRemembered("this client was never shown that grant");
    return verifyGrant(jws);
  }

  async #send(use: Signed<Use>, grant: Signed<Grant>): Promise<Opened> {
    const waiting = `pending/${use.hash}`;
    const headers = { "content-type": "application/jose" };
    const message = { method: "POST", target: "/v1/uses", body: utf8(use.jws), headers };
    const post = async () => Answer.read(await this.vault.exchange(message));
    return this.#accept(use, grant, await this.#posted(post, { [waiting]: null }), waiting);
  }

  /** Only a clear no is a no, after which nothing waits: whatever else goes wrong, the uses may have happened. */
  async #posted(
    post: () => Promise<Answer>,
    settled: Readonly<Record<string, null | string>>,
  ): Promise<Answer> {
    try {
      return await post();
    } catch (error) {
      if (error instanceof Refused && error.status < 500) await this.memory.keep(settled);
      if (error instanceof BrokenAnswer)
        throw new Unreachable("no usable answer came: call resume()", { cause: error });
      throw error;
    }
  }

  /** The receipt is judged first, then what came is opened; then the receipt takes its place. */
  async #accept(use: Signed<Use>, grant: Signed<Grant>, answer: Answer, waiting: string): Promise<Opened> {
    const receipt = await this.#following.read(answer.record("receipt"));
    verifyTerms(receipt, grant, { use, revocation: null });
    const [shares, came] = [answer.bytesList("keys"), answer.objects("items")];
    const gone = shares.length === 0 && came.length === 0;
    const items = gone ? [] : await openItems(await this.#grantKey(grant, shares), receipt, came);
    if (await this.#following.lacks(receipt)) await this.#catchUp(grant);
    await this.#following.join(receipt, use.jws, { [waiting]: null });
    if (gone) throw new AnswerGone("this use was paid before; its keys are not given out again");
    return { receipt, items };
  }

  /** A grant never changes its key, so it is opened once. */
  async #grantKey(grant: Signed<Grant>, shares: readonly Uint8Array[]): Promise<GrantKey> {
    const known = this.#grantKeys.get(grant.hash);
    if (known !== undefined) return known;
    const key = await openShares(await this.keys.openingKey(grant.record.sealing_key), grant, shares);
    if (this.#grantKeys.size >= MOST_GRANT_KEYS) this.#grantKeys.clear();
    this.#grantKeys.set(grant.hash, key);
    return key;
  }

  async #catchUp(grant: Signed<Grant>): Promise<void> {
    const rows = await this.vault.list(`/v1/grants/${grant.hash}/receipts`, this.who);
    const shown = await Promise.all(
      rows.map((row) => this.#answered(row.record("receipt"), row.recordOrNull("use"))),
    );
    await this.#following.catchUp(grant.hash, shown, ({ receipt, use }) => {
      if (use !== null) verifyTerms(receipt, grant, { use, revocation: null });
    });
  }

  async #answered(jws: string, use: string | null): Promise<AnsweredUse> {
    const receipt = await this.#following.read(jws);
    must((use === null) === (receipt.record.use === null), "a receipt without the use it answers");
    return { receipt, use: use === null ? null : await this.#ownUse(use) };
  }

  /** @throws SignatureError for a use that none of our keys signed. */
  async #ownUse(jws: string): Promise<Signed<Use>> {
    const entries = await this.keys.entries();
    return verify(jws, USE, () => entries.map((entry) => entry.record.sign_key));
  }
}
