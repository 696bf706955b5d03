import assert from "node:assert/strict";
import { test } from "node:test";
import { ATTEMPTS, tried } from "./attacks/attempts.js";
import { attackedInChromium } from "./attacks/browser.js";
import { ROWS } from "./attacks/rows.js";
import { withoutChromium } from "./chromium.js";
import { withoutPython } from "./running-vault.js";

for (const each of ATTEMPTS) {
  test(`attack ${each.row}: ${each.name}`, async () => {
    assert.equal((await tried(each)).wrong, null);
  });
}

test("every attack is refused in Chromium", { skip: withoutChromium || withoutPython }, async (place) => {
  const results = await attackedInChromium();
  place.diagnostic(`attacks: ${results.length} attempts in Chromium`);
  assert.deepEqual(
    results.filter(({ wrong }) => wrong !== null),
    [],
  );
  const rows = new Set(results.map(({ row }) => row));
  assert.deepEqual(
    [...rows].sort((one, other) => one - other),
    Object.keys(ROWS).map(Number),
  );
});
