/**
 * Everything the vault keeps of this owner, checked and written to one file: to keep, or to leave with (docs/spec/bundle.md).
 *
 *     const parts: Uint8Array[] = [];
 *     await exportBundle(owner, (octets) => void parts.push(octets));
 *     new Blob(parts)
 *
 * It is sealed as it is stored, and signed by this device. `checkBundle` reads it without any vault, `openBundle` with one of
 * her lockers, and `planetvault/arriving` moves with it; so does the SDK for Python.
 */

import type { Answer } from "../client/answer.js";
import { Refused } from "../client/errors.js";
import { fetchPartner } from "../client/pinned.js";
import { sha256 } from "../digest.js";
import { toBase64url, utf8 } from "../encoding.js";
import { OwnerFiles } from "../files/index.js";
import { pools } from "../money/books.js";
import type { OwnItem } from "../owner/items.js";
import type { Owner } from "../owner/owner.js";
import type { PoolShare } from "../owner/pools.js";
import type { CheckedReceipt } from "../owner/receipts.js";
import type { Manifest } from "../records/kinds.js";
import { MANIFEST } from "../records/kinds.js";
import { writeTime } from "../records/shape.js";
import type { Signed } from "../records/signed.js";
import { must, vouched } from "../records/signed.js";
import { BundleWriter, type Sink } from "./archive.js";
import type { CheckedBundle } from "./check.js";
import type { Archive } from "./directory.js";
import { moneyOf, statementAndMoney } from "./money.js";
import type { BundleOpener } from "./opener.js";

export type { Sink } from "./archive.js";
export type { CheckedBundle } from "./check.js";
export { type Archive, BundleBroken } from "./directory.js";
export { type BundleOpener, Device } from "./opener.js";

/**
 * Check everything in a bundle, offline. What checks is loaded when it is needed.
 *
 * @throws BundleBroken naming the first thing that is wrong.
 */
export async function checkBundle(bundle: Archive): Promise<CheckedBundle> {
  return (await import("./check.js")).checkBundle(bundle);
}

/**
 * Check a bundle, and open its items one after the other, in the order of the journal; no vault is asked.
 *
 * @throws BundleBroken if it does not hold together.
 * @throws OpensNothing if this opener is none of the account's lockers.
 * @throws OpenError if the account is not the one that this locker vouches for.
 */
export async function* openBundle(bundle: Archive, opener: BundleOpener): AsyncGenerator<OwnItem> {
  yield* (await import("./opened.js")).openBundle(bundle, opener);
}

/**
 * Write a bundle.
 *
 * @throws ProofError if something is not as this device has seen it, or changes while it is written: write it anew.
 * @throws InputError for more than 1,000,000 files, or one of more than 64 MiB.
 */
export async function exportBundle(owner: Owner, sink: Sink): Promise<void> {
  const writer = new BundleWriter(sink);
  await writeAccount(owner, writer);
  await writeItems(owner, writer);
  await writeFiles(owner, writer);
  await writeGrants(owner, writer);
  await writeReceipts(owner, writer);
  const { trust, unlocked, clock } = owner.account;
  const said = { vault: trust.vault, account: unlocked.account, made: writeTime(clock()) };
  await writer.finish(said, unlocked.locker.signing);
}

async function writeAccount({ account }: Owner, writer: BundleWriter): Promise<void> {
  const answer = await account.show();
  await writer.add("trust.json", utf8((await account.memory.get("trust")) ?? ""));
  await writer.addLines(
    "account/chain",
    account.unlocked.chain.entries.map(({ jws }) => jws),
  );
  await writer.addJson("account/lockers.json", answer.objects("lockers").map(lockerIn));
  await writer.addJson("account/secrets.json", textsOf(answer.bytesByName("secrets")));
}

/** What the vault keeps of a locker, as it shows it. */
function lockerIn(row: Answer): unknown {
  return {
    kid: row.hash("kid"),
    kind: row.text("kind"),
    sealed_root: toBase64url(row.bytes("sealed_root")),
    root_mac: toBase64url(row.bytes("root_mac")),
    parameters: row.object("parameters").plain(),
    finder: row.hashOrNull("finder"),
  };
}

async function writeItems(owner: Owner, writer: BundleWriter): Promise<void> {
  const { account, stored } = owner;
  const { seq } = await stored.journal.sync();
  const places = await stored.journal.places(seq);
  const rows = (await account.list("/v1/journal")).slice(0, seq).map((row) => row.record("manifest"));
  const manifests = await Promise.all(rows.map((raw) => vouched(raw, MANIFEST)));
  must(
    places.slice(1).every(({ hash }, at) => hash === manifests[at]?.hash),
    "the vault shows another journal than the one that was checked",
  );
  await writer.addLines("journal", rows);
  const newest = new Map(manifests.map((manifest) => [manifest.record.item, manifest]));
  for (const manifest of newest.values())
    if (manifest.record.fields.length > 0) await writeItem(owner, writer, manifest);
  const kept = (await account.get("/v1/collections")).objects("data");
  const collections = new Map(kept.map((row) => [row.id("collection"), row.bytes("sealed")]));
  await writer.addJson("collections.json", textsOf(collections));
}

async function writeItem(
  { account }: Owner,
  writer: BundleWriter,
  { jws, record }: Signed<Manifest>,
): Promise<void> {
  const answer = await account.get(`/v1/items/${record.item}`);
  const [key, fields] = [answer.bytes("key"), answer.bytesByName("fields")];
  const sealed = record.fields.map(async ({ field, sealed: hash }) => {
    return toBase64url(await sha256(fields.get(field) ?? new Uint8Array())) === hash;
  });
  must(answer.record("manifest") === jws, "an item changed while it was exported");
  must(toBase64url(await sha256(key)) === record.key, "the vault shows another key than was signed");
  must(!(await Promise.all(sealed)).includes(false), "the vault shows other fields than were signed");
  const body = { key: toBase64url(key), fields: textsOf(fields) };
  await writer.addJson(`items/${record.item}.json`, body);
}

async function writeFiles(owner: Owner, writer: BundleWriter): Promise<void> {
  const files = new OwnerFiles(owner);
  for (const file of await files.list()) {
    const blob = toBase64url(file.reference.blobId);
    let number = 0;
    for await (const part of files.sealedParts(file))
      await writer.add(`blobs/${blob}/${String(number++).padStart(6, "0")}`, part);
  }
}

async function writeGrants(owner: Owner, writer: BundleWriter): Promise<void> {
  const grants = await owner.grants();
  await writer.addLines(
    "grants",
    grants.map(({ jws }) => jws),
  );
  for (const { partner, partner_key } of grants.map(({ record }) => record))
    await writePartner(owner, writer, partner, partner_key);
}

async function writePartner(owner: Owner, writer: BundleWriter, name: string, kid?: string): Promise<void> {
  if (writer.has(`partners/${name}`)) return;
  const { vault, memory } = owner.account;
  const history = await fetchPartner(vault, memory, name, kid);
  await writer.addLines(
    `partners/${name}`,
    history.map(({ jws }) => jws),
  );
}

async function writeReceipts(owner: Owner, writer: BundleWriter): Promise<void> {
  const [statement, money] = await statementAndMoney(owner);
  await writer.addLines("statement", [statement.jws]);
  await writer.addJson("money.json", moneyOf(money));
  // The keys of partners that rewarded her and that she granted nothing.
  for (const { reward } of money.redemptions) await writePartner(owner, writer, reward.record.partner);
  const checked = (await owner.receipts()).slice(0, statement.record.receipts);
  await writer.addJson("receipts.json", checked.map(receiptIn));
  await writer.addJson("pools.json", (await pools(owner)).map(shareIn));
  for (const { receipt } of checked) {
    const file = await proofOf(owner, receipt);
    if (file !== null) await writer.add(`proofs/${receipt.hash}.tlog-proof`, utf8(file));
  }
}

function receiptIn({ receipt, use, revocation, link }: CheckedReceipt): unknown {
  const { seq, prev, blind } = link;
  const [used, revoked] = [use?.jws ?? null, revocation?.jws ?? null];
  return { receipt: receipt.jws, use: used, revocation: revoked, link: { seq, prev, blind } };
}

function shareIn({ offer, division, grant, index, before, points, path }: PoolShare): unknown {
  const place = { grant, index, before, points, path: path.map(toBase64url) };
  return { offer: offer.jws, division: division.jws, ...place };
}

/** Null as long as the log has not taken the receipt up. */
async function proofOf(owner: Owner, receipt: CheckedReceipt["receipt"]): Promise<string | null> {
  try {
    return (await owner.proof(receipt)).file;
  } catch (error) {
    if (error instanceof Refused && error.code === "not-yet") return null;
    throw error;
  }
}

function textsOf(blobs: ReadonlyMap<string, Uint8Array>): Readonly<Record<string, string>> {
  return Object.fromEntries([...blobs].map(([name, blob]) => [name, toBase64url(blob)]));
}
