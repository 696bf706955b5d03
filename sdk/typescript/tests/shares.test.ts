import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fromHex, toHex, utf8 } from "../src/encoding.js";
import { InputError } from "../src/errors.js";
import { WORDS } from "../src/sealing/share-words.js";
import { combineShares, splitSecret } from "../src/sealing/shares.js";
import { PACKAGE } from "./files.js";

const PUBLISHED = `${PACKAGE}../../../shared/vectors/crypto/slip39-vectors.json`;
const LIST = `${PACKAGE}../python/planetvault/sealing/slip39_english.txt`;
const SECRET = fromHex("000102030405060708090a0b0c0d0e0f");

test("the words are those of the other implementation", () => {
  assert.deepEqual(WORDS, readFileSync(LIST, "utf8").trim().split("\n"));
});

test("all published vectors of SLIP-39 come out as published", { skip: !existsSync(PUBLISHED) }, async () => {
  const vectors = JSON.parse(readFileSync(PUBLISHED, "utf8")) as [string, string[], string][];
  assert.equal(vectors.length, 45);
  for (const [what, shares, secret] of vectors) {
    const combined = combineShares(shares, utf8("TREZOR"));
    if (secret === "") await assert.rejects(combined, InputError, what);
    else assert.equal(toHex(await combined), secret, what);
  }
});

test("any two of three shares bring a secret back, and one alone does not", async () => {
  const [one, two, three] = await splitSecret(SECRET, 2, 3);
  assert.ok(one !== undefined && two !== undefined && three !== undefined);
  for (const pair of [
    [one, two],
    [three, one],
    [two, three.toUpperCase()],
  ])
    assert.deepEqual(await combineShares(pair), SECRET);
  await assert.rejects(combineShares([one]), InputError);
  await assert.rejects(combineShares([one, one]), InputError);
});
