import assert from "node:assert/strict";
import { test } from "node:test";
import { vectorsIn } from "./files.js";
import type { SealingVector } from "./vectors/sealing.js";
import { operations, runSealing } from "./vectors/sealing.js";

const vectors = vectorsIn<SealingVector>("sealing");

test("the vectors of sealing ask for every operation there is", () => {
  assert.deepEqual(new Set(vectors.map((vector) => vector.operation)), new Set(operations));
});

for (const vector of vectors) {
  test(`sealing ${vector.name} comes out as ${vector.expect}`, async () => {
    const { expected, found } = await runSealing(vector);
    assert.equal(found, expected);
  });
}
