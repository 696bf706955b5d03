import assert from "node:assert/strict";
import { test } from "node:test";
import { Answer } from "../src/client/answer.js";
import { ProofError } from "../src/errors.js";
import { verifyShares } from "../src/owner/pools.js";
import { RECEIPT, verify, verifyGrant } from "../src/records/index.js";
import { vectorsIn } from "./files.js";
import type { PoolVector } from "./vectors/pools.js";
import { runPool } from "./vectors/pools.js";

const vectors = vectorsIn<PoolVector>("pools");

for (const vector of vectors) {
  test(`share ${vector.name} comes out as ${vector.expect}`, async () => {
    const { expected, found } = await runPool(vector);
    assert.equal(found, expected);
  });
}

test("a share that is shown twice is not paid twice", async () => {
  const vector = vectors.find(({ name }) => name === "second_of_three");
  assert.ok(vector !== undefined);
  const books = {
    grants: await Promise.all(vector.grants.map((jws) => verifyGrant(jws))),
    receipts: await Promise.all(vector.receipts.map((jws) => verify(jws, RECEIPT, () => vector.key))),
    keys: [vector.key],
  };
  const row = new Answer(vector.share);
  await assert.rejects(verifyShares([row, row], books), ProofError);
});
