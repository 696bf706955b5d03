/** A bundle opened without any vault, by a locker alone: to read what is one's own for ever. */

import type { Answer } from "../client/answer.js";
import { readColumn } from "../columns.js";
import { fromBase64url } from "../encoding.js";
import { VaultError } from "../errors.js";
import type { OwnItem } from "../owner/items.js";
import type { Manifest } from "../records/kinds.js";
import { openItem } from "../sealing/item.js";
import type { AccountRoot } from "../sealing/tree.js";
import { openCollection } from "../sealing/tree.js";
import { checkBundle } from "./check.js";
import { chainOf, checkItems } from "./contents.js";
import type { Archive } from "./directory.js";
import { BundleBroken } from "./directory.js";
import type { BundleOpener } from "./opener.js";
import { BundleReader } from "./reader.js";
import { unlockBundle } from "./unlocking.js";

/**
 * Check a bundle, and open its items one after the other, in the order of the journal.
 *
 * @throws BundleBroken if it does not hold together.
 * @throws OpensNothing if this opener is none of the account's lockers.
 * @throws OpenError if the account is not the one that this locker vouches for.
 */
export async function* openBundle(bundle: Archive, opener: BundleOpener): AsyncGenerator<OwnItem> {
  await checkBundle(bundle);
  const reader = await BundleReader.open(bundle);
  const chain = await chainOf(reader);
  const { roots } = await unlockBundle(reader, chain, opener);
  const { newest } = await checkItems(reader, chain);
  const collections = await reader.sealed("collections.json");
  const manifests = [...newest.values()].map(({ record }) => record);
  for (const manifest of manifests.sort((one, other) => one.seq - other.seq))
    yield await opened(await reader.object(`items/${manifest.item}.json`), manifest, roots, collections);
}

async function opened(
  stored: Answer,
  { item, version, collection: id, key, fields }: Manifest,
  roots: readonly AccountRoot[],
  collections: ReadonlyMap<string, Uint8Array>,
): Promise<OwnItem> {
  const hashes = new Map(fields.map((field) => [field.field, field.sealed]));
  try {
    const collection = await openCollection(
      roots,
      fromBase64url(id),
      collections.get(id) ?? new Uint8Array(),
    );
    const sealed = { key: stored.bytes("key"), fields: stored.bytesByName("fields") };
    const found = await openItem(
      collection,
      { itemId: fromBase64url(item), version, ...sealed },
      hashes,
      key,
    );
    const columns = Object.fromEntries([...found.fields].map(([name, value]) => [name, readColumn(value)]));
    return { item, version, kind: found.kind, period: found.label, rows: found.rows, columns };
  } catch (cause) {
    if (!(cause instanceof VaultError)) throw cause;
    throw new BundleBroken("an item is not what its manifest says", { cause });
  }
}
