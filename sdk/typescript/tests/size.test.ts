import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { PACKAGE } from "./files.js";

/** What a page loads that uses everything, with all cryptography: in bytes, after gzip. */
const MOST_BYTES = 60 * 1024;

async function sizes(entry: string): Promise<readonly number[]> {
  const entryPoints = [`${PACKAGE}src/${entry}`];
  const form = { bundle: true, minify: true, format: "esm", platform: "browser", target: "es2022" } as const;
  const { outputFiles } = await build({ entryPoints, ...form, splitting: true, outdir: "out", write: false });
  return outputFiles.map((file) => gzipSync(file.contents, { level: 9 }).length);
}

test("the whole SDK with all its cryptography stays within 60 KB after gzip", async (place) => {
  const parts = await sizes("index.ts");
  const total = parts.reduce((sum, size) => sum + size, 0);
  place.diagnostic(`all: ${total} bytes, in parts of ${parts.join(", ")}`);
  assert.ok(total <= MOST_BYTES, `${total} bytes`);
  assert.ok(total > 10_000, "a bundle that small holds no cryptography");
});

test("checking a proof needs a small part of it", async (place) => {
  const parts = await sizes("evidence/index.ts");
  const total = parts.reduce((sum, size) => sum + size, 0);
  place.diagnostic(`evidence: ${total} bytes`);
  assert.ok(total <= 20 * 1024, `${total} bytes`);
});
