/** What to do with a vector of a share of a pool: tests/vectors/README.md, Pools. */

import { Answer } from "../../src/client/answer.js";
import { amountOf, verifyShares } from "../../src/owner/pools.js";
import { RECEIPT, verify, verifyGrant } from "../../src/records/index.js";
import type { Outcome } from "./outcome.js";
import { difference, outcomeOf } from "./outcome.js";

export interface PoolVector {
  readonly name: string;
  readonly expect: string;
  readonly key: string;
  readonly grants: readonly string[];
  readonly receipts: readonly string[];
  readonly share: Readonly<Record<string, unknown>>;
  readonly amount?: number;
}

export function runPool(vector: PoolVector): Promise<Outcome> {
  return outcomeOf(vector.name, vector.expect, () => check(vector));
}

async function check({ key, grants, receipts, share, amount }: PoolVector): Promise<string | undefined> {
  const books = {
    grants: await Promise.all(grants.map((jws) => verifyGrant(jws))),
    receipts: await Promise.all(receipts.map((jws) => verify(jws, RECEIPT, () => key))),
    keys: [key],
  };
  const shares = await verifyShares([new Answer(share)], books);
  return difference(
    shares.map((each) => Number(amountOf(each))),
    [amount],
  );
}
