import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { bundled, inChromium, PAGE, served, withoutChromium } from "./chromium.js";
import { VECTORS, vectorsIn } from "./files.js";
import type { Outcome } from "./vectors/outcome.js";

function allVectors(): string {
  const expectations = JSON.parse(readFileSync(`${VECTORS}proofs/expectations.json`, "utf8")) as Record<
    string,
    string
  >;
  const trusts = JSON.parse(readFileSync(`${VECTORS}proofs/trusts.json`, "utf8")) as Record<string, string>;
  const proofs = Object.entries(expectations).map(([name, expect]) => {
    const trust = readFileSync(`${VECTORS}proofs/${trusts[name] ?? "trust.json"}`, "utf8");
    return { name, expect, trust, file: readFileSync(`${VECTORS}proofs/${name}.tlog-proof`, "utf8") };
  });
  return JSON.stringify({
    records: vectorsIn("records"),
    sealing: vectorsIn("sealing"),
    pools: vectorsIn("pools"),
    proofs,
  });
}

test("all vectors come out the same in Chromium", { skip: withoutChromium }, async (place) => {
  const pages = new Map([
    ["/", ["text/html", PAGE]],
    ["/page.js", ["text/javascript", await bundled("browser/page.ts")]],
    ["/vectors", ["application/json", allVectors()]],
  ] as const);
  const outcomes = await served(pages, (url) =>
    inChromium(async (page) => {
      await page.goto(url);
      await page.waitForFunction("globalThis.runAll !== undefined");
      return (await page.evaluate("runAll()")) as Record<string, Outcome[]>;
    }),
  );
  for (const [folder, each] of Object.entries(outcomes)) {
    place.diagnostic(`${folder}: ${each.length} in Chromium`);
    assert.ok(each.length > 20, folder);
    const other = each.filter(({ expected, found }) => expected !== found);
    assert.deepEqual(other, [], folder);
  }
});
