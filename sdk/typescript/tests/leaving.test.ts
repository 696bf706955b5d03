import assert from "node:assert/strict";
import { test } from "node:test";
import { Refused } from "../src/client/errors.js";
import { FleetingMemory } from "../src/client/memory.js";
import { deleteItem, deletions, eraseAccount, eraseCollection } from "../src/erasing/index.js";
import { AnchorError, ProofError } from "../src/errors.js";
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
    const word = await deleteItem(owner, item);
    assert.deepEqual([word?.record.collection, word?.record.since, word?.record.manifests], [null, 2, 3]);
    assert.equal((await owner.items()).length, 1);
    await assert.rejects(owner.open(item));
    assert.equal(await deleteItem(owner, item), null);
    await owner.write("music.play", "2026-03", COLUMNS);
    assert.equal((await owner.open(item)).version, 3);
  }),
);

test(
  "a collection that its owner erases is gone with its key, and the vault's word is kept",
  {
    skip: withoutPython,
  },
  () =>
    withVault(async ({ url }) => {
      const memory = new FleetingMemory();
      const owner = await Owner.create(url, memory);
      for (const period of ["2026-03", "2026-04"]) await owner.write("music.play", period, COLUMNS);
      const words = await eraseCollection(owner, "music.play");
      assert.deepEqual(
        words.map(({ record }) => [record.collection === null, record.since, record.manifests]),
        [
          [true, 2, 3],
          [true, 3, 4],
          [false, 0, 4],
        ],
      );
      assert.deepEqual(await owner.items(), []);
      assert.deepEqual((await owner.account.get("/v1/collections")).objects("data"), []);
      const jws = words.map((word) => word.jws);
      assert.deepEqual(
        (await deletions(owner)).map((word) => word.jws),
        jws,
      );
      assert.deepEqual((await memory.under("deletion/")).map(([, kept]) => kept).sort(), jws.toSorted());
      await owner.write("music.play", "2026-05", COLUMNS);
      assert.equal((await owner.items()).length, 1);
    }),
);

test("a word that is not the vault's, or of another item, is found out", { skip: withoutPython }, () =>
  withVault(async ({ url }) => {
    let lie = (word: unknown): unknown => word;
    const lying: typeof fetch = async (address, request) => {
      const answer = await fetch(address, request);
      if (request?.method !== "POST" || !String(address).endsWith("/v1/items")) return answer;
      const told = (await answer.json()) as { deletion: unknown };
      return Response.json({ ...told, deletion: lie(told.deletion) }, { status: answer.status });
    };
    const owner = await Owner.create(url, new FleetingMemory(), { fetch: lying });
    const items: string[] = [];
    for (const period of ["2026-03", "2026-04", "2026-05"])
      items.push((await owner.write("music.play", period, COLUMNS)).record.item);
    const [first = "", second = "", third = ""] = items;
    const before = (await deleteItem(owner, first))?.jws;
    lie = () => before;
    await assert.rejects(deleteItem(owner, second), ProofError);
    lie = (word) => String(word).replace(/.(?=.{20}$)/, (digit) => (digit === "A" ? "B" : "A"));
    await assert.rejects(deleteItem(owner, third), AnchorError);
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
      eraseAccount(owner, 1),
      (error) => error instanceof Refused && error.code === "conflict",
    );
    const erasure = await eraseAccount(owner);
    assert.equal(erasure.record.manifests, 1);
    assert.equal(erasure.record.account, owner.account.unlocked.account);
    await assert.rejects(Owner.open(url, memory));
  }),
);
