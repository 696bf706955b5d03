/** The end of items and collections, and the vault's word for it (docs/spec/deletion.md). In memory: `deletion/<hash>`. */

import { Refused } from "../client/errors.js";
import { fromBase64url } from "../encoding.js";
import { bodyOf, TRIES } from "../owner/items.js";
import type { Owner } from "../owner/owner.js";
import type { Deletion, Manifest } from "../records/kinds.js";
import { DELETION } from "../records/kinds.js";
import type { Signed } from "../records/signed.js";
import { must, verify } from "../records/signed.js";

/** What a deletion must say: the collection, and where the journal stood before and after. */
type Expected = Partial<Pick<Deletion, "collection" | "since" | "manifests" | "journal">>;

/**
 * Delete an item: its keys, fields and envelopes go, and the journal says so.
 *
 * @returns the vault's signed word for it; null if the item was gone before.
 * @throws SignatureError or ProofError if the record is not the vault's, or of something else.
 */
export function deleteItem(owner: Owner, item: string): Promise<Signed<Deletion> | null> {
  return owner.turns.take("journal", () => deleted(owner, item));
}

/**
 * Delete every item of one kind, such as `music.play`, and the keys of its collections.
 *
 * @returns the vault's words for it: one for each item, one for each collection.
 */
export function eraseCollection(owner: Owner, kind: string): Promise<readonly Signed<Deletion>[]> {
  const { account, stored } = owner;
  return owner.turns.take("journal", async () => {
    const words: Signed<Deletion>[] = [];
    await stored.journal.sync();
    for (const { record } of stored.journal.items()) {
      if ((await stored.collection(record.collection)).kind !== kind) continue;
      const word = await deleted(owner, record.item);
      if (word !== null) words.push(word);
    }
    for (const collection of await stored.forget(kind)) {
      const answer = await account.put("DELETE", `/v1/collections/${collection}`, {});
      words.push(await keep(owner, answer.record("deletion"), { collection, since: 0 }));
    }
    return words;
  });
}

/** The vault's words for everything it deleted of this account, oldest first, each checked and kept. */
export async function deletions(owner: Owner): Promise<readonly Signed<Deletion>[]> {
  const words: Signed<Deletion>[] = [];
  for (const row of await owner.account.list("/v1/deletions"))
    words.push(await keep(owner, row.record("deletion"), {}));
  return words;
}

async function deleted(owner: Owner, item: string): Promise<Signed<Deletion> | null> {
  const { journal } = owner.stored;
  for (let attempt = 1; ; attempt++) {
    await journal.sync();
    const manifest = journal.newest(item);
    if (manifest === null) return null;
    try {
      return await once(owner, manifest.record);
    } catch (error) {
      if (!(error instanceof Refused) || error.code !== "journal-moved" || attempt === TRIES) throw error;
    }
  }
}

async function once(owner: Owner, { item, version, collection }: Manifest): Promise<Signed<Deletion>> {
  const { account, stored } = owner;
  const [itemId, key] = [fromBase64url(item), new Uint8Array()];
  const sealed = { itemId, version: version + 1, key, fields: new Map() };
  const manifest = await stored.journal.signNext(collection, sealed);
  const answer = await account.put("POST", "/v1/items", { items: [bodyOf(manifest, sealed, [])] });
  must(answer.hashOrNull("head") === manifest.hash, "the vault put the journal elsewhere");
  await stored.journal.append(manifest);
  const { seq } = manifest.record;
  const place = { collection: null, since: seq - 1, manifests: seq, journal: manifest.hash };
  return keep(owner, answer.record("deletion"), place);
}

/** The vault's word, checked and kept. */
async function keep({ account }: Owner, jws: string, expected: Expected): Promise<Signed<Deletion>> {
  const { trust, memory, unlocked } = account;
  const word = await verify(jws, DELETION, () => trust.keys);
  const said = word.record;
  const ours = said.vault === trust.vault && said.account === unlocked.account;
  const names = Object.keys(expected) as (keyof Expected)[];
  const right = ours && names.every((name) => said[name] === expected[name]);
  must(right, "the vault signed that it deleted something else than it was asked to");
  await memory.keep({ [`deletion/${word.hash}`]: word.jws });
  return word;
}
