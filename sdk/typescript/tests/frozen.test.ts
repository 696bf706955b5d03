import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ROOT } from "./files.js";
import { type Frozen, freeze } from "./frozen/freeze.js";
import { openedAgain } from "./frozen/open.js";

for (const name of ["python", "typescript"]) {
  test(`what ${name} sealed in the first version of the formats still opens`, async () => {
    const file = readFileSync(`${ROOT}tests/frozen/first/${name}.json`, "utf8");
    assert.equal(await openedAgain(JSON.parse(file) as Frozen), undefined);
  });
}

test("what is sealed today opens in the same way, and not after a change", async () => {
  const today = await freeze();
  assert.equal(await openedAgain(today), undefined);
  const [item = ""] = Object.keys(today.items);
  const { key = "" } = today.items[item] ?? {};
  const changed = { ...today, items: { ...today.items, [item]: { key, fields: {} } } };
  await assert.rejects(openedAgain(changed));
});
