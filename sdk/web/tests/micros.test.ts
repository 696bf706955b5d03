import assert from "node:assert/strict";
import { test } from "node:test";
import { microsOf, typedOf } from "../src/money/micros.ts";

test("an amount is read to the last micro, with a point or a comma", () => {
  const read = { "0.05": 50_000, "0,05": 50_000, "12": 12_000_000, " 1.000001 ": 1_000_001, "0.30": 300_000 };
  for (const [typed, micros] of Object.entries(read)) assert.equal(microsOf(typed), micros, typed);
});

test("what is no amount above zero is none", () => {
  for (const typed of [
    "",
    "0",
    "0.000000",
    "-1",
    "1.0000001",
    "1e3",
    "1.",
    ".5",
    "1,000.00",
    "0x10",
    "9999999999",
  ])
    assert.equal(microsOf(typed), null, typed);
});

test("an amount that is shown to be changed is read as itself", () => {
  for (let micros = 1; micros < 10 ** 15; micros = micros * 7 + 3)
    assert.equal(microsOf(typedOf(micros)), micros);
});
