import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { bundled, inChromium, PAGE, served, withoutChromium } from "./chromium.js";
import { VECTORS, vectorsIn } from "./files.js";
import type { Outcome } from "./vectors/outcome.js";

interface ProofVector {
  readonly name: string;
  readonly expect: string;
  readonly trust: string;
  readonly file: string;
}

function proofsIn(folder: string): ProofVector[] {
  const text = (name: string): string => readFileSync(`${VECTORS}${folder}/${name}`, "utf8");
  const words = (name: string): Record<string, string> => JSON.parse(text(name));
  const trusts = words("trusts.json");
  return Object.entries(words("expectations.json")).map(([name, expect]) => ({
    name,
    expect,
    trust: text(trusts[name] ?? "trust.json"),
    file: text(`${name}.tlog-proof`),
  }));
}

function allVectors(): string {
  return JSON.stringify({
    records: vectorsIn("records"),
    sealing: vectorsIn("sealing"),
    pools: vectorsIn("pools"),
    proofs: proofsIn("proofs"),
    evidence: proofsIn("evidence"),
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
