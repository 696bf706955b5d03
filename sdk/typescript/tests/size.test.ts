import assert from "node:assert/strict";
import { basename } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { PACKAGE } from "./files.js";

/** In bytes, after gzip. */
const MOST_BYTES = 60 * 1024;

interface Sizes {
  /** What is loaded at once, whatever is used: the file itself, and every file that it imports. */
  readonly first: number;
  /** With what is loaded when it is first needed, but the two lists of words, which are no code. */
  readonly all: number;
}

async function sizesOf(...modules: readonly string[]): Promise<Sizes> {
  const contents = modules.map((module) => `export * from "./${module}";`).join("\n");
  const form = { bundle: true, minify: true, format: "esm", platform: "browser", target: "es2022" } as const;
  const stdin = { contents, resolveDir: `${PACKAGE}src`, sourcefile: "first.js" };
  const asked = { stdin, ...form, splitting: true, outdir: "out", write: false, metafile: true } as const;
  const { outputFiles, metafile } = await build(asked);
  const sizes = new Map(
    outputFiles.map((file) => [basename(file.path), gzipSync(file.contents, { level: 9 }).length]),
  );
  const imports = new Map(
    Object.entries(metafile.outputs).map(([path, one]) => [basename(path), one.imports]),
  );
  const first = new Set(["stdin.js"]);
  for (const name of first)
    for (const { kind, path } of imports.get(name) ?? [])
      if (kind === "import-statement") first.add(basename(path));
  const code = [...sizes.keys()].filter((name) => !/^(recovery|share)-words/.test(name));
  const sum = (names: Iterable<string>): number =>
    [...names].reduce((size, name) => size + (sizes.get(name) ?? 0), 0);
  return { first: sum(first), all: sum(code) };
}

test("all formats with all cryptography stay within 60 KB after gzip", async (place) => {
  const formats = ["records/index.js", "evidence/index.js", "sealing/index.js", "sealing/shares.js"];
  const { all } = await sizesOf(...formats, "sealing/letter.js");
  place.diagnostic(`formats and cryptography: ${all} bytes`);
  assert.ok(all <= MOST_BYTES, `${all} bytes`);
});

test("an owner's app, with all formats and all cryptography, loads at most 60 KB at first", async (place) => {
  const { first, all } = await sizesOf("index.js");
  place.diagnostic(`planetvault: ${first} bytes at first, ${all} in all`);
  assert.ok(first <= MOST_BYTES, `${first} bytes`);
  assert.ok(all > first && first > 10_000, "a bundle that small holds no cryptography");
});

for (const side of [
  "partner",
  "guardians",
  "joining",
  "bundle",
  "offers",
  "money",
  "webhooks",
  "files",
  "erasing",
  "arriving",
])
  test(`planetvault/${side} loads at most 60 KB at first`, async (place) => {
    const { first } = await sizesOf(`${side}/index.js`);
    place.diagnostic(`planetvault/${side}: ${first} bytes at first`);
    assert.ok(first <= MOST_BYTES, `${first} bytes`);
  });

test("checking a proof needs a fraction of that, and little more for one with a block", async (place) => {
  const { first, all } = await sizesOf("evidence/index.js");
  place.diagnostic(`evidence alone: ${first} bytes at first, ${all} in all`);
  assert.ok(first <= 14 * 1024, `${first} bytes`);
  assert.ok(all <= 17 * 1024, `${all} bytes`);
});
