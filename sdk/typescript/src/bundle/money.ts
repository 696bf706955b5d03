/** A statement, and what became of the earnings up to it: nothing moved while it was made (docs/spec/bundle.md, Money). */

import type { Answer } from "../client/answer.js";
import { BrokenAnswer } from "../client/errors.js";
import { disputes } from "../money/books.js";
import { type CheckedClaim, claims } from "../money/claims.js";
import { type CheckedRedemption, redemptions } from "../money/rewards.js";
import type { CheckedDispute } from "../owner/disputes.js";
import type { Owner } from "../owner/owner.js";
import type { Statement } from "../records/kinds.js";
import type { Signed } from "../records/signed.js";

const TRIES = 8;

export interface Money {
  readonly releases: readonly Answer[];
  readonly disputes: readonly CheckedDispute[];
  readonly claims: readonly CheckedClaim[];
  readonly redemptions: readonly CheckedRedemption[];
}

/** @throws BrokenAnswer if money moves all the time. */
export async function statementAndMoney(owner: Owner): Promise<readonly [Signed<Statement>, Money]> {
  let before = await fetchMoney(owner);
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    const [statement, after] = [await owner.statement(), await fetchMoney(owner)];
    if (JSON.stringify(moneyOf(before)) === JSON.stringify(moneyOf(after))) return [statement, after];
    before = after;
  }
  throw new BrokenAnswer("money keeps moving while the bundle is written");
}

async function fetchMoney(owner: Owner): Promise<Money> {
  return {
    releases: await owner.account.list("/v1/releases"),
    disputes: await disputes(owner),
    claims: await claims(owner),
    redemptions: await redemptions(owner),
  };
}

/** As the bundle has it. */
export function moneyOf(money: Money): unknown {
  return {
    releases: money.releases.map((row) => {
      return { size: row.whole("size"), since: row.whole("since"), root: row.hash("root") };
    }),
    disputes: money.disputes.map(({ dispute, decision }) => {
      return { dispute: dispute.jws, decision: decision?.jws ?? null };
    }),
    claims: money.claims.map(({ jws, payouts }) => ({ claim: jws, payouts: payouts.map((one) => one.jws) })),
    redemptions: money.redemptions.map(({ jws, reward, fulfilment, state }) => {
      return { reward: reward.jws, redemption: jws, fulfilment: fulfilment?.jws ?? null, state };
    }),
  };
}
