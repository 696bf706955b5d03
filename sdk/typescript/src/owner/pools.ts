/**
 * What an owner got of the pots that offers promised, each share worked out again from her receipts
 * (docs/spec/pool.md). Loaded when there is one.
 */

import type { Answer } from "../client/answer.js";
import type { Bytes } from "../encoding.js";
import { concat, fromBase64url, u64be } from "../encoding.js";
import { verifyInclusion } from "../evidence/merkle.js";
import type { Trust } from "../evidence/trust.js";
import type { Division, Grant, Offer, Receipt } from "../records/kinds.js";
import { DIVISION, OFFER } from "../records/kinds.js";
import type { Signed } from "../records/signed.js";
import { must, verify, vouched } from "../records/signed.js";
import type { CheckedReceipt } from "./receipts.js";

/** One grant's part of a pot; `before` are the points of the grants in earlier places. */
export interface PoolShare {
  readonly offer: Signed<Offer>;
  readonly division: Signed<Division>;
  readonly grant: string;
  readonly index: number;
  readonly before: number;
  readonly points: number;
  readonly path: readonly Bytes[];
}

/** What a share is held against: her grants, all of her receipts, and the keys of the vault. */
export interface Books {
  readonly grants: readonly Signed<Grant>[];
  readonly receipts: readonly Signed<Receipt>[];
  readonly keys: readonly string[];
}

export function booksOf(checked: readonly CheckedReceipt[], { keys }: Trust): Books {
  return {
    grants: checked.map(({ grant }) => grant),
    receipts: checked.map(({ receipt }) => receipt),
    keys,
  };
}

/**
 * A share as the vault shows it, checked by the five steps of its page.
 *
 * @throws FormatError, SignatureError or ProofError if it is not what the formula makes of her receipts.
 */
export async function verifyShare(row: Answer, books: Books): Promise<PoolShare> {
  const share = {
    // No key of the partner is needed: every byte of the offer is named by the division and by her grant.
    offer: await vouched(row.record("offer"), OFFER),
    division: await verify(row.record("division"), DIVISION, () => books.keys),
    grant: row.hash("grant"),
    index: row.whole("index"),
    before: row.whole("before"),
    points: row.whole("points"),
    path: row.hashes("path").map(fromBase64url),
  };
  verifyPot(share, books);
  verifyPlace(share);
  const entry = concat(u64be(share.before), u64be(share.points), fromBase64url(share.grant));
  const { grants, root } = share.division.record;
  await verifyInclusion(entry, BigInt(share.index), BigInt(grants), share.path, fromBase64url(root));
  return share;
}

function verifyPot({ offer, division, grant, points }: PoolShare, { grants, receipts }: Books): void {
  const [{ record, hash }, said] = [offer, division.record];
  const hers = grants.find((given) => given.hash === grant);
  must(hers?.record.ask === hash && said.offer === hash, "a share is of another grant, offer or division");
  must(
    said.pot === record.pool && said.currency === record.currency && said.vault === record.vault,
    "another pot was divided than was offered",
  );
  const counted = receipts.filter(({ record: receipt }) => {
    return receipt.grant === grant && receipt.use !== null && receipt.time < record.expires;
  });
  must(points === counted.length && points > 0, "a share counts other uses than there are receipts");
}

function verifyPlace({ division, index, before, points }: PoolShare): void {
  const { points: total, grants } = division.record;
  const upto = BigInt(before) + BigInt(points);
  const first = index > 0 || before === 0;
  const last = index !== grants - 1 || upto === BigInt(total);
  must(upto <= total && first && last, "a share's place is not between the first point and the last");
}

/** Its part of the pot, in micros: both sums are rounded down, so what is cut off is carried on. */
export function amountOf({ division, before, points }: PoolShare): bigint {
  const [pot, total] = [BigInt(division.record.pot), BigInt(division.record.points)];
  const from = BigInt(before);
  return (pot * (from + BigInt(points))) / total - (pot * from) / total;
}

/**
 * These shares as the vault shows them, all checked; each grant has one at most.
 *
 * @throws as `verifyShare`.
 */
export async function verifyShares(rows: readonly Answer[], books: Books): Promise<readonly PoolShare[]> {
  const shares: PoolShare[] = [];
  for (const row of rows) shares.push(await verifyShare(row, books));
  must(
    new Set(shares.map(({ grant }) => grant)).size === shares.length,
    "one grant has two shares of a pool",
  );
  return shares;
}
