/** An owner's items: sealed under her collections, written to the journal, and opened again. */

import { Refused } from "../client/errors.js";
import type { Column, Columns } from "../columns.js";
import { readColumn, writeColumn } from "../columns.js";
import { compare, fromBase64url, toBase64url, utf8 } from "../encoding.js";
import { ProofError } from "../errors.js";
import type { Manifest } from "../records/kinds.js";
import type { Signed } from "../records/signed.js";
import { must } from "../records/signed.js";
import type { Hashes, ItemKey, SealedItem } from "../sealing/item.js";
import { openItem, openItemKey, sealItem } from "../sealing/item.js";
import type { CollectionKey } from "../sealing/tree.js";
import { newCollection, openCollection, renewCollection, sealCollection } from "../sealing/tree.js";
import type { OwnerAccount } from "./account.js";
import type { Journal } from "./journal.js";

/** How often to begin anew because another device wrote first. */
export const TRIES = 8;

/** An item of this owner: a month, or a day, of one kind of data. */
export interface OwnItem {
  readonly item: string;
  readonly version: number;
  readonly kind: string;
  readonly period: string;
  readonly rows: number;
  readonly columns: Columns;
}

/** An envelope as the vault takes it, for an item that is being written. */
export interface WrittenEnvelope {
  readonly grant: string;
  readonly fields: readonly string[];
  readonly sealed: string;
}

/** A table to write, or what makes it. */
export type Written = Columns | (() => Promise<Columns>);

/** Makes the envelopes of an item version for the grants that cover it. */
export type Envelopes = (stored: StoredItem) => Promise<readonly WrittenEnvelope[]>;

/** What an envelope is made of. */
export interface StoredItem {
  readonly manifest: Signed<Manifest>;
  readonly collection: CollectionKey;
  readonly key: ItemKey;
  readonly period: string;
  /** The ids of the grants that a file names. */
  readonly named: readonly string[];
}

/** The ids in the column `grants`, which only files have. */
function namedIn(columns: Columns): readonly string[] {
  const [named] = columns["grants"] ?? [];
  return Array.isArray(named) ? named : [];
}

export function hashesIn(manifest: Manifest): Hashes {
  return new Map(manifest.fields.map((field) => [field.field, field.sealed]));
}

export class OwnerItems {
  readonly #collections = new Map<string, CollectionKey>();

  constructor(
    private readonly account: OwnerAccount,
    readonly journal: Journal,
  ) {}

  /**
   * Seal a table as the newest version of the item of this kind and period, such as `2027-03`; or of `item`, if named.
   *
   * @param columns the table, or what makes it anew for every try.
   */
  async write(
    kind: string,
    period: string,
    columns: Written,
    envelopes: Envelopes,
    item?: string,
  ): Promise<Signed<Manifest>> {
    for (let attempt = 1; ; attempt++) {
      await this.journal.sync();
      try {
        const table = typeof columns === "function" ? await columns() : columns;
        return await this.#writeOnce(kind, period, table, envelopes, item);
      } catch (error) {
        if (!(error instanceof Refused) || error.code !== "journal-moved" || attempt === TRIES) throw error;
      }
    }
  }

  async #writeOnce(
    kind: string,
    period: string,
    columns: Columns,
    envelopes: Envelopes,
    item?: string,
  ): Promise<Signed<Manifest>> {
    const { identity } = this.account.unlocked;
    const itemId = item ? fromBase64url(item) : await identity.importId(kind, utf8(period));
    const collection = await this.writable(kind);
    const fields = new Map(Object.entries(columns).map(([name, column]) => [name, writeColumn(column)]));
    const rows = Math.max(...Object.values(columns).map((column: Column) => column.length));
    const version = this.journal.version(toBase64url(itemId)) + 1;
    const sealed = await sealItem(collection, { itemId, version }, { label: period, rows, fields });
    const manifest = await this.journal.signNext(toBase64url(collection.collectionId), sealed);
    const key = await openItemKey(collection, sealed, manifest.record.key);
    const body = bodyOf(
      manifest,
      sealed,
      await envelopes({ manifest, collection, key, period, named: namedIn(columns) }),
    );
    const answer = await this.account.put("POST", "/v1/items", { items: [body] });
    must(
      answer.hashOrNull("head") === manifest.hash,
      "the vault put the journal elsewhere than this device did",
    );
    await this.journal.append(manifest);
    return manifest;
  }

  /** Forget the collections of a kind, which are deleted; their ids. */
  async forget(kind: string): Promise<readonly string[]> {
    await this.#fetchCollections();
    const found = [...this.#collections].filter(([, collection]) => collection.kind === kind);
    for (const [id] of found) this.#collections.delete(id);
    return found.map(([id]) => id);
  }

  /**
   * Open an item, in the newest version that the journal knows.
   *
   * @throws ProofError or OpenError if what the vault returns is older, altered or incomplete.
   */
  async open(item: string): Promise<OwnItem & { readonly stored: StoredItem }> {
    await this.journal.sync();
    const manifest = this.journal.newest(item);
    if (manifest === null) throw new ProofError("the journal knows no such item");
    const answer = await this.account.get(`/v1/items/${item}`);
    must(
      answer.record("manifest") === manifest.jws,
      "the vault shows another version of an item than the journal",
    );
    const { collection: named, version, key: keyHash } = manifest.record;
    const collection = await this.collection(named);
    const fields = answer.bytesByName("fields");
    const sealed = { itemId: fromBase64url(item), version, key: answer.bytes("key"), fields };
    const opened = await openItem(collection, sealed, hashesIn(manifest.record), keyHash);
    const columns = Object.fromEntries([...opened.fields].map(([name, value]) => [name, readColumn(value)]));
    const key = await openItemKey(collection, sealed, keyHash);
    const stored = { manifest, collection, key, period: opened.label, named: namedIn(columns) };
    return { item, version, kind: opened.kind, period: opened.label, rows: opened.rows, columns, stored };
  }

  /** The key of a collection that a manifest names. */
  async collection(id: string): Promise<CollectionKey> {
    if (!this.#collections.has(id)) await this.#fetchCollections();
    const found = this.#collections.get(id);
    if (found === undefined) throw new ProofError("the vault does not show a collection that holds an item");
    return found;
  }

  /** The newest collection of a kind, begun or renewed under the newest root if need be. */
  async writable(kind: string): Promise<CollectionKey> {
    const root = this.account.unlocked.newest;
    await this.#fetchCollections();
    for (const manifest of this.journal.items()) await this.collection(manifest.record.collection);
    const newest = this.#newestOf(kind);
    if (newest?.generation === root.generation) return newest;
    const begun = newest === undefined ? newCollection(root, kind) : renewCollection(root, newest);
    const sealed = toBase64url(await sealCollection(root, begun));
    await this.account.put("PUT", `/v1/collections/${toBase64url(begun.collectionId)}`, { sealed });
    this.#collections.set(toBase64url(begun.collectionId), begun);
    return begun;
  }

  /** The newest collection of a kind, if it need be neither begun nor renewed before it is written to. */
  async begun(kind: string): Promise<CollectionKey | undefined> {
    if (this.#newestOf(kind) === undefined) await this.#fetchCollections();
    const newest = this.#newestOf(kind);
    return newest?.generation === this.account.unlocked.newest.generation ? newest : undefined;
  }

  async #fetchCollections(): Promise<void> {
    const answer = await this.account.get("/v1/collections");
    for (const row of answer.objects("data")) {
      const id = row.id("collection");
      if (this.#collections.has(id)) continue;
      this.#collections.set(
        id,
        await openCollection(this.account.unlocked.roots, fromBase64url(id), row.bytes("sealed")),
      );
    }
  }

  /** Of two that two devices began at once, both take the one with the lower id. */
  #newestOf(kind: string): CollectionKey | undefined {
    const found = [...this.#collections.values()].filter((collection) => collection.kind === kind);
    found.sort((one, other) => other.epoch - one.epoch || compare(one.collectionId, other.collectionId));
    return found[0];
  }
}

/** An item version as the vault takes it. */
export function bodyOf(
  manifest: Signed<Manifest>,
  sealed: SealedItem,
  envelopes: readonly WrittenEnvelope[],
): unknown {
  const fields = Object.fromEntries([...sealed.fields].map(([id, blob]) => [id, toBase64url(blob)]));
  return { manifest: manifest.jws, key: toBase64url(sealed.key), fields, envelopes };
}
