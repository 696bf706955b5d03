/**
 * An owner on one device: what she keeps, whom she lets use it, and every receipt of it.
 *
 *     const owner = await Owner.create(url, memory);
 *     await owner.write("music.play", "2027-03", columns);
 *     for (const ask of await owner.asks()) await owner.grant(ask, owner.preview(ask));
 */

import type { Clock } from "../client/connection.js";
import { Connection } from "../client/connection.js";
import type { Memory } from "../client/memory.js";
import { Turns } from "../client/memory.js";
import type { History } from "../client/pinned.js";
import { fetchPartner, newest, pinTrust, rememberedPartner } from "../client/pinned.js";
import type { Language } from "../clusters.js";
import type { Columns } from "../columns.js";
import { random, sha256 } from "../digest.js";
import type { Bytes } from "../encoding.js";
import { fromBase64url, same, toBase64url, utf8 } from "../encoding.js";
import { InputError, ProofError } from "../errors.js";
import type { Verified } from "../evidence/verify.js";
import { verifyProof } from "../evidence/verify.js";
import type { ExportFile, Imported, ImportSummary, Table } from "../importers/index.js";
import { kidOf } from "../keys.js";
import { verifyGrant, verifyRevocation, verifyWithinAsk } from "../records/consent.js";
import type { Ask, Grant, Manifest, Offer, Receipt, Statement } from "../records/kinds.js";
import { ASK, DENIAL, GRANT, PAIRING, RECEIPT, REVOCATION } from "../records/kinds.js";
import { verifyTerms } from "../records/receipts.js";
import { writeTime } from "../records/shape.js";
import type { Signed } from "../records/signed.js";
import { must, sign, verify } from "../records/signed.js";
import { deriveGrantKey, sealGrantKey } from "../sealing/grant-key.js";
import { OwnerAccount } from "./account.js";
import { envelopeFor, FILE } from "./covering.js";
import type { NewDevice } from "./device.js";
import { readHeads, verifyPassing, writeHeads } from "./heads.js";
import type { Envelopes, OwnItem, Written, WrittenEnvelope } from "./items.js";
import { OwnerItems } from "./items.js";
import type { Place } from "./journal.js";
import { Journal } from "./journal.js";
import type { DeviceKeys, StandingLocker, Told } from "./lockers.js";
import { OwnerLockers } from "./lockers.js";
import type { Opener } from "./openers.js";
import type { CheckedReceipt } from "./receipts.js";
import { OwnerReceipts } from "./receipts.js";
import type { Terms } from "./wording.js";
import { payableUses, textHash, textOf } from "./wording.js";

/** An ask put to this owner, checked, with the partner's pinned entries. */
export interface ReceivedAsk extends Signed<Ask> {
  readonly state: string;
  readonly partner: History;
}

/** A grant she gave, and where it stands; `escrow` is in micros. */
export interface GivenGrant extends Signed<Grant> {
  readonly state: string;
  readonly uses: number;
  readonly escrow: number;
}

/** What can be answered with a yes: an ask put to this owner, or an offer put to everybody, with its partner's entries. */
export interface Proposal extends Signed<Ask | Offer> {
  readonly partner: History;
}

/** What a yes would mean: the terms, and the very text that is shown and whose hash is signed. */
export interface Preview {
  readonly terms: Terms;
  readonly text: string;
  readonly language: Language;
}

export interface OwnerOptions {
  readonly trust?: string;
  readonly fetch?: typeof fetch;
  readonly clock?: Clock;
}

/** A new device with what another one told it: a `Newcomer` of `planetvault/joining`. */
export interface Joining {
  readonly device: NewDevice;
  readonly told: Told;
}

/** In memory: the grants that this device has seen, so that none is withheld from it. */
const GIVEN = "given/";

export class Owner {
  /** What she does about one thing happens in turns. */
  readonly turns = new Turns();
  readonly #receipts: OwnerReceipts;
  readonly #lockers: OwnerLockers;

  private constructor(
    readonly account: OwnerAccount,
    /** Of the vault, in basis points. */
    readonly fee: number,
    readonly stored: OwnerItems,
  ) {
    this.#receipts = new OwnerReceipts(account);
    this.#lockers = new OwnerLockers(account, stored.journal);
  }

  /** Make an account with this device as its locker, or open the one that the memory holds. */
  static async create(url: string, memory: Memory, options: OwnerOptions = {}): Promise<Owner> {
    const owner = await Owner.#at(url, memory, options);
    await owner.account.create();
    return owner;
  }

  /**
   * Open the account that the memory holds.
   *
   * @throws NothingRemembered if it holds none.
   */
  static async open(url: string, memory: Memory, options: OwnerOptions = {}): Promise<Owner> {
    const owner = await Owner.#at(url, memory, options);
    await owner.account.unlock();
    return owner;
  }

  /**
   * Open an account on a device that has none, with what its owner carries, and let the device in.
   *
   * @throws OpensNothing if this opens no account of this vault.
   */
  static async openWith(
    url: string,
    memory: Memory,
    opener: Opener,
    options: OwnerOptions = {},
  ): Promise<Owner> {
    if ((await memory.get("account")) !== undefined) return Owner.open(url, memory, options);
    const owner = await Owner.#at(url, memory, options);
    await owner.#lockers.enter(opener);
    await owner.#pinPartners();
    return owner;
  }

  /**
   * Enter an account that another device let this one into (`planetvault/joining`), once the digits were compared.
   *
   * @throws ProofError if the vault shows another trust file than the one the other device has pinned, or another account.
   * @throws LockedOut before the other device has added this one.
   */
  static async join(
    url: string,
    memory: Memory,
    newcomer: Joining,
    options: OwnerOptions = {},
  ): Promise<Owner> {
    if ((await memory.get("account")) !== undefined) return Owner.open(url, memory, options);
    const owner = await Owner.#at(url, memory, options);
    if (!same(await owner.#pinnedTrust(), newcomer.told.trust)) {
      await memory.keep({ trust: null });
      throw new ProofError("your other device has pinned another trust file");
    }
    await owner.#lockers.join(newcomer.device, newcomer.told);
    await owner.#pinPartners();
    return owner;
  }

  /** On a device that has seen nothing: each partner by the key she granted to, or by what the directory shows. */
  async #pinPartners(): Promise<void> {
    const { vault, memory, unlocked } = this.account;
    const pin = async (partner: string, kid?: string): Promise<void> => {
      if ((await rememberedPartner(memory, partner)) === null)
        await fetchPartner(vault, memory, partner, kid);
    };
    for (const { record } of await this.grants()) await pin(record.partner, record.partner_key);
    for (const row of (await this.account.get("/v1/pairings")).objects("data")) {
      const partner = row.text("partner");
      const ours = (await unlocked.identity.signingKeyFor(partner)).kid;
      must(row.hash("kid") === ours, "the vault shows a pairing that this owner never made");
      await pin(partner);
    }
  }

  static async #at(url: string, memory: Memory, options: OwnerOptions): Promise<Owner> {
    const vault = new Connection(url, options.fetch);
    const trust = await pinTrust(vault, memory, options.trust);
    const account = new OwnerAccount(vault, memory, trust, options.clock ?? (() => new Date()));
    const fee = (await vault.get("/v1/vault")).whole("fee");
    return new Owner(account, fee, new OwnerItems(account, new Journal(account)));
  }

  // -- lockers -------------------------------------------------------------------------

  /** Every locker that stands, oldest first. */
  lockers(): Promise<readonly StandingLocker[]> {
    return this.#lockers.list();
  }

  /** Let a recovery phrase, a password or a passkey open this account; its kid comes back. */
  addLocker(opener: Opener): Promise<string> {
    return this.turns.take("lockers", () => this.#lockers.add(opener));
  }

  /** Let a locker open nothing that is written from now on; its sessions end at once. */
  removeLocker(kid: string): Promise<void> {
    return this.turns.take("lockers", () => this.#lockers.remove(kid));
  }

  /** Let a device in, by keys that a person has compared (`planetvault/joining`). */
  addDevice(keys: DeviceKeys): Promise<void> {
    return this.turns.take("lockers", () => this.#lockers.addDevice(keys));
  }

  /** What this device tells a new one, so that no vault can show it another account. */
  async told(): Promise<Told> {
    const { account, chain } = this.account.unlocked;
    const rootKid = fromBase64url(chain.entries[0]?.kid ?? "");
    return { account: fromBase64url(account), rootKid, trust: await this.#pinnedTrust() };
  }

  async #pinnedTrust(): Promise<Bytes> {
    return sha256(utf8((await this.account.memory.get("trust")) ?? ""));
  }

  /** Turn the root key, and remove nobody. */
  rotate(): Promise<void> {
    return this.turns.take("lockers", () => this.#lockers.rotate());
  }

  /** Put a new password, or another opener, in the place of the locker `old`. No data is sealed anew. */
  async changePassword(old: string, opener: Opener): Promise<string> {
    const kid = await this.addLocker(opener);
    await this.removeLocker(old);
    return kid;
  }

  /** Where this device stands, as a line for another device of the same owner. */
  async heads(): Promise<string> {
    const journal = await this.stored.journal.sync();
    const { account, chain } = this.account.unlocked;
    const receipts = await this.receipts();
    const place = (hashes: readonly string[]): Place => ({ seq: hashes.length, hash: hashes.at(-1) ?? null });
    return writeHeads({
      account,
      chain: place(chain.entries.map((entry) => entry.hash)),
      journal,
      receipts: place(receipts.map(({ receipt }) => receipt.hash)),
    });
  }

  /**
   * Return if this device's history passes where the other one stands.
   *
   * @throws ProofError if the vault shows this device less than the other one, or something else.
   */
  async compare(heads: string): Promise<void> {
    const theirs = readHeads(heads);
    const { seq } = await this.stored.journal.sync();
    const { account, chain } = this.account.unlocked;
    must(theirs.account === account, "these heads are of another account");
    verifyPassing(
      theirs.chain,
      chain.entries.map((entry) => entry.hash),
      "the account chain",
    );
    const places = await this.stored.journal.places(seq);
    verifyPassing(
      theirs.journal,
      places.slice(1).map((place) => place.hash ?? ""),
      "the journal",
    );
    const receipts = await this.receipts();
    verifyPassing(
      theirs.receipts,
      receipts.map(({ receipt }) => receipt.hash),
      "the receipts",
    );
  }

  // -- items ---------------------------------------------------------------------------

  /** Seal a table as the newest version of the item of a collection and a period, such as `2027-03`; or of `item`. */
  write(kind: string, period: string, columns: Written, item?: string): Promise<Signed<Manifest>> {
    return this.turns.take("journal", async () => {
      const standing = (await this.grants()).filter(
        (grant) =>
          grant.state === "standing" &&
          (kind === FILE || grant.record.future_items) &&
          grant.record.expires > this.#now(),
      );
      const envelopes: Envelopes = async (stored) => {
        const made = await Promise.all(
          standing.map((grant) => envelopeFor(grant, this.account.unlocked.roots, stored)),
        );
        return made.filter((envelope) => envelope !== null);
      };
      return this.stored.write(kind, period, columns, envelopes, item);
    });
  }

  /**
   * Read an export and join it to what is there, month by month; importing it again changes nothing.
   *
   * @throws ImportError if no reader knows it, or it cannot be read on.
   */
  async importExport(files: readonly ExportFile[]): Promise<ImportSummary & { readonly written: number }> {
    const { tables, summary } = await this.readExport(files);
    return { ...summary, written: await this.join(tables) };
  }

  /** Read an export, with ids of rows that only this owner can make. Nothing is kept yet. */
  async readExport(files: readonly ExportFile[]): Promise<Imported> {
    const { readExport } = await import("../importers/index.js");
    return readExport(files, await this.account.unlocked.identity.recordSecret(), this.account.clock());
  }

  /**
   * Join tables to what is there, one item after the other. Broken off and begun anew, it goes on where it was.
   *
   * @param joined is told the number of tables that are done, and the item if it changed.
   * @returns the number of items that changed.
   */
  async join(
    tables: readonly Table[],
    joined: (done: number, item: OwnItem | null) => void = () => {},
  ): Promise<number> {
    const { mergeTables } = await import("../importers/index.js");
    const known = new Set(await this.items());
    let written = 0;
    for (const [at, { kind, period, columns }] of tables.entries()) {
      const item = toBase64url(await this.account.unlocked.identity.importId(kind, utf8(period)));
      const before = known.has(item) ? (await this.open(item)).columns : null;
      const after = mergeTables(kind, before, columns);
      if (JSON.stringify(before) === JSON.stringify(ordered(after, before))) {
        joined(at + 1, null);
        continue;
      }
      const { version } = (await this.write(kind, period, after)).record;
      const rows = after["id"]?.length ?? 0;
      joined(at + 1, { item, version, kind, period, rows, columns: after });
      written++;
    }
    return written;
  }

  /** The ids of all items she has, in the order of the journal. */
  async items(): Promise<readonly string[]> {
    await this.stored.journal.sync();
    return this.stored.journal.items().map((manifest) => manifest.record.item);
  }

  /** The newest version of an item, as the journal was last seen; 0 for one never seen. */
  version(item: string): number {
    return this.stored.journal.version(item);
  }

  open(item: string): Promise<OwnItem> {
    return this.stored.open(item);
  }

  // -- partners and their asks ---------------------------------------------------------

  /**
   * Pin a partner's keys, and tell the vault under which key it knows this owner.
   *
   * @returns the kid of that key, to hand to the partner.
   */
  async connect(partner: string, kid?: string): Promise<string> {
    const { vault, memory } = this.account;
    await fetchPartner(vault, memory, partner, kid);
    const key = await this.account.unlocked.identity.signingKeyFor(partner);
    let pairing = await memory.get(`pairing/${partner}`);
    if (pairing === undefined) {
      const said = {
        account: this.account.unlocked.account,
        partner,
        owner_key: key.publicKey,
        time: this.#now(),
      };
      pairing = (await sign(PAIRING, said, key)).jws;
      await memory.keep({ [`pairing/${partner}`]: pairing });
    }
    await this.account.put("POST", "/v1/pairings", { pairing });
    return key.kid;
  }

  /** Every ask put to this owner, each checked against the partner's pinned keys. */
  async asks(): Promise<readonly ReceivedAsk[]> {
    const rows = await this.account.list("/v1/asks");
    const asks: ReceivedAsk[] = [];
    for (const row of rows) {
      const ask = await this.#received(row.record("ask"));
      must(ask.hash === row.hash("hash"), "the vault names an ask by another hash than its own");
      asks.push({ ...ask, state: row.text("state") });
    }
    return asks;
  }

  async #received(jws: string): Promise<Omit<ReceivedAsk, "state">> {
    const { vault, memory, trust } = this.account;
    let partner: History = [];
    const ask = await verify(jws, ASK, async (said, kid) => {
      partner = (await rememberedPartner(memory, said.partner)) ?? [];
      must(partner.length > 0, "an ask comes from a partner that was never pinned");
      const keys = partner.map((entry) => entry.record.sign_key);
      const kids = await Promise.all(keys.map(kidOf));
      if (!kids.includes(kid)) partner = await fetchPartner(vault, memory, said.partner, kid);
      return partner.map((entry) => entry.record.sign_key);
    });
    const ours = (await this.account.unlocked.identity.signingKeyFor(ask.record.partner)).kid;
    must(ask.record.vault === trust.vault && ask.record.owner === ours, "an ask for another owner or vault");
    return { ...ask, partner };
  }

  /** Say no, without a reason. */
  async deny(ask: ReceivedAsk): Promise<void> {
    const key = await this.account.unlocked.identity.signingKeyFor(ask.record.partner);
    const denial = await sign(DENIAL, { ask: ask.hash, owner_key: key.publicKey, time: this.#now() }, key);
    await this.account.put("POST", "/v1/denials", { denial: denial.jws });
  }

  // -- grants --------------------------------------------------------------------------

  /** What a yes would mean, in plain words; what is named narrows the ask or offer. */
  preview(ask: Proposal, narrower: Partial<Terms> = {}, language: Language = "en"): Preview {
    const terms = { ...ask.record, name: newest(ask.partner).record.name, fee: this.fee, ...narrower };
    if (payableUses(terms) < 1) throw new InputError("these terms would allow nothing: deny the ask instead");
    return { terms, text: textOf(terms, language), language };
  }

  /**
   * Say yes to an ask or an offer, or to less of it: exactly what the preview showed.
   *
   * @throws ProofError if something goes beyond it.
   */
  grant(ask: Proposal, preview: Preview): Promise<Signed<Grant>> {
    return this.turns.take("grants", async () => {
      if (!("owner" in ask.record)) await this.connect(ask.record.partner, newest(ask.partner).kid);
      const { grant, shares } = await this.#sign(ask, preview);
      verifyWithinAsk(grant, ask);
      await this.account.memory.keep({ [`text/${grant.record.text}`]: preview.text });
      const envelopes = (await this.#envelopesOf(grant)).map(({ item, version, fields, sealed }) => {
        return { item, version, fields, sealed };
      });
      await this.account.put("POST", "/v1/grants", {
        grant: grant.jws,
        keys: shares.map(toBase64url),
        envelopes,
      });
      return grant;
    });
  }

  async #sign(
    ask: Proposal,
    { terms, text, language }: Preview,
  ): Promise<{ readonly grant: Signed<Grant>; readonly shares: readonly Uint8Array[] }> {
    const { partner } = ask.record;
    const [key, entry] = [
      await this.account.unlocked.identity.signingKeyFor(partner),
      newest(ask.partner).record,
    ];
    const [id, now] = [random(16), this.account.clock()];
    const parties = { partner, ownerKid: fromBase64url(key.kid) };
    const grantKey = await deriveGrantKey(this.account.unlocked.newest, id, 1);
    const { shares, commitment } = await sealGrantKey(grantKey, fromBase64url(entry.sealing_key), parties);
    const holders = commitment.shares.map((share) => ({
      name: this.account.trust.vault,
      commitment: toBase64url(share),
    }));
    const said = {
      vault: this.account.trust.vault,
      id: toBase64url(id),
      version: 1,
      prev: null,
      ask: ask.hash,
      owner_key: key.publicKey,
      partner,
      partner_key: await kidOf(entry.sign_key),
      sealing_key: await kidOf(entry.sealing_key),
      clusters: terms.clusters,
      purposes: terms.purposes,
      price: terms.price,
      fee: terms.fee,
      budget: terms.budget,
      currency: terms.currency,
      max_uses: terms.max_uses,
      period_days: terms.period_days,
      period_uses: terms.period_uses,
      paid_by_period: terms.paid_by_period,
      look_back_days: terms.look_back_days,
      future_items: terms.future_items,
      not_before: writeTime(now),
      expires: writeTime(new Date(now.getTime() + terms.duration_days * 86_400_000)),
      retention_days: terms.retention_days,
      text: await textHash(text),
      language,
      key_commitment: toBase64url(commitment.key),
      holders,
      time: writeTime(now),
    };
    return { grant: await sign(GRANT, said, key), shares };
  }

  async #envelopesOf(
    grant: Signed<Grant>,
  ): Promise<readonly (WrittenEnvelope & { readonly item: string; readonly version: number })[]> {
    const made = [];
    for (const item of await this.items()) {
      const { stored, version } = await this.stored.open(item);
      const envelope = await envelopeFor(grant, this.account.unlocked.roots, stored);
      if (envelope !== null) made.push({ ...envelope, item, version });
    }
    return made;
  }

  /** Every grant she gave, each checked to be her own. */
  async grants(): Promise<readonly GivenGrant[]> {
    const rows = await this.account.list("/v1/grants");
    const given = rows.map(async (row) => {
      const grant = await verifyGrant(row.record("grant"));
      const ours = (await this.account.unlocked.identity.signingKeyFor(grant.record.partner)).kid;
      must(grant.kid === ours && grant.hash === row.hash("hash"), "a grant that this owner did not sign");
      return { ...grant, state: row.text("state"), uses: row.whole("uses"), escrow: row.whole("escrow") };
    });
    const grants = await Promise.all(given);
    const { memory } = this.account;
    const names = new Map(grants.map(({ hash, jws }) => [GIVEN + hash, jws]));
    must(names.size === grants.length, "the vault shows a grant twice");
    const seen = new Set((await memory.under(GIVEN)).map(([name]) => name));
    must(
      [...seen].every((name) => names.has(name)),
      "the vault does not show a grant that this device has seen",
    );
    const added = [...names].filter(([name]) => !seen.has(name));
    if (added.length > 0) await memory.keep(Object.fromEntries(added));
    return grants;
  }

  /**
   * Take a grant back: no key is released from then on.
   *
   * @returns the receipt that closes the grant's chain.
   */
  async revoke(grant: GivenGrant, erase = true): Promise<Signed<Receipt>> {
    const { memory, trust } = this.account;
    const key = await this.account.unlocked.identity.signingKeyFor(grant.record.partner);
    let jws = await memory.get(`revocation/${grant.hash}`);
    if (jws === undefined) {
      const said = { grant: grant.hash, erase, uses: grant.uses, time: this.#now() };
      jws = (await sign(REVOCATION, said, key)).jws;
      await memory.keep({ [`revocation/${grant.hash}`]: jws });
    }
    const revocation = await verifyRevocation(jws, grant);
    const answer = await this.account.put("POST", "/v1/revocations", { revocation: jws });
    const receipt = await verify(answer.record("receipt"), RECEIPT, () => trust.keys);
    return verifyTerms(receipt, grant, { use: null, revocation });
  }

  // -- receipts ------------------------------------------------------------------------

  /** Every receipt of hers, checked in both chains. */
  async receipts(): Promise<readonly CheckedReceipt[]> {
    return this.#receipts.all(await this.grants());
  }

  /**
   * A statement made now, checked against every receipt, every decision and every share of a pool.
   *
   * @throws ProofError if it does not agree with them.
   */
  async statement(): Promise<Signed<Statement>> {
    const { checkedStatement } = await import("./statement.js");
    return checkedStatement(this.account, () => this.receipts());
  }

  /** The proof file of a receipt, checked as a stranger would. Refused with `not-yet` until it is in a checkpoint. */
  async proof(receipt: Signed<Receipt>): Promise<{ readonly file: string; readonly verified: Verified }> {
    const file = await this.account.fetch(`/v1/receipts/${receipt.hash}/proof`);
    const verified = await verifyProof(file, this.account.trust);
    must(verified.receipt.hash === receipt.hash, "the proof is of another receipt");
    return { file: new TextDecoder().decode(file), verified };
  }

  #now(): string {
    return writeTime(this.account.clock());
  }
}

/** The same columns in the order of others: an item returns them by name. */
function ordered(columns: Columns, others: Columns | null): Columns {
  return Object.fromEntries(Object.keys(others ?? {}).map((name) => [name, columns[name] ?? []]));
}
