import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { PACKAGE, VECTORS, vectorsIn } from "./files.js";
import type { Outcome } from "./vectors/outcome.js";

const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
// Without these, a headless Chromium talks to its maker's hosts at every start.
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"];
const QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync"];

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
  return JSON.stringify({ records: vectorsIn("records"), sealing: vectorsIn("sealing"), proofs });
}

async function bundled(): Promise<string> {
  const entryPoints = [`${PACKAGE}tests/browser/page.ts`];
  const { outputFiles } = await build({
    entryPoints,
    bundle: true,
    format: "esm",
    write: false,
    platform: "browser",
  });
  return outputFiles[0]?.text ?? "";
}

const without = existsSync(CHROMIUM) ? false : `no Chromium at ${CHROMIUM}`;

test("all vectors come out the same in Chromium", { skip: without }, async (place) => {
  const pages = new Map([
    ["/", ["text/html", '<!doctype html><script type="module" src="/page.js"></script>']],
    ["/page.js", ["text/javascript", await bundled()]],
    ["/vectors", ["application/json", allVectors()]],
  ]);
  const server = createServer((request, answer) => {
    const [type, body] = pages.get(request.url ?? "") ?? [];
    answer.writeHead(body === undefined ? 404 : 200, { "content-type": type ?? "text/plain" }).end(body);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const profile = mkdtempSync(`${tmpdir()}/planetvault-chromium-`);
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM,
    headless: true,
    args: [...FLAGS, ...QUIET],
  });
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await page.waitForFunction("globalThis.runAll !== undefined");
    const outcomes = (await page.evaluate("runAll()")) as Record<string, Outcome[]>;
    for (const [folder, each] of Object.entries(outcomes)) {
      place.diagnostic(`${folder}: ${each.length} in Chromium`);
      assert.ok(each.length > 40, folder);
      const other = each.filter(({ expected, found }) => expected !== found);
      assert.deepEqual(other, [], folder);
    }
  } finally {
    await browser.close();
    server.close();
    rmSync(profile, { recursive: true, force: true });
  }
});
