/** What moves an owner's money beside receipts: shares of pools, and disputes with their decisions. */

import type { CheckedDispute } from "../owner/disputes.js";
import { verifyDispute } from "../owner/disputes.js";
import type { Owner } from "../owner/owner.js";
import type { PoolShare } from "../owner/pools.js";
import { booksOf, verifyShares } from "../owner/pools.js";
import type { Dispute, Receipt } from "../records/kinds.js";
import { DISPUTE } from "../records/kinds.js";
import { writeTime } from "../records/shape.js";
import type { Signed } from "../records/signed.js";
import { sign } from "../records/signed.js";

/**
 * What she got of the pots that offers promised, each worked out again from her receipts.
 *
 * @throws FormatError, SignatureError or ProofError if one is not what the formula makes of them.
 */
export async function pools(owner: Owner): Promise<readonly PoolShare[]> {
  const rows = await owner.account.list("/v1/pools");
  return verifyShares(rows, booksOf(await owner.receipts(), owner.account.trust));
}

/**
 * Say that a use was not right, while what it brought is pending.
 *
 * @throws Refused with `conflict` if it is disputed already, or its money is payable.
 */
export async function dispute(
  owner: Owner,
  receipt: Signed<Receipt>,
  reason: string,
): Promise<Signed<Dispute>> {
  const { trust, unlocked, clock } = owner.account;
  const key = await unlocked.identity.signingKeyFor(receipt.record.partner);
  const said = { vault: trust.vault, receipt: receipt.hash, reason, time: writeTime(clock()) };
  const signed = await sign(DISPUTE, said, key);
  await owner.account.put("POST", "/v1/disputes", { dispute: signed.jws });
  return signed;
}

/** Every dispute about a use of her data, by either side, oldest first. */
export async function disputes(owner: Owner): Promise<readonly CheckedDispute[]> {
  const rows = await owner.account.list("/v1/disputes");
  const receipts = rows.length === 0 ? [] : await owner.receipts();
  return Promise.all(rows.map((row) => verifyDispute(row, owner.account, receipts)));
}
