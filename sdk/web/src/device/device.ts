/**
 * Her device: the one place where something is opened. It runs in a worker, so that no screen holds a key and no sealing
 * stops one; what screens see of it are the methods below, by name.
 */

import { NothingRemembered, Refused, Unreachable } from "planetvault/client/errors";
import { IndexedDbMemory } from "planetvault/client/indexed-db-memory";
import { columnsOf } from "planetvault/clusters";
import { deleteItem, eraseAccount, eraseCollection } from "planetvault/erasing/index";
import type { ExportFile, Table as ReadTable } from "planetvault/importers/index";
import type { StandingLocker } from "planetvault/owner/lockers";
import type { Opener } from "planetvault/owner/openers";
import { Passkey, Password, RecoveryPhrase } from "planetvault/owner/openers";
import type { GivenGrant } from "planetvault/owner/owner";
import { Owner } from "planetvault/owner/owner";
import type { CheckedReceipt } from "planetvault/owner/receipts";
import { filesIn } from "./archive.ts";
import { Aside } from "./aside.ts";
import { Filing } from "./filing.ts";
import type { Found, Sample } from "./looking.ts";
import { sampleOf, search } from "./looking.ts";
import type { Pictures } from "./pictures.ts";
import { picturesOf } from "./pictures.ts";
import type { Table } from "./shelf.ts";
import type * as shown from "./shown.ts";

const DATABASE = "planetvault";
const BUNDLE = "application/vnd.planetvault.bundle";
const SEEN_ROWS = 50;

/** Who may open a file learns what it is called, too (docs/spec/clusters.md). */
const WITH_CONTENT = ["name", "type", "size_bytes"];
const learnt = (columns: readonly string[]): readonly string[] =>
  columns.includes("content") ? [...new Set([...WITH_CONTENT, ...columns])] : columns;

export class Device extends Filing {
  #read: readonly ReadTable[] = [];
  #phrase: RecoveryPhrase | null = null;

  private constructor(store: IndexedDbMemory, url: string, tell: (progress: shown.Progress) => void) {
    super(store, url, tell);
  }

  static async open(url: string, tell: (progress: shown.Progress) => void): Promise<Device> {
    return new Device(await IndexedDbMemory.open(DATABASE), url, tell);
  }

  // -- the account ---------------------------------------------------------------------

  /** Whether there is an account here. Asks nobody. */
  async hasAccount(): Promise<boolean> {
    return (await this.store.get("account")) !== undefined;
  }

  /** Make an account with this device as its first locker. */
  async begin(): Promise<void> {
    await this.opened();
  }

  /** Open the account; `reached` is false without a network, and browsing goes on all the same. */
  async enter(): Promise<shown.Standing> {
    if (!(await this.hasAccount())) return { account: false, reached: true };
    // What can't be cleared away now is tried again the next time.
    void Aside.sweep(Date.now()).catch(() => {});
    try {
      await this.opened();
      return { account: true, reached: true };
    } catch (error) {
      if (error instanceof Unreachable) return { account: true, reached: false };
      throw error;
    }
  }

  /** Whether a recovery kit was made and checked: a locker of that kind stands. */
  async hasKit(): Promise<boolean> {
    const { lockers } = (await this.opened()).account.unlocked.chain;
    return [...lockers.values()].some((entry) => entry.kind === "recovery");
  }

  // -- data ----------------------------------------------------------------------------

  /** Read dropped files. They stay here until `keep` is called. */
  async read(files: readonly File[]): Promise<shown.ReadExport> {
    return this.#take(await filesIn(files));
  }

  /** The same with the files of an invented person. */
  async readSample(): Promise<shown.ReadExport> {
    const { sampleFiles } = await import("./sample.ts");
    return this.#take(sampleFiles(new Date()));
  }

  async #take(files: readonly ExportFile[]): Promise<shown.ReadExport> {
    const { tables, summary } = await (await this.opened()).readExport(files);
    this.#read = tables;
    const kinds: Record<string, number> = {};
    for (const { kind, columns } of tables) kinds[kind] = (kinds[kind] ?? 0) + (columns["id"]?.length ?? 0);
    return { ...summary, months: tables.length, kinds };
  }

  /** Seal what was read, and send it. Broken off, it may be called again and goes on. */
  async keep(): Promise<{ readonly written: number }> {
    const [owner, shelf] = [await this.opened(), await this.shelved()];
    const of = this.#read.length;
    this.tell({ about: "keep", done: 0, of });
    const shelving: Promise<void>[] = [];
    const written = await owner.join(this.#read, (done, item) => {
      // What was just sealed need not be fetched and opened again.
      if (item !== null) shelving.push(shelf.put(item));
      this.tell({ about: "keep", done, of });
    });
    await Promise.all(shelving);
    await this.refresh();
    return { written };
  }

  /** Bring the shelf to what the journal says. */
  async refresh(): Promise<void> {
    const [owner, shelf] = [await this.opened(), await this.shelved()];
    const items = await owner.items();
    await shelf.keepOnly(new Set(items));
    const missing = items.filter((item) => shelf.version(item) < owner.version(item));
    for (const [at, item] of missing.entries()) {
      await this.shelve(item);
      this.tell({ about: "shelve", done: at + 1, of: missing.length });
    }
  }

  async kept(): Promise<readonly shown.Kept[]> {
    const kinds = Map.groupBy((await this.shelved()).tables(), (table) => table.kind);
    return [...kinds].map(([kind, tables]) => ({
      kind,
      rows: tables.reduce((sum, table) => sum + table.rows, 0),
      items: tables.length,
      first: tables[0]?.period ?? "",
      last: tables.at(-1)?.period ?? "",
    }));
  }

  async pictures(): Promise<Pictures> {
    return picturesOf((await this.shelved()).tables(), new Date());
  }

  async search(kind: string, words: string, most: number): Promise<Found> {
    return search(await this.#tablesOf(kind), words, most);
  }

  /** The periods of a kind, the newest first, with the number of their rows. */
  async periods(kind: string): Promise<readonly { readonly period: string; readonly rows: number }[]> {
    return (await this.#tablesOf(kind)).map(({ period, rows }) => ({ period, rows })).toReversed();
  }

  /** Delete a period of a kind, or with null all of it: at the vault and here. */
  async remove(kind: string, period: string | null): Promise<void> {
    const owner = await this.opened();
    if (period === null) await eraseCollection(owner, kind);
    for (const table of await this.#tablesOf(kind))
      if (table.period === period) await deleteItem(owner, table.item);
    await this.refresh();
  }

  async #tablesOf(kind: string): Promise<readonly Table[]> {
    return (await this.shelved()).tables().filter((table) => table.kind === kind);
  }

  // -- grants and receipts -------------------------------------------------------------

  async grants(): Promise<readonly shown.ShownGrant[]> {
    const [grants, receipts] = await this.#books();
    return Promise.all(grants.map((grant) => this.#shownGrant(grant, receipts)));
  }

  /** Take a grant back; the hash of the receipt that closes it. */
  async revoke(hash: string, erase: boolean): Promise<string> {
    const owner = await this.opened();
    const grant = (await owner.grants()).find((given) => given.hash === hash);
    if (grant === undefined) throw new Refused("not-found", 404, "there is no such grant", "");
    return (await owner.revoke(grant, erase)).hash;
  }

  async receipts(): Promise<readonly shown.ShownReceipt[]> {
    const [, receipts] = await this.#books();
    return Promise.all(receipts.map((one, at) => this.#shownReceipt(one, at + 1)));
  }

  /** What a partner has opened under a grant: her own rows, just the columns it was given. */
  async seen(hash: string): Promise<readonly Sample[]> {
    const [grants, receipts] = await this.#books();
    const grant = grants.find((given) => given.hash === hash);
    if (grant === undefined) return [];
    const opened = receipts
      .filter((one) => one.grant.hash === hash)
      .flatMap((one) => one.receipt.record.opened);
    const items = new Set(opened.map((one) => one.item));
    const tables = (await this.shelved()).tables().filter((table) => items.has(table.item));
    const samples = [...columnsOf(grant.record.clusters)].map(([kind, columns]) => {
      const of = tables.filter((table) => table.kind === kind);
      return sampleOf(kind, learnt(columns), of, SEEN_ROWS);
    });
    return samples.filter((sample) => sample.count > 0);
  }

  /** The proof file of a receipt; refused with `not-yet` until it is in a checkpoint. Kept, so that it can be checked offline. */
  async proof(hash: string): Promise<string> {
    try {
      const owner = await this.opened();
      const one = (await owner.receipts()).find(({ receipt }) => receipt.hash === hash);
      if (one === undefined) throw new Refused("not-found", 404, "there is no such receipt", "");
      const { file } = await owner.proof(one.receipt);
      await this.store.keep({ [`proof/${hash}`]: file });
      return file;
    } catch (error) {
      const kept = await this.store.get(`proof/${hash}`);
      if (kept === undefined || !(error instanceof Unreachable)) throw error;
      return kept;
    }
  }

  /** The trust file that this device pinned when it first met the vault. */
  async trust(): Promise<string> {
    return (await this.store.get("trust")) ?? "";
  }

  async #books(): Promise<readonly [readonly GivenGrant[], readonly CheckedReceipt[]]> {
    const owner = await this.opened();
    return [await owner.grants(), await owner.receipts()];
  }

  async #shownGrant(grant: GivenGrant, all: readonly CheckedReceipt[]): Promise<shown.ShownGrant> {
    const uses = all
      .filter((one) => one.grant.hash === grant.hash && one.use !== null)
      .map((one) => one.receipt.record);
    return {
      hash: grant.hash,
      state: grant.state,
      uses: grant.uses,
      escrow: grant.escrow,
      name: await this.nameOf(grant.record.partner),
      record: grant.record,
      earned: uses.reduce((sum, { price, fee }) => sum + price - fee, 0),
      lastUse: uses.at(-1)?.time ?? null,
      text: (await this.store.get(`text/${grant.record.text}`)) ?? null,
    };
  }

  async #shownReceipt({ receipt, grant, state }: CheckedReceipt, place: number): Promise<shown.ShownReceipt> {
    const { partner, purpose, opened, price, fee, currency, seq, time } = receipt.record;
    const tables = new Map((await this.shelved()).tables().map((table) => [table.item, table]));
    const items = opened.map(({ item }) => {
      const { kind = "", period = "", rows = 0 } = tables.get(item) ?? {};
      return { kind, period, rows };
    });
    const name = await this.nameOf(partner);
    const { clusters } = grant.record;
    return {
      ...{ hash: receipt.hash, grant: grant.hash, partner, name, purpose, items, clusters },
      ...{ price, fee, currency, seq, place, time, state },
    };
  }

  // -- activity ------------------------------------------------------------------------

  async refusals(): Promise<readonly shown.Refusal[]> {
    const rows = await (await this.opened()).account.list("/v1/refusals");
    return rows.map((row) => ({
      partner: row.text("partner"),
      code: row.text("code"),
      count: row.whole("count"),
      time: row.time("time"),
    }));
  }

  /** Every way in that came or went, oldest first, as the verified chain has it. */
  async accountSteps(): Promise<readonly shown.AccountStep[]> {
    const { chain } = (await this.opened()).account.unlocked;
    return chain.entries.map(({ record: { seq, action, kind, time } }) => ({ seq, action, kind, time }));
  }

  // -- ways in -------------------------------------------------------------------------

  async lockers(): Promise<readonly StandingLocker[]> {
    return (await this.opened()).lockers();
  }

  async removeLocker(kid: string): Promise<void> {
    await (await this.opened()).removeLocker(kid);
  }

  async addPasskey(secret: Uint8Array<ArrayBuffer>): Promise<void> {
    await (await this.opened()).addLocker(new Passkey(secret));
  }

  /** The secret key that goes with the password, to be written down. */
  async addPassword(password: string): Promise<string> {
    const opener = Password.create(password);
    await (await this.opened()).addLocker(opener);
    return opener.text;
  }

  /** Twelve new words. They open nothing until they were typed back and `keepPhrase` is called. */
  async newPhrase(): Promise<string> {
    this.#phrase = await RecoveryPhrase.create();
    return this.#phrase.words;
  }

  /** Let the new words open the account, and older ones no more. */
  async keepPhrase(): Promise<void> {
    const [owner, phrase] = [await this.opened(), this.#phrase];
    if (phrase === null) throw new NothingRemembered("there are no new words");
    const older = (await owner.lockers()).filter(({ kind }) => kind === "recovery");
    await owner.addLocker(phrase);
    for (const { kid } of older) await owner.removeLocker(kid);
    this.#phrase = null;
  }

  openWithPasskey(secret: Uint8Array<ArrayBuffer>): Promise<void> {
    return this.#openWith(new Passkey(secret));
  }

  openWithPhrase(words: string): Promise<void> {
    return this.#openWith(new RecoveryPhrase(words));
  }

  openWithPassword(password: string, secretKey: string): Promise<void> {
    return this.#openWith(new Password(password, secretKey.trim()));
  }

  async #openWith(opener: Opener): Promise<void> {
    await this.adopt(Owner.openWith(this.url, this.store, opener));
  }

  // -- leaving -------------------------------------------------------------------------

  /** A ZIP with everything of hers, opened. */
  async takeEverything(): Promise<Uint8Array<ArrayBuffer>> {
    const { zipOf } = await import("./taking.ts");
    const [grants, receipts] = await this.#books();
    const told = grants.map(async ({ hash, jws, record }) => {
      return { hash, jws, text: (await this.store.get(`text/${record.text}`)) ?? null };
    });
    return zipOf({
      tables: (await this.shelved()).tables(),
      grants: await Promise.all(told),
      receipts: receipts.map(({ receipt, use }) => ({
        hash: receipt.hash,
        jws: receipt.jws,
        use: use?.jws ?? null,
      })),
      trust: await this.trust(),
    });
  }

  /** Everything the vault keeps of her, sealed as it is, in one file that checks itself. */
  async bundle(): Promise<Blob> {
    const { exportBundle } = await import("planetvault/bundle/index");
    const parts: Uint8Array<ArrayBuffer>[] = [];
    await exportBundle(await this.opened(), (octets) => {
      parts.push(octets);
    });
    return new Blob(parts, { type: BUNDLE });
  }

  /** Take everything off this device; the account stays at the vault. */
  async forget(): Promise<void> {
    this.store.close();
    indexedDB.deleteDatabase(DATABASE);
    await Aside.forgetAll();
  }

  /** End the account at the vault; its signed word that all was deleted comes back. */
  async close(forfeit: number): Promise<string> {
    return (await eraseAccount(await this.opened(), forfeit)).jws;
  }
}
