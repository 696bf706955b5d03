/**
 * The partner's desk: the one place in the page that signs and opens for a partner. It runs in a worker; what screens see
 * of it are the methods below, by name.
 */

import { Connection } from "planetvault/client/connection";
import { NothingRemembered } from "planetvault/client/errors";
import { IndexedDbMemory } from "planetvault/client/indexed-db-memory";
import type { Cell } from "planetvault/columns";
import { toBase64url } from "planetvault/encoding";
import { InputError } from "planetvault/errors";
import { kidOf } from "planetvault/keys";
import { BrowserKeys } from "planetvault/partner/browser-keys";
import * as conduct from "planetvault/partner/conduct";
import type { Invoice } from "planetvault/partner/invoice";
import { invoiceOf } from "planetvault/partner/invoice";
import { readKeyFile, writeKeyFile } from "planetvault/partner/key-file";
import type { Secrets } from "planetvault/partner/keyring";
import { newSecrets } from "planetvault/partner/keyring";
import type { Delivery, Endpoint, Listening } from "planetvault/partner/listening";
import * as listening from "planetvault/partner/listening";
import type { Offered } from "planetvault/partner/offering";
import * as offering from "planetvault/partner/offering";
import type { OpenedItem } from "planetvault/partner/opened";
import { adoptPartner, entriesOf, openPartner } from "planetvault/partner/opening";
import type { HeldGrant, PartnerOptions } from "planetvault/partner/partner";
import { Partner } from "planetvault/partner/partner";
import type { TestOwner } from "planetvault/partner/trying";
import { TestClock, testOwners, testTopUp } from "planetvault/partner/trying";
import type { Receipt } from "planetvault/records/kinds";
import type { Signed } from "planetvault/records/signed";
import { newestFirst, reach } from "./reach.ts";
import type * as shown from "./shown.ts";

const MEMORY = "planetvault-partner";
const KEYS = "planetvault-partner-keys";
const MOST_ITEMS = 64;
const SHOWN_ROWS = 20;
const SHOWN_RECEIPTS = 50;

interface Vault {
  readonly vault: string;
  readonly mode: string;
  readonly currency: string;
}

/** Keys that were made and put into a file, and that nobody was shown yet. */
interface Draft extends Secrets {
  readonly domain: string;
  readonly name: string;
  readonly sealing: boolean;
}

export class Desk {
  #partner: Promise<Partner> | null = null;
  #vault: Promise<Vault> | null = null;
  #clock: TestClock | null = null;
  #draft: Draft | null = null;
  #grants = new Map<string, HeldGrant>();

  private constructor(
    private readonly memory: IndexedDbMemory,
    private readonly holder: BrowserKeys | undefined,
    private readonly url: string,
  ) {}

  static async open(url: string): Promise<Desk> {
    return new Desk(await IndexedDbMemory.open(MEMORY), await BrowserKeys.open(KEYS), url);
  }

  // -- who this is ---------------------------------------------------------------------

  /** The partner whose keys this browser has; null if there is none. */
  async itself(): Promise<shown.Itself | null> {
    const vault = await this.#told();
    try {
      const entries = await (await this.#opened()).keys.entries();
      const shownEntries = entries.map(async ({ record }) => ({
        ...{ seq: record.seq, time: record.time },
        ...{ kid: await kidOf(record.sign_key), sealing: await kidOf(record.sealing_key) },
      }));
      const { partner: domain, name } = entries.at(-1)?.record ?? { partner: "", name: "" };
      const held = this.holder !== undefined;
      return { domain, name, ...vault, held, entries: await Promise.all(shownEntries) };
    } catch (error) {
      if (error instanceof NothingRemembered) return null;
      throw error;
    }
  }

  /** Whether the directory knows this domain. */
  async isTaken(domain: string): Promise<boolean> {
    return (await entriesOf(new Connection(this.url), domain)) !== null;
  }

  /** Make a first pair of keys, as a file; `register` shows them to the vault. */
  async draft(domain: string, name: string): Promise<string> {
    this.#draft = { domain, name, sealing: true, ...newSecrets() };
    return fileOf(this.#draft, []);
  }

  async register(): Promise<void> {
    const { domain, name, ...secrets } = this.#drafted();
    const options = await this.#options();
    this.#partner = Partner.create(domain, name, this.url, this.memory, { ...options, secrets });
    await this.#settled();
  }

  /** Move in with a file of keys. */
  async adopt(file: Uint8Array<ArrayBuffer>): Promise<void> {
    const options = await this.#options();
    this.#partner = adoptPartner(readKeyFile(file), this.url, this.memory, options);
    await this.#settled();
  }

  /** Make the next keys, as a file; `rotate` shows them to the vault. */
  async draftNext(sealing: boolean): Promise<string> {
    const { partner: domain, name } = (await (await this.#opened()).keys.newest()).record;
    this.#draft = { domain, name, sealing, ...newSecrets() };
    return fileOf(this.#draft, await this.#seeds());
  }

  async rotate(): Promise<void> {
    const draft = this.#drafted();
    await (await this.#opened()).keys.rotate(draft.sealing, draft);
    this.#draft = null;
  }

  /** Forget the partner in this browser. Whoever has its file opens it again. */
  async leave(): Promise<void> {
    const names = (await this.memory.under("")).map(([name]) => [name, null] as const);
    await this.memory.keep(Object.fromEntries(names));
    await this.holder?.clear();
    this.#partner = null;
    this.#grants.clear();
  }

  async proving(): Promise<shown.Proving> {
    const partner = await this.#opened();
    const [proof, file] = [await conduct.domainProof(partner), await conduct.domainFile(partner)];
    return { proof, path: conduct.PROOF_PATH, file, record: await conduct.domainRecord(partner) };
  }

  async askForProof(): Promise<void> {
    await conduct.askForProof(await this.#opened());
  }

  /** The seeds of the opening keys, of the newest entry first. */
  async #seeds(): Promise<readonly string[]> {
    const { keys, memory } = await this.#opened();
    const newest = `own/open/${await kidOf((await keys.newest()).record.sealing_key)}`;
    const kept = [...(await memory.under("own/open/"))];
    kept.sort(([one], [other]) => Number(other === newest) - Number(one === newest));
    return kept.map(([, seed]) => seed);
  }

  #drafted(): Draft {
    if (this.#draft === null) throw new InputError("make the keys first");
    return this.#draft;
  }

  async #told(): Promise<Vault> {
    this.#vault ??= new Connection(this.url).get("/v1/vault").then((answer) => ({
      vault: answer.text("vault"),
      mode: answer.text("mode"),
      currency: answer.text("currency"),
    }));
    this.#vault.catch(() => {
      this.#vault = null;
    });
    return this.#vault;
  }

  async #options(): Promise<PartnerOptions> {
    const held = this.holder === undefined ? {} : { holder: this.holder };
    if ((await this.#told()).mode !== "test") return held;
    this.#clock ??= await TestClock.of(new Connection(this.url));
    return { ...held, clock: this.#clock.now };
  }

  #opened(): Promise<Partner> {
    this.#partner ??= this.#options().then(async (options) => {
      const partner = await openPartner(this.url, this.memory, options);
      await partner.resume();
      return partner;
    });
    this.#partner.catch(() => {
      this.#partner = null;
    });
    return this.#partner;
  }

  /** What was begun stands, or is forgotten so that it can be begun again. */
  async #settled(): Promise<void> {
    await this.#opened();
    this.#draft = null;
  }

  // -- offers and asks -----------------------------------------------------------------

  async offers(): Promise<readonly shown.ShownOffer[]> {
    return (await offering.offers(await this.#opened())).map(({ hash, state, left, record }) => ({
      ...{ hash, state, left, terms: record },
      ...{ campaign: record.campaign, pool: record.pool, time: record.time, expires: record.expires },
    }));
  }

  async offer(offered: Offered): Promise<string> {
    return (await offering.offer(await this.#opened(), offered)).hash;
  }

  async withdraw(hash: string): Promise<void> {
    await offering.withdraw(await this.#opened(), hash);
  }

  async asks(): Promise<readonly shown.ShownAsk[]> {
    return (await offering.asks(await this.#opened())).map(({ hash, state, record }) => ({
      ...{ hash, state, terms: record, owner: record.owner, time: record.time, expires: record.expires },
    }));
  }

  async ask(owner: string, terms: shown.Terms): Promise<string> {
    return (await (await this.#opened()).ask({ ...terms, owner })).hash;
  }

  async counters(): Promise<readonly shown.ShownCounter[]> {
    return (await offering.counters(await this.#opened())).map(({ hash, kid, state, record }) => ({
      ...{ hash, state, owner: kid, terms: record, expires: record.expires },
    }));
  }

  async answerCounter(hash: string, reason: string | null): Promise<void> {
    const partner = await this.#opened();
    if (reason === null) return offering.refuseCounter(partner, hash);
    const counter = (await offering.counters(partner)).find((one) => one.hash === hash);
    if (counter === undefined) throw new InputError("there is no such counter-offer any more");
    await offering.acceptCounter(partner, counter, reason);
  }

  // -- grants, uses, receipts ----------------------------------------------------------

  async grants(): Promise<readonly shown.ShownGrant[]> {
    const grants = await this.#held();
    return grants.map(({ hash, kid, state, uses, escrow, record }) => ({
      ...{ hash, state, uses, escrow, owner: kid, record },
    }));
  }

  /** Those this partner holds, the newest first. */
  async #held(): Promise<readonly HeldGrant[]> {
    const grants = await (await this.#opened()).grants();
    this.#grants = new Map(grants.map((grant) => [grant.hash, grant]));
    return newestFirst(grants);
  }

  async #grant(hash: string): Promise<HeldGrant> {
    if (!this.#grants.has(hash)) await this.#held();
    const grant = this.#grants.get(hash);
    if (grant === undefined) throw new InputError("this partner holds no such grant");
    return grant;
  }

  /** How many items are open under a grant now. */
  async openItems(hash: string): Promise<number> {
    return (await (await this.#opened()).items(await this.#grant(hash))).length;
  }

  /** Use the first items of a grant, once. */
  async use(hash: string, purpose: string, items: number): Promise<shown.Used> {
    const [partner, grant] = [await this.#opened(), await this.#grant(hash)];
    const open = (await partner.items(grant)).slice(0, Math.min(items, MOST_ITEMS));
    const opened = await partner.use(grant, open, purpose);
    const { seq, price } = opened.receipt.record;
    return { seq, price, items: opened.items.map(rowsOf) };
  }

  /** The newest receipts of a grant, the newest first, with how far each came. */
  async receipts(hash: string): Promise<readonly shown.ShownReceipt[]> {
    const [partner, grant] = [await this.#opened(), await this.#grant(hash)];
    const all = (await partner.receipts(grant)).map(({ receipt }) => receipt);
    const newest = newestFirst(all).slice(0, SHOWN_RECEIPTS);
    const committed = await reach(partner, newest, false);
    const anchored = await reach(partner, newest, true);
    return newest.map((receipt) => receiptOf(receipt, committed, anchored));
  }

  async receipt(hash: string, seq: number): Promise<shown.ShownReceipt | null> {
    const [partner, found] = [await this.#opened(), await this.#receipt(hash, seq)];
    if (found === null) return null;
    return receiptOf(found, await reach(partner, [found], false), await reach(partner, [found], true));
  }

  async #receipt(hash: string, seq: number): Promise<Signed<Receipt> | null> {
    const answered = await (await this.#opened()).receipts(await this.#grant(hash));
    return answered.find(({ receipt }) => receipt.record.seq === seq)?.receipt ?? null;
  }

  /** The proof file of a receipt, anchored if it is; and the vault's trust file as it is pinned here. */
  async proof(hash: string, seq: number): Promise<{ readonly file: string; readonly trust: string }> {
    const [partner, receipt] = [await this.#opened(), await this.#receipt(hash, seq)];
    if (receipt === null) throw new InputError("this grant has no such receipt");
    const anchored = (await reach(partner, [receipt], true)) > 0;
    const { file } = await partner.proof(receipt, anchored);
    return { file, trust: (await this.memory.get("trust")) ?? "" };
  }

  // -- money ---------------------------------------------------------------------------

  async balance(): Promise<{ readonly funding: number; readonly escrow: number; readonly currency: string }> {
    return (await this.#opened()).balance();
  }

  /** What a month (`2027-03`, UTC) cost, worked out from the receipts and decisions. */
  async invoice(period: string): Promise<Invoice> {
    const partner = await this.#opened();
    const receipts: Signed<Receipt>[] = [];
    for (const grant of await this.#held())
      receipts.push(...(await partner.receipts(grant)).map(({ receipt }) => receipt));
    const decisions = (await conduct.disputes(partner)).flatMap(({ decision }) => decision ?? []);
    return invoiceOf(period, receipts, decisions);
  }

  async topUp(amount: number): Promise<number> {
    return testTopUp(await this.#opened(), amount);
  }

  // -- webhooks ------------------------------------------------------------------------

  async endpoints(): Promise<readonly Endpoint[]> {
    return listening.endpoints(await this.#opened());
  }

  async listen(url: string, chosen: Listening): Promise<Endpoint> {
    return listening.listen(await this.#opened(), url, chosen);
  }

  async stopListening(endpoint: Endpoint): Promise<void> {
    await listening.stopListening(await this.#opened(), endpoint);
  }

  async ping(endpoint: string): Promise<string> {
    return listening.ping(await this.#opened(), endpoint);
  }

  /** One event, or all of so many seconds back. */
  async sendAgain(endpoint: string, what: string | number): Promise<number> {
    const partner = await this.#opened();
    const from = typeof what === "string" ? what : new Date(partner.clock().getTime() - what * 1000);
    return listening.sendAgain(partner, endpoint, from);
  }

  async deliveries(endpoint: string): Promise<readonly Delivery[]> {
    return listening.deliveries(await this.#opened(), endpoint);
  }

  // -- conduct -------------------------------------------------------------------------

  async publicRecord(): Promise<conduct.PublicRecord> {
    return conduct.publicRecord(await this.#opened());
  }

  async demands(): Promise<readonly shown.ShownDemand[]> {
    const demands = await conduct.demands(await this.#opened(), await this.#held());
    return demands.map(({ hash, state, record }) => ({ hash, state, ...record }));
  }

  /** Sign that what a demand names is erased. */
  async attest(hash: string): Promise<void> {
    const partner = await this.#opened();
    const demand = (await conduct.demands(partner, await this.#held())).find((one) => one.hash === hash);
    if (demand === undefined) throw new InputError("there is no such demand");
    await conduct.attest(partner, demand);
  }

  async disputes(): Promise<readonly shown.ShownDispute[]> {
    return (await conduct.disputes(await this.#opened())).map(({ receipt, decision }) => ({
      receipt,
      back: decision === null ? null : decision.record.share + decision.record.fee,
      reason: decision?.record.reason ?? "",
    }));
  }

  async dispute(hash: string, seq: number, reason: string): Promise<void> {
    const receipt = await this.#receipt(hash, seq);
    if (receipt === null) throw new InputError("this grant has no such receipt");
    await conduct.dispute(await this.#opened(), receipt.hash, reason);
  }

  // -- test mode -----------------------------------------------------------------------

  async testOwners(): Promise<readonly TestOwner[]> {
    return testOwners(await this.#opened());
  }

  /** The vault's time, and how many seconds it is ahead of the world's. */
  async clock(): Promise<{ readonly time: string; readonly ahead: number }> {
    const clock = await TestClock.of(new Connection(this.url));
    if (this.#clock !== null) this.#clock.ahead = clock.ahead;
    return { time: clock.now().toISOString(), ahead: clock.ahead };
  }

  async pushClock(seconds: number): Promise<void> {
    await this.#clock?.push(await this.#opened(), seconds);
  }
}

function fileOf({ domain, name, sign, open, sealing }: Draft, others: readonly string[]): string {
  const seeds = sealing ? [toBase64url(open), ...others] : others;
  return writeKeyFile({ partner: domain, name, sign: toBase64url(sign), open: seeds });
}

function receiptOf(
  { hash, record }: Signed<Receipt>,
  committed: number,
  anchored: number,
): shown.ShownReceipt {
  const { seq, time, purpose, opened, price, fee, currency } = record;
  const state = seq <= anchored ? "anchored" : seq <= committed ? "committed" : "recorded";
  return { hash, seq, time, purpose, items: opened.length, price, fee, currency, state };
}

function rowsOf({ kind, columns }: OpenedItem): shown.UsedItem {
  const names = Object.keys(columns);
  const count = columns[names[0] ?? ""]?.length ?? 0;
  const rows = Array.from({ length: Math.min(count, SHOWN_ROWS) }, (_, row) =>
    names.map((name): Cell => columns[name]?.[row] ?? null),
  );
  return { kind, count, columns: names, rows };
}
