import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { PACKAGE } from "./files.js";

/** In bytes, after gzip. */
const MOST_BYTES = 60 * 1024;

interface Sizes {
  /** What is loaded at once, whatever is used. */
  readonly first: number;
  /** With what is loaded when it is first needed, but the two lists of words, which are no code. */
  readonly all: number;
}

async function sizesOf(...modules: readonly string[]): Promise<Sizes> {
  const contents = modules.map((module) => `export * from "./${module}";`).join("\n");
  const form = { bundle: true, minify: true, format: "esm", platform: "browser", target: "es2022" } as const;
  const stdin = { contents, resolveDir: `${PACKAGE}src`, sourcefile: "first.js" };
  const { outputFiles } = await build({ stdin, ...form, splitting: true, outdir: "out", write: false });
  const parts = outputFiles.map((file) => [file.path, gzipSync(file.contents, { level: 9 }).length] as const);
  const first = parts.find(([path]) => path.endsWith("stdin.js"))?.[1] ?? 0;
  const code = parts.filter(([path]) => !/(recovery|share)-words/.test(path));
  return { first, all: code.reduce((sum, [, size]) => sum + size, 0) };
}

test("all formats with all cryptography stay within 60 KB after gzip", async (place) => {
  const { all } = await sizesOf("records/index.js", "evidence/index.js", "sealing/index.js");
  place.diagnostic(`formats and cryptography: ${all} bytes`);
  assert.ok(all <= MOST_BYTES, `${all} bytes`);
});

test("a page that loads the whole SDK loads at most 60 KB at first", async (place) => {
  const { first, all } = await sizesOf("index.js");
  place.diagnostic(`the whole SDK: ${first} bytes at first, ${all} in all`);
  assert.ok(first <= MOST_BYTES, `${first} bytes`);
  assert.ok(all > first && first > 10_000, "a bundle that small holds no cryptography");
});

test("checking a proof needs a fraction of that, and little more for one with a block", async (place) => {
  const { first, all } = await sizesOf("evidence/index.js");
  place.diagnostic(`evidence alone: ${first} bytes at first, ${all} in all`);
  assert.ok(first <= 13 * 1024, `${first} bytes`);
  assert.ok(all <= 17 * 1024, `${all} bytes`);
});
