/** What a bundle holds of the account itself: its chain, its lockers, its journal, its items (docs/spec/bundle.md, Checking 2 and 3). */

import type { Answer } from "../client/answer.js";
import { sha256 } from "../digest.js";
import { toBase64url } from "../encoding.js";
import type { AccountChain } from "../records/account-chain.js";
import { verifyAccount } from "../records/account-chain.js";
import { JournalWalk, type Newest } from "../records/journal.js";
import type { Manifest } from "../records/kinds.js";
import { must } from "../records/signed.js";
import type { BundleReader } from "./reader.js";

/** The account's chain. */
export async function chainOf(reader: BundleReader): Promise<AccountChain> {
  const chain = await verifyAccount(await reader.lines("account/chain"));
  must(chain.entries[0]?.record.account === reader.index.account, "the index names another account");
  return chain;
}

/** @throws ProofError unless exactly the lockers that stand are here, with the older root keys if there are any. */
export async function checkLockers(reader: BundleReader, chain: AccountChain): Promise<void> {
  const answer = await reader.account();
  const kids = answer.objects("lockers").map((row) => row.hash("kid"));
  must(
    kids.sort().join() === [...chain.lockers.keys()].sort().join(),
    "the lockers are not those that stand",
  );
  const roots = answer.bytesByName("secrets").has("roots");
  must(roots || chain.commitments.length === 1, "the older root keys are missing");
}

/** How long the journal is and how it ends, and the newest manifest of each item that is there; all checked. */
export async function checkItems(
  reader: BundleReader,
  chain: AccountChain,
): Promise<{ readonly seq: number; readonly head: string | null; readonly newest: Newest }> {
  const walk = new JournalWalk(chain);
  for (const raw of await reader.lines("journal")) await walk.step(raw);
  const { seq, head } = walk.end();
  const newest = new Map([...walk.newest].filter(([, { record }]) => record.fields.length > 0));
  const names = [...newest.keys()].map((item) => `items/${item}.json`);
  must(names.sort().join() === reader.under("items/").join(), "the items are not those of the journal");
  const collections = await reader.sealed("collections.json");
  for (const { record } of newest.values()) {
    await checkItem(record, await reader.object(`items/${record.item}.json`));
    must(collections.has(record.collection), "the collection of an item is missing");
  }
  return { seq, head, newest };
}

async function checkItem(manifest: Manifest, said: Answer): Promise<void> {
  const fields = said.bytesByName("fields");
  must(fields.size === manifest.fields.length, "an item has other fields than its manifest");
  for (const { field, sealed } of manifest.fields) {
    const hash = toBase64url(await sha256(fields.get(field) ?? new Uint8Array()));
    must(hash === sealed, "the sealed fields of an item are not those of its manifest");
  }
  const key = toBase64url(await sha256(said.bytes("key")));
  must(key === manifest.key, "the sealed key of an item is not that of its manifest");
}
