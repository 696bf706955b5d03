/**
 * The key tree below the lockers (docs/spec/keys.md): account root keys, the identity, collection keys.
 *
 * A root key is authentic only if it matches the commitment in the signed account chain. Read with every generation,
 * write with the newest alone: a removed device still knows the older ones.
 */

import { hmac, random, sha256 } from "../digest.js";
import type { Bytes } from "../encoding.js";
import { concat, same, utf8 } from "../encoding.js";
import { InputError, OpenError } from "../errors.js";
import { SigningKey } from "../keys.js";
import { context, ID_BYTES } from "./context.js";
import { LayoutReader, writeNumber, writeText } from "./layout.js";
import { pad, unpad } from "./padding.js";
import { KEY_BYTES, kdf, seal, unseal, verifyKey } from "./seal.js";

/** The account root key of one generation. */
export class AccountRoot {
  constructor(
    readonly accountId: Uint8Array,
    readonly generation: number,
    readonly key: Bytes,
  ) {
    verifyKey(key);
  }

  /** 32 bytes for the signed account chain; they tell nothing about the key. */
  commitment(): Promise<Bytes> {
    return sha256(context("root-commitment", this.accountId, this.generation), this.key);
  }
}

export function newRoot(accountId: Uint8Array): AccountRoot {
  return new AccountRoot(accountId, 0, random(KEY_BYTES));
}

/** The root of the next generation, which no locker knows yet. */
export function nextRoot(root: AccountRoot): AccountRoot {
  return new AccountRoot(root.accountId, root.generation + 1, random(KEY_BYTES));
}

/** @throws OpenError unless the signed account chain commits to this root. */
export async function verifyRoot(root: AccountRoot, commitment: Uint8Array): Promise<AccountRoot> {
  if (!same(await root.commitment(), commitment)) throw new OpenError();
  return root;
}

/** Seal all earlier roots under the newest, so that old data stays readable. */
export async function sealOlderRoots(newest: AccountRoot, older: readonly AccountRoot[]): Promise<Bytes> {
  const ordered = older.every((root, generation) => root.generation === generation);
  if (!ordered || older.length !== newest.generation)
    throw new InputError("the newest root seals every one before it");
  const key = await kdf(newest.key, context("wrap-roots"));
  const place = context("older-roots", newest.accountId, newest.generation);
  return seal(key, place, concat(...older.map((root) => root.key)));
}

/**
 * The roots of all generations before the newest, in order.
 *
 * @throws OpenError whatever the reason, a commitment that differs included.
 */
export async function openOlderRoots(
  newest: AccountRoot,
  commitments: readonly Uint8Array[],
  blob: Uint8Array,
): Promise<readonly AccountRoot[]> {
  const place = context("older-roots", newest.accountId, newest.generation);
  const octets = await unseal(await kdf(newest.key, context("wrap-roots")), place, blob);
  const { generation, accountId } = newest;
  if (commitments.length !== generation || octets.length !== generation * KEY_BYTES) throw new OpenError();
  const roots = commitments.map((commitment, at) => {
    const key = octets.slice(at * KEY_BYTES, (at + 1) * KEY_BYTES);
    return verifyRoot(new AccountRoot(accountId, at, key), commitment);
  });
  return Promise.all(roots);
}

/** The owner's identity secret: the same in every generation, so all her devices sign with the same keys. */
export class Identity {
  constructor(readonly secret: Bytes) {}

  /** The key with which the owner signs for one partner; two partners can't link theirs. */
  async signingKeyFor(partner: string): Promise<SigningKey> {
    return SigningKey.fromSeed(await kdf(this.secret, context("pairwise", partner)));
  }

  /** The item id, 16 bytes, for a thing imported from `source`, where it is named `key`. */
  async importId(source: string, key: Uint8Array): Promise<Bytes> {
    const secret = await kdf(this.secret, context("import-secret"));
    return (await hmac(secret, context("import-id", source, key))).slice(0, ID_BYTES);
  }

  /** The secret that importers name rows with (docs/spec/data-record.md). */
  recordSecret(): Promise<Bytes> {
    return kdf(this.secret, context("record-secret"));
  }
}

/** @throws InputError for a root of a later generation: the identity stands on the first. */
export async function identityOf(first: AccountRoot): Promise<Identity> {
  if (first.generation !== 0) throw new InputError("the identity stands on the first root");
  return new Identity(await kdf(first.key, context("identity")));
}

/** What opens the items of one collection, and the secret that names their fields. */
export interface CollectionKey {
  readonly collectionId: Bytes;
  readonly kind: string;
  /** How often it was renewed. */
  readonly epoch: number;
  /** That of the root it is sealed under. */
  readonly generation: number;
  readonly key: Bytes;
  readonly names: Bytes;
}

/** A collection of one kind, such as `music.play`, under the newest root. */
export function newCollection(root: AccountRoot, kind: string): CollectionKey {
  const secrets = { key: random(KEY_BYTES), names: random(KEY_BYTES) };
  return { collectionId: random(ID_BYTES), kind, epoch: 0, generation: root.generation, ...secrets };
}

/** The collection's next epoch under the newest root: a new id, a new key, the same names. */
export function renewCollection(root: AccountRoot, collection: CollectionKey): CollectionKey {
  const renewed = { collectionId: random(ID_BYTES), key: random(KEY_BYTES), generation: root.generation };
  return { ...collection, ...renewed, epoch: collection.epoch + 1 };
}

/** The id of a field, 16 bytes: unreadable to whoever doesn't hold the collection. */
export async function fieldId(names: Bytes, name: string): Promise<Bytes> {
  return (await hmac(names, utf8(name))).slice(0, ID_BYTES);
}

/** @throws InputError if the collection stands under an older root, which a removed locker still knows. */
export function verifyWritable(newest: AccountRoot, collection: CollectionKey): CollectionKey {
  if (collection.generation !== newest.generation)
    throw new InputError("renew this collection before writing");
  return collection;
}

/** Seal a collection key under the root of its generation. */
export async function sealCollection(root: AccountRoot, collection: CollectionKey): Promise<Bytes> {
  const { collectionId, key, names, epoch, kind } = verifyWritable(root, collection);
  const place = context("collection", root.accountId, root.generation, collectionId);
  const plaintext = pad(concat(key, names, writeNumber(epoch), writeText(kind)));
  return seal(await kdf(root.key, context("wrap-collections")), place, plaintext);
}

/**
 * Open a collection key with whichever root it is sealed under; the newest first is fastest.
 *
 * @throws OpenError whatever the reason.
 */
export async function openCollection(
  roots: readonly AccountRoot[],
  collectionId: Bytes,
  blob: Uint8Array,
): Promise<CollectionKey> {
  for (const root of roots) {
    const octets = await unsealed(root, collectionId, blob);
    if (octets === null) continue;
    const reader = new LayoutReader(unpad(octets));
    const [key, names] = [reader.take(KEY_BYTES), reader.take(KEY_BYTES)];
    const [epoch, kind] = [reader.number(), reader.text()];
    reader.end();
    return { collectionId, kind, epoch, generation: root.generation, key, names };
  }
  throw new OpenError();
}

/** Null if it is sealed under another root. */
async function unsealed(root: AccountRoot, collectionId: Bytes, blob: Uint8Array): Promise<Bytes | null> {
  const place = context("collection", root.accountId, root.generation, collectionId);
  try {
    return await unseal(await kdf(root.key, context("wrap-collections")), place, blob);
  } catch (error) {
    if (error instanceof OpenError) return null;
    throw error;
  }
}
