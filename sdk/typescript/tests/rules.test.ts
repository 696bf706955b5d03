import assert from "node:assert/strict";
import { test } from "node:test";
import { fromUtf8, utf8 } from "../src/encoding.js";
import { FormatError } from "../src/errors.js";
import { brokenBy, readRules, writeRules } from "../src/offers/rules.js";
import type { Terms } from "../src/owner/wording.js";
import { vectorsIn } from "./files.js";

interface RulesVector {
  readonly name: string;
  readonly expect: string;
  readonly text: string;
  readonly terms?: Terms;
  readonly broken?: readonly number[];
}

for (const { name, expect, text, terms, broken } of vectorsIn<RulesVector>("rules")) {
  test(`rules ${name} come out as ${expect}`, () => {
    if (terms === undefined) {
      assert.throws(() => readRules(utf8(text)), FormatError);
      return;
    }
    const rules = readRules(utf8(text));
    const places = brokenBy(rules, terms).map((rule) => rules.rules.indexOf(rule));
    assert.deepEqual(places, broken);
    assert.equal(fromUtf8(writeRules(rules)), text);
  });
}
