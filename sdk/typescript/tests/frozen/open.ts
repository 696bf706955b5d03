/** Open a frozen vault with its words, and a use with the partner's key; what differs from what was sealed comes back. */

import { Answer } from "../../src/client/answer.js";
import { readColumn } from "../../src/columns.js";
import { sha256 } from "../../src/digest.js";
import { fromBase64url, toBase64url } from "../../src/encoding.js";
import { readTrust } from "../../src/evidence/trust.js";
import { openItems, openShares } from "../../src/partner/opened.js";
import * as records from "../../src/records/index.js";
import * as sealing from "../../src/sealing/index.js";
import { difference } from "../vectors/outcome.js";
import type { Frozen } from "./freeze.js";

/** Undefined if everything comes out as it was sealed. */
export async function openedAgain(frozen: Frozen): Promise<string | undefined> {
  return (await vaultAgain(frozen)) ?? (await useAgain(frozen));
}

async function vaultAgain(frozen: Frozen): Promise<string | undefined> {
  const chain = await records.verifyAccount(frozen.chain);
  const walk = new records.JournalWalk(chain);
  for (const raw of frozen.journal) await walk.step(raw);
  walk.end();
  const roots = await rootsOf(frozen, chain);
  const opened = [];
  for (const { item } of frozen.opened) {
    const manifest = walk.newest.get(item)?.record;
    const stored = frozen.items[item];
    if (manifest === undefined || stored === undefined) return `no item ${item}`;
    const { collection: id, key, version } = manifest;
    const blob = fromBase64url(frozen.collections[id] ?? "");
    const collection = await sealing.openCollection(roots, fromBase64url(id), blob);
    const fields = new Map(
      Object.entries(stored.fields).map(([name, sealed]) => [name, fromBase64url(sealed)]),
    );
    const sealed = { itemId: fromBase64url(item), version, key: fromBase64url(stored.key), fields };
    const hashes = new Map(manifest.fields.map((field) => [field.field, field.sealed]));
    const { kind, label, fields: values } = await sealing.openItem(collection, sealed, hashes, key);
    const columns = Object.fromEntries([...values].map(([name, value]) => [name, readColumn(value)]));
    opened.push({ item, kind, label, columns });
  }
  return difference(opened, frozen.opened);
}

async function rootsOf(frozen: Frozen, chain: records.AccountChain): Promise<readonly sealing.AccountRoot[]> {
  const accountId = fromBase64url(frozen.account);
  const locker = await sealing.recoveryLocker(await sealing.entropyOf(frozen.words), accountId);
  const row = frozen.lockers.find(({ kid }) => kid === locker.signing.kid);
  if (row === undefined) throw new Error("the words open no locker");
  const commitments = chain.commitments.map(fromBase64url);
  const generation = commitments.length - 1;
  const sealed = { generation, blob: fromBase64url(row.sealed_root), rootMac: fromBase64url(row.root_mac) };
  const rootKid = fromBase64url(chain.entries[0]?.kid ?? "");
  const commitment = commitments[generation] ?? new Uint8Array();
  const root = await sealing.openRoot(locker, sealed, { accountId, rootKid, commitment });
  const older = fromBase64url(frozen.secrets["roots"] ?? "");
  return [root, ...[...(await sealing.openOlderRoots(root, commitments.slice(0, -1), older))].reverse()];
}

async function useAgain({ partner }: Frozen): Promise<string | undefined> {
  const [trust, grant] = [await readTrust(partner.trust), await records.verifyGrant(partner.grant)];
  const receipt = await records.verify(partner.answer.receipt, records.RECEIPT, () => trust.keys);
  const opener = await sealing.OpeningKey.fromSeed(fromBase64url(partner.seed));
  const key = await openShares(opener, grant, partner.answer.keys.map(fromBase64url));
  const items = await openItems(
    key,
    receipt,
    partner.answer.items.map((item) => new Answer(item)),
  );
  const use = toBase64url(await sha256(new TextEncoder().encode(`planetvault/use/v1\0${partner.use}`)));
  const found = { columns: items.map(({ columns }) => columns), use };
  return difference(found, { columns: partner.columns, use: receipt.record.use });
}
