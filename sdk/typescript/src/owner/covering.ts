/** Which items a grant covers, and the envelopes that open them. */

import { columnsOf } from "../clusters.js";
import { fromBase64url, toBase64url } from "../encoding.js";
import type { Grant } from "../records/kinds.js";
import type { Signed } from "../records/signed.js";
import { makeEnvelope, sealEnvelope } from "../sealing/envelope.js";
import { findGrantKey } from "../sealing/grant-key.js";
import { fieldIdOf } from "../sealing/item.js";
import type { AccountRoot } from "../sealing/tree.js";
import type { StoredItem, WrittenEnvelope } from "./items.js";
import { hashesIn } from "./items.js";

const PERIOD = /^\d{4}-\d\d(-\d\d)?$/;
const DAY = 86_400_000;
/** The kind of a file's item. */
export const FILE = "document.file";

/**
 * The columns of an item that a grant opens; none, if the grant does not cover the item.
 *
 * @param named the ids of the grants that a file names: its owner chose it for them, and for no other.
 */
export function coveredColumns(
  grant: Grant,
  kind: string,
  period: string,
  sealedAt: string,
  named: readonly string[] = [],
): readonly string[] {
  const columns = columnsOf(grant.clusters).get(kind) ?? [];
  if (kind === FILE) return named.includes(grant.id) ? columns : [];
  const within = reachesBack(grant.look_back_days, period, new Date(grant.time));
  if (!within || (sealedAt > grant.time && !grant.future_items)) return [];
  return columns;
}

/** Whether a look-back of so many days, counted from a moment, reaches the beginning of a period. */
export function reachesBack(days: number, period: string, from: Date): boolean {
  // A month or a day begins at midnight UTC; any other label is not about a time, so no look-back reaches it.
  const began = PERIOD.test(period) ? Date.parse(period.padEnd(10, "-01")) : Number.NaN;
  return began >= from.getTime() - days * DAY;
}

/** The envelope of one item version for one grant; null if the grant does not cover it. */
export async function envelopeFor(
  grant: Signed<Grant>,
  roots: readonly AccountRoot[],
  stored: StoredItem,
): Promise<WrittenEnvelope | null> {
  const { manifest, collection, key, period, named } = stored;
  const hashes = hashesIn(manifest.record);
  const covered = coveredColumns(grant.record, collection.kind, period, manifest.record.time, named);
  const ids = await Promise.all(covered.map((name) => fieldIdOf(collection, name)));
  const names = covered.filter((_, at) => hashes.has(ids[at] ?? ""));
  if (names.length === 0) return null;
  const { id, version, key_commitment } = grant.record;
  const grantKey = await findGrantKey(roots, fromBase64url(id), version, fromBase64url(key_commitment));
  const sealedAt = new Date(manifest.record.time);
  const envelope = await makeEnvelope(collection, key, hashes, names, sealedAt);
  const fields = envelope.fields.map((field) => field.fieldId).sort();
  return { grant: grant.hash, fields, sealed: toBase64url(await sealEnvelope(grantKey, envelope)) };
}
