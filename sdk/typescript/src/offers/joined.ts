/** Pots that offers promised, in which she takes part and which are not divided yet (docs/spec/pool.md). */

import { Refused } from "../client/errors.js";
import type { Owner } from "../owner/owner.js";
import { must } from "../records/signed.js";
import type { ReadOffer } from "./offers.js";
import { readOffer } from "./offers.js";

/** A pot in which a grant of hers counts. Who else takes part, and how much, is known when it is divided. */
export interface JoinedPool {
  readonly offer: ReadOffer;
  /** The hash of her grant, and where it stands: revoked, it keeps the points it has. */
  readonly grant: string;
  readonly grantState: string;
  /** The receipts under it so far that count. */
  readonly points: number;
}

/**
 * Every pot that she joined by a grant and of which she has no share yet, oldest first.
 *
 * @throws SignatureError or ProofError if an offer is not its partner's, or a receipt is not in order.
 */
export async function joinedPools(owner: Owner): Promise<readonly JoinedPool[]> {
  const { account } = owner;
  const [grants, asks] = [await owner.grants(), await owner.asks()];
  const put = new Set(asks.map(({ hash }) => hash));
  const shared = new Set((await account.list("/v1/pools")).map((row) => row.hash("grant")));
  const receipts = await owner.receipts();
  const joined: JoinedPool[] = [];
  for (const { hash, record, state } of grants) {
    // A grant answers an ask that was put to her, or an offer.
    if (record.ask === null || put.has(record.ask) || shared.has(hash)) continue;
    const offer = await offerOf(owner, record.ask);
    if (offer === null) continue;
    const { pool, expires } = offer.record;
    const counted = receipts.filter(
      ({ receipt, grant, use }) => grant.hash === hash && use !== null && receipt.record.time < expires,
    );
    if (pool > 0) joined.push({ offer, grant: hash, grantState: state, points: counted.length });
  }
  return joined;
}

/** The offer that a grant answers; null if the vault has none of this name. */
async function offerOf(owner: Owner, hash: string): Promise<ReadOffer | null> {
  try {
    const offer = await readOffer(owner, await owner.account.vault.get(`/v1/offers/${hash}`));
    must(offer.hash === hash, "the vault shows another offer than it was asked for");
    return offer;
  } catch (error) {
    if (error instanceof Refused && error.code === "not-found") return null;
    throw error;
  }
}
