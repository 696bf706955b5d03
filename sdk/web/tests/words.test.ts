import assert from "node:assert/strict";
import { test } from "node:test";
import { CATALOGUES } from "../src/words/all.ts";

type Leaf = string | ((...given: never[]) => string);

function* leaves(value: unknown, path: string): Generator<readonly [string, Leaf]> {
  if (typeof value === "string" || typeof value === "function") yield [path, value as Leaf];
  else for (const [name, part] of Object.entries(value as object)) yield* leaves(part, `${path}.${name}`);
}

/** A text as it comes out with plain values, the same for both languages. */
function spoken(leaf: Leaf): string {
  return typeof leaf === "string" ? leaf : (leaf as (...given: unknown[]) => string)("A1", 2, "C3", 4, 5, 6);
}

for (const [name, catalogue] of Object.entries(CATALOGUES)) {
  const [en, zh] = [new Map(leaves(catalogue.en, name)), new Map(leaves(catalogue["zh-CN"], name))];

  test(`every text of ${name} is there in both languages`, () => {
    assert.ok(en.size > 5);
    assert.deepEqual([...zh.keys()], [...en.keys()]);
    for (const [path, leaf] of [...en, ...zh]) assert.ok(spoken(leaf).trim() !== "", path);
  });

  test(`the Chinese of ${name} is Chinese, and says what is put into it`, () => {
    for (const [path, leaf] of zh) {
      const [chinese, english] = [spoken(leaf), spoken(en.get(path) ?? "")];
      assert.match(chinese, /[\u3400-\u9fff]|^[\x20-\x7e]{1,12}$/u, path);
      for (const value of english.match(/A1|C3/g) ?? [])
        assert.ok(chinese.includes(value), `${path}: ${value}`);
    }
  });
}
