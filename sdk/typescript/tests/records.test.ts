import assert from "node:assert/strict";
import { test } from "node:test";
import { vectorsIn } from "./files.js";
import type { RecordVector } from "./vectors/records.js";
import { runRecord } from "./vectors/records.js";

const vectors = vectorsIn<RecordVector>("records");

test("there are vectors of signed records", () => assert.ok(vectors.length > 200));

for (const vector of vectors) {
  test(`record ${vector.name} comes out as ${vector.expect}`, async () => {
    const { expected, found } = await runRecord(vector);
    assert.equal(found, expected);
  });
}
