/** What a use opened: checked against the receipt and against the owner's commitments. */

import type { Answer } from "../client/answer.js";
import type { Columns } from "../columns.js";
import { readColumn } from "../columns.js";
import { fromBase64url } from "../encoding.js";
import { OpenError } from "../errors.js";
import type { Grant, Receipt } from "../records/kinds.js";
import { sealedFieldsHash } from "../records/receipts.js";
import type { Signed } from "../records/signed.js";
import { must } from "../records/signed.js";
import { openEnvelope, openGranted } from "../sealing/envelope.js";
import type { GrantKey } from "../sealing/grant-key.js";
import { openGrantKey } from "../sealing/grant-key.js";
import type { OpeningKey } from "../sealing/hseal.js";
import { hashesOf } from "../sealing/item.js";

/** One item as far as the grant reaches. */
export interface OpenedItem {
  readonly item: string;
  readonly version: number;
  readonly kind: string;
  readonly sealedAt: Date;
  readonly columns: Columns;
}

/** What one use opened, in the order of its items, and the receipt that was paid for it. */
export interface Opened {
  readonly receipt: Signed<Receipt>;
  readonly items: readonly OpenedItem[];
}

/** The grant's key from the shares of its holders. */
export async function openShares(
  opener: OpeningKey,
  grant: Signed<Grant>,
  shares: readonly Uint8Array[],
): Promise<GrantKey> {
  const { id, partner, holders, key_commitment } = grant.record;
  const commitments = holders.map((holder) => fromBase64url(holder.commitment));
  const commitment = { shares: commitments, key: fromBase64url(key_commitment) };
  return openGrantKey(opener, fromBase64url(id), shares, commitment, {
    partner,
    ownerKid: fromBase64url(grant.kid),
  });
}

/**
 * The items of an answer.
 *
 * @throws ProofError if one is not what the receipt says was opened.
 * @throws OpenError if one is not what its owner sealed.
 */
export async function openItems(
  key: GrantKey,
  receipt: Signed<Receipt>,
  came: readonly Answer[],
): Promise<readonly OpenedItem[]> {
  const { opened } = receipt.record;
  must(opened.length === came.length, "the receipt names other items than came");
  const items = came.map(async (answer, at) => {
    const said = opened[at];
    const fields = answer.bytesByName("fields");
    const sealed = await sealedFieldsHash(await hashesOf(fields));
    must(
      said?.item === answer.id("item") && said.version === answer.whole("version"),
      "other items than came",
    );
    must(said.sealed === sealed, "the receipt names other bytes than came");
    const envelope = await openEnvelope(
      key,
      fromBase64url(said.item),
      said.version,
      answer.bytes("envelope"),
    );
    const columns = readColumns(await openGranted(envelope, fields));
    const { item, version } = said;
    return { item, version, kind: envelope.kind, sealedAt: new Date(envelope.sealedAt * 1000), columns };
  });
  return Promise.all(items);
}

function readColumns(fields: ReadonlyMap<string, Uint8Array>): Columns {
  const columns = [...fields].map(([name, value]) => [name, readColumn(value)] as const);
  if (new Set(columns.map(([, values]) => values.length)).size > 1) throw new OpenError();
  return Object.fromEntries(columns);
}
