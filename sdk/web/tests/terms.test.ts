import assert from "node:assert/strict";
import { test } from "node:test";
import { Refused } from "planetvault/client/errors";
import type { Receipt } from "planetvault/records/kinds";
import type { Signed } from "planetvault/records/signed";
import { reach } from "../src/partner/reach.ts";
import { emptyTerms, microsOf, readTerms, type TypedTerms } from "../src/partner/terms.ts";

const KID = "k".repeat(43);
const TYPED: TypedTerms = {
  ...emptyTerms(KID),
  ...{ clusters: ["music.play/what"], purposes: ["dpv:ServicePersonalisation"], reason: " To suggest. " },
  ...{ price: "0.05", max_uses: "10", campaign: "5" },
};

test("an amount is read to the micro, and nothing finer or looser", () => {
  for (const [text, micros] of [
    ["0.05", 50_000],
    ["0,05", 50_000],
    [" 12 ", 12_000_000],
    ["0.000001", 1],
    ["999999999.999999", 999_999_999_999_999],
  ] as const)
    assert.equal(microsOf(text), micros, text);
  for (const text of ["", "-1", "1e3", "0.0000001", "1.", ".5", "1 000", "1234567890"])
    assert.equal(microsOf(text), null, text);
});

test("terms that are whole are read, and a budget is the price of all uses", () => {
  const read = readTerms(TYPED, "everybody");
  assert.ok("terms" in read);
  assert.deepEqual([read.terms.price, read.terms.budget, read.terms.campaign], [50_000, 500_000, 5_000_000]);
  assert.equal(read.terms.reason, "To suggest.");
});

test("each field that is wrong is named", () => {
  const slips = (change: Partial<TypedTerms>, to: "everybody" | "owner" = "everybody") => {
    const read = readTerms({ ...TYPED, ...change }, to);
    return "slips" in read ? read.slips : {};
  };
  assert.deepEqual(slips({ clusters: [], purposes: [], reason: " " }), {
    ...{ clusters: "none", purposes: "none", reason: "empty" },
  });
  assert.deepEqual(slips({ reason: "r".repeat(501) }), { reason: "long" });
  assert.deepEqual(slips({ price: "free", max_uses: "0" }), { price: "money", max_uses: "whole" });
  assert.deepEqual(slips({ duration_days: "0", look_back_days: "36526" }), {
    ...{ duration_days: "days", look_back_days: "days" },
  });
  assert.deepEqual(slips({ paid_by_period: true }), { period_days: "periods" });
  assert.deepEqual(slips({ campaign: "0.49" }), { campaign: "campaign" });
  assert.deepEqual(slips({ campaign: "", pool: "x" }), { campaign: "money", pool: "money" });
  assert.deepEqual(slips({ owner: "short", campaign: "" }, "owner"), { owner: "kid" });
});

test("how far a chain is in the log is found with few questions", async () => {
  const receipts = Array.from({ length: 50 }, (_, at) => ({ record: { seq: 50 - at } }) as Signed<Receipt>);
  for (const newest of [0, 1, 17, 49, 50]) {
    let asked = 0;
    const proof = async (receipt: Signed<Receipt>): Promise<never> => {
      asked++;
      if (receipt.record.seq > newest) throw new Refused("not-yet", 404, "", "");
      return undefined as never;
    };
    assert.equal(await reach({ proof }, receipts, false), newest);
    assert.ok(asked <= 7, `${asked} questions`);
  }
  const broken = async (): Promise<never> => {
    throw new Refused("unavailable", 503, "", "");
  };
  await assert.rejects(reach({ proof: broken }, receipts, true), Refused);
});
