/**
 * The journal: the manifests of all items in one chain, so that a device notices what was rolled back or left out
 * (docs/spec/manifest.md). In memory: `item/<id>` is the newest manifest of each item that this device has seen.
 */

import { BrokenAnswer } from "../client/errors.js";
import { sha256 } from "../digest.js";
import { compare, fromBase64url, toBase64url } from "../encoding.js";
import { JournalWalk, verifyManifest } from "../records/journal.js";
import type { Manifest } from "../records/kinds.js";
import { MANIFEST } from "../records/kinds.js";
import { writeTime } from "../records/shape.js";
import type { Signed } from "../records/signed.js";
import { must, sign } from "../records/signed.js";
import type { SealedItem } from "../sealing/item.js";
import { hashesOf } from "../sealing/item.js";
import type { OwnerAccount } from "./account.js";

const ITEM = "item/";

/** A place in a chain: how many records there are, and the hash of the last. */
export interface Place {
  readonly seq: number;
  readonly hash: string | null;
}

export class Journal {
  #newest = new Map<string, Signed<Manifest>>();
  #remembered = false;

  constructor(private readonly account: OwnerAccount) {}

  /** The newest manifest of every item that is not deleted, by its place in the journal. */
  items(): readonly Signed<Manifest>[] {
    const standing = [...this.#newest.values()].filter((manifest) => manifest.record.fields.length > 0);
    return standing.sort((one, other) => one.record.seq - other.record.seq);
  }

  /** The newest version of an item, deleted or not; 0 for one never seen. */
  version(item: string): number {
    return this.#newest.get(item)?.record.version ?? 0;
  }

  newest(item: string): Signed<Manifest> | null {
    const manifest = this.#newest.get(item);
    return manifest !== undefined && manifest.record.fields.length > 0 ? manifest : null;
  }

  /**
   * Walk from the place this device has seen to where the journal stands now.
   *
   * @throws ProofError if what the vault shows is older, does not pass through that place, or does not join up.
   */
  async sync(): Promise<Place> {
    await this.#remember();
    const shown = (await this.account.show()).object("journal");
    const [seq, head, walk] = [shown.whole("seq"), shown.hashOrNull("head"), this.#walk()];
    must(seq >= walk.seq, "the vault shows an older journal than this device has seen");
    if (seq > walk.seq) await this.#follow(walk, seq);
    must(head === walk.head, "the vault shows another journal than this device has seen");
    await this.#keep(walk.end());
    return { seq, hash: head };
  }

  /** The manifest of a sealed item version, as the next in the journal. */
  async signNext(collection: string, sealed: SealedItem): Promise<Signed<Manifest>> {
    const { account, chain, locker } = this.account.unlocked;
    const walk = this.#walk();
    const hashes = [...(await hashesOf(sealed.fields))].map(([field, hash]) => ({ field, sealed: hash }));
    hashes.sort((one, other) => compare(fromBase64url(one.field), fromBase64url(other.field)));
    const said = {
      account,
      seq: walk.seq + 1,
      prev: walk.head,
      chain: chain.head,
      collection,
      item: toBase64url(sealed.itemId),
      version: sealed.version,
      key: toBase64url(await sha256(sealed.key)),
      fields: hashes,
      time: writeTime(this.account.clock()),
    };
    return sign(MANIFEST, said, locker.signing);
  }

  /** Take a manifest that the vault took. */
  async append(manifest: Signed<Manifest>): Promise<void> {
    const walk = this.#walk();
    await walk.step(manifest.jws);
    await this.#keep(walk);
  }

  /** The places of the journal as the vault shows it, from the beginning, up to one that this device has seen. */
  async places(seq: number): Promise<readonly Place[]> {
    const walk = new JournalWalk(this.account.unlocked.chain);
    const places: Place[] = [{ seq: 0, hash: null }];
    for (const raw of (await this.#shown(seq)).slice(0, seq)) {
      const { record, hash } = await walk.step(raw);
      places.push({ seq: record.seq, hash });
    }
    return places;
  }

  /** Begin again with what the memory holds: what a guest saw was not kept. */
  restart(): void {
    [this.#newest, this.#remembered] = [new Map(), false];
  }

  #walk(): JournalWalk {
    return new JournalWalk(this.account.unlocked.chain, this.#newest);
  }

  async #follow(walk: JournalWalk, seq: number): Promise<void> {
    const raws = await this.#shown(seq);
    // What this device saw last is found again in its place, by the hash that the next one names.
    for (const raw of raws.slice(walk.seq, seq)) await walk.step(raw);
  }

  async #shown(seq: number): Promise<readonly string[]> {
    const rows = await this.account.list("/v1/journal");
    if (rows.length < seq) throw new BrokenAnswer("the vault shows fewer manifests than it speaks of");
    return rows.map((row) => row.record("manifest"));
  }

  async #remember(): Promise<void> {
    if (this.#remembered) return;
    const { chain } = this.account.unlocked;
    for (const [, raw] of await this.account.memory.under(ITEM)) {
      const manifest = await verifyManifest(raw, chain);
      this.#newest.set(manifest.record.item, manifest);
    }
    this.#remembered = true;
  }

  async #keep(walk: JournalWalk): Promise<void> {
    const changed = [...walk.newest].filter(([item, manifest]) => this.#newest.get(item) !== manifest);
    if (changed.length > 0 && !this.account.isGuest) {
      const kept = changed.map(([item, manifest]) => [ITEM + item, manifest.jws] as const);
      await this.account.memory.keep(Object.fromEntries(kept));
    }
    this.#newest = new Map(walk.newest);
  }
}
