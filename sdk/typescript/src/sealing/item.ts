/** Items, sealed field by field (docs/spec/item.md). Field ids and hashes are base64url texts, as in a manifest. */

import { random, sha256 } from "../digest.js";
import type { Bytes } from "../encoding.js";
import { compare, concat, fromBase64url, toBase64url, utf8 } from "../encoding.js";
import { InputError, OpenError } from "../errors.js";
import { context, ID_BYTES } from "./context.js";
import { LayoutReader, writeCount, writeNumber, writeText } from "./layout.js";
import { pad, unpad } from "./padding.js";
import { KEY_BYTES, kdf, seal, unseal, verifyKey } from "./seal.js";
import type { CollectionKey } from "./tree.js";
import { fieldId } from "./tree.js";

export const HEAD = "@head";
export const MOST_FIELDS = 255;
const MOST_NAME_BYTES = 128;

/** Field id → ciphertext. */
export type Ciphertexts = ReadonlyMap<string, Bytes>;
/** Field id → SHA-256 of its ciphertext. */
export type Hashes = ReadonlyMap<string, string>;

/** One version of an item, as the vault stores it. */
export interface SealedItem {
  readonly itemId: Bytes;
  readonly version: number;
  /** The sealed item key. */
  readonly key: Bytes;
  readonly fields: Ciphertexts;
}

/** What an item says, opened. */
export interface Item {
  readonly kind: string;
  /** The owner's word for it, such as the month. */
  readonly label: string;
  readonly rows: number;
  readonly fields: ReadonlyMap<string, Bytes>;
}

/** The key of one version of an item. */
export interface ItemKey {
  readonly itemId: Bytes;
  readonly version: number;
  readonly key: Bytes;
}

export function newItemId(): Bytes {
  return random(ID_BYTES);
}

/** The key of one field in this version; it is never stored. */
export function fieldKey(item: ItemKey, field: string): Promise<Bytes> {
  return kdf(item.key, context("field", item.itemId, fromBase64url(field), item.version));
}

/** The id of a field, as a manifest writes it. */
export async function fieldIdOf(collection: Pick<CollectionKey, "names">, name: string): Promise<string> {
  return toBase64url(await fieldId(collection.names, name));
}

export async function hashesOf(ciphertexts: Ciphertexts): Promise<Hashes> {
  const pairs = [...ciphertexts].map(async ([id, blob]) => [id, toBase64url(await sha256(blob))] as const);
  return new Map(await Promise.all(pairs));
}

/**
 * Seal one version of an item under a new key.
 *
 * @throws InputError for a name or value outside the limits of the page.
 */
export async function sealItem(
  collection: CollectionKey,
  place: { readonly itemId: Bytes; readonly version: number },
  item: Omit<Item, "kind">,
): Promise<SealedItem> {
  const names = [...item.fields.keys()].map(verifyFieldName).sort(byBytes);
  if (names.length < 1 || names.length > MOST_FIELDS) throw new InputError("an item has 1 to 255 fields");
  const key: ItemKey = { ...place, key: random(KEY_BYTES) };
  const plain = [[HEAD, writeHead(collection.kind, item, names)], ...item.fields] as const;
  const sealed = await Promise.all(plain.map(([name, value]) => sealField(collection, key, name, value)));
  // In the order of their ids, so that the place of a ciphertext says nothing of its name.
  sealed.sort(([one], [other]) => compare(fromBase64url(one), fromBase64url(other)));
  const where = context("item-key", collection.collectionId, place.itemId, place.version);
  return { ...place, key: await seal(collection.key, where, key.key), fields: new Map(sealed) };
}

async function sealField(
  collection: CollectionKey,
  key: ItemKey,
  name: string,
  value: Uint8Array,
): Promise<readonly [string, Bytes]> {
  const id = await fieldIdOf(collection, name);
  const where = context("field-value", key.itemId, fromBase64url(id), key.version);
  return [id, await seal(await fieldKey(key, id), where, pad(value))];
}

/**
 * Open one version of an item, whole.
 *
 * @param hashes and `keyHash` are those of the manifest whose signature was verified.
 * @throws OpenError if anything was dropped, added, swapped or altered.
 */
export async function openItem(
  collection: CollectionKey,
  sealed: SealedItem,
  hashes: Hashes,
  keyHash: string,
): Promise<Item> {
  await verifyHashes(sealed.fields, hashes);
  const key = await openItemKey(collection, sealed, keyHash);
  const headId = await fieldIdOf(collection, HEAD);
  const head = readHead(await openField(key, headId, sealed.fields.get(headId) ?? new Uint8Array()));
  const ids = await Promise.all(head.names.map((name) => fieldIdOf(collection, name)));
  const expected = new Set([headId, ...ids]);
  const all = expected.size === sealed.fields.size && [...expected].every((id) => sealed.fields.has(id));
  if (head.kind !== collection.kind || expected.size !== ids.length + 1 || !all) throw new OpenError();
  const values = await Promise.all(
    ids.map((id) => openField(key, id, sealed.fields.get(id) ?? new Uint8Array())),
  );
  const fields = new Map(head.names.map((name, at) => [name, values[at] ?? new Uint8Array()]));
  return { kind: head.kind, label: head.label, rows: head.rows, fields };
}

/** Open the item key alone, to grant some of its fields. */
export async function openItemKey(
  collection: CollectionKey,
  sealed: SealedItem,
  keyHash: string,
): Promise<ItemKey> {
  const { itemId, version } = sealed;
  if (toBase64url(await sha256(sealed.key)) !== keyHash) throw new OpenError();
  const place = context("item-key", collection.collectionId, itemId, version);
  const key = await unseal(collection.key, place, sealed.key);
  if (key.length !== KEY_BYTES) throw new OpenError();
  return { itemId, version, key };
}

/** Open one field whose hash was verified. */
export async function openField(key: ItemKey, id: string, blob: Uint8Array): Promise<Bytes> {
  return openFieldValue(await fieldKey(key, id), key, id, blob);
}

/** Open one field with its own key, as a partner does. */
export async function openFieldValue(
  key: Bytes,
  place: { readonly itemId: Uint8Array; readonly version: number },
  id: string,
  blob: Uint8Array,
): Promise<Bytes> {
  const where = context("field-value", place.itemId, fromBase64url(id), place.version);
  return unpad(await unseal(verifyKey(key), where, blob));
}

/** @throws OpenError unless the ciphertexts are exactly those that the hashes list. */
export async function verifyHashes(ciphertexts: Ciphertexts, hashes: Hashes): Promise<Ciphertexts> {
  const found = await hashesOf(ciphertexts);
  const all = found.size === hashes.size && [...hashes].every(([id, hash]) => found.get(id) === hash);
  if (!all) throw new OpenError();
  return ciphertexts;
}

function byBytes(one: string, other: string): number {
  return compare(utf8(one), utf8(other));
}

/** @throws InputError unless an owner's field may be called that. */
export function verifyFieldName(name: string): string {
  const size = writeText(name).length - 2;
  if (size < 1 || size > MOST_NAME_BYTES || name.startsWith("@"))
    throw new InputError("not a name of a field");
  return name;
}

/** @throws OpenError unless these are valid names in ascending order, none twice. */
export function verifyReadNames(names: readonly string[]): readonly string[] {
  for (const [at, name] of names.entries()) {
    const before = names[at - 1];
    const size = utf8(name).length;
    const ascends = before === undefined || byBytes(before, name) < 0;
    if (!ascends || size < 1 || size > MOST_NAME_BYTES || name.startsWith("@")) throw new OpenError();
  }
  return names;
}

function writeHead(kind: string, item: Omit<Item, "kind">, names: readonly string[]): Bytes {
  const start = [writeText(kind), writeText(item.label), writeNumber(item.rows), writeCount(names.length)];
  return concat(...start, ...names.map(writeText));
}

function readHead(octets: Bytes): Omit<Item, "fields"> & { readonly names: readonly string[] } {
  const reader = new LayoutReader(octets);
  const [kind, label, rows] = [reader.text(), reader.text(), reader.number()];
  const names = Array.from({ length: reader.count() }, () => reader.text());
  reader.end();
  return { kind, label, rows, names: verifyReadNames(names) };
}
