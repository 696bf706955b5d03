import assert from "node:assert/strict";
import { test } from "node:test";
import { Refused } from "../src/client/errors.js";
import { FleetingMemory } from "../src/client/memory.js";
import { RecoveryPhrase } from "../src/owner/openers.js";
import { Owner } from "../src/owner/owner.js";
import { Partner } from "../src/partner/partner.js";
import type { RunningVault } from "./running-vault.js";
import { runVault, withoutPython } from "./running-vault.js";

const DOMAIN = "music.example";
const COLUMNS = { id: ["a:1"], name: ["Rain at Nine"], by: [["Alder Lane"]], end: ["2026-03-01T07:12:00Z"] };
const OFFER = {
  clusters: ["music.play/what"],
  purposes: ["dpv:ServicePersonalisation"],
  reason: "To suggest what to hear next.",
  price: 50_000,
  budget: 500_000,
  max_uses: 10,
  look_back_days: 400,
  future_items: true,
  duration_days: 90,
  retention_days: 30,
};

async function withVault(run: (vault: RunningVault) => Promise<void>): Promise<void> {
  const vault = await runVault();
  try {
    await run(vault);
  } finally {
    await vault.stop();
  }
}

test("an item that its owner deletes is gone, and can be written again", { skip: withoutPython }, () =>
  withVault(async ({ url }) => {
    const owner = await Owner.create(url, new FleetingMemory());
    const { item } = (await owner.write("music.play", "2026-03", COLUMNS)).record;
    await owner.write("music.play", "2026-04", COLUMNS);
    await owner.delete(item);
    assert.equal((await owner.items()).length, 1);
    await assert.rejects(owner.open(item));
    await owner.delete(item);
    await owner.write("music.play", "2026-03", COLUMNS);
    assert.equal((await owner.open(item)).version, 3);
  }),
);

test(
  "a device that is new knows the partners of asks that nobody answered yet",
  { skip: withoutPython },
  () =>
    withVault(async ({ url }) => {
      const partner = await Partner.create(DOMAIN, "Music Example", url, new FleetingMemory());
      const owner = await Owner.create(url, new FleetingMemory());
      const phrase = await RecoveryPhrase.create();
      await owner.addLocker(phrase);
      await partner.ask({ ...OFFER, owner: await owner.connect(DOMAIN) });
      const other = await Owner.openWith(url, new FleetingMemory(), phrase);
      assert.deepEqual(
        (await other.asks()).map((ask) => ask.record.partner),
        [DOMAIN],
      );
    }),
);

test("an account ends with the vault's signed word, and opens for nobody", { skip: withoutPython }, () =>
  withVault(async ({ url }) => {
    const memory = new FleetingMemory();
    const owner = await Owner.create(url, memory);
    await owner.write("music.play", "2026-03", COLUMNS);
    await assert.rejects(
      owner.eraseAccount(1),
      (error) => error instanceof Refused && error.code === "conflict",
    );
    const erasure = await owner.eraseAccount();
    assert.equal(erasure.record.manifests, 1);
    assert.equal(erasure.record.account, owner.account.unlocked.account);
    await assert.rejects(Owner.open(url, memory));
  }),
);
