import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Refused } from "../src/client/errors.js";
import { FleetingMemory } from "../src/client/memory.js";
import { InputError, ProofError } from "../src/errors.js";
import { Owner } from "../src/owner/owner.js";
import { Partner } from "../src/partner/partner.js";
import { ROOT } from "./files.js";
import type { RunningVault } from "./running-vault.js";
import { runVault, withoutPython } from "./running-vault.js";

const DOMAIN = "music.example";
const PURPOSE = "dpv:ServicePersonalisation";

const OFFER = {
  clusters: ["music.play/what", "music.play/when"],
  purposes: [PURPOSE],
  reason: "To suggest what to hear next.",
  price: 50_000,
  budget: 5_000_000,
  max_uses: 100,
  look_back_days: 400,
  future_items: true,
  duration_days: 90,
  retention_days: 30,
};

function plays(titles: readonly string[], month: string) {
  const each = <T>(value: (title: string, row: number) => T): T[] => titles.map(value);
  return {
    id: each((title) => `spotify:${title}`),
    name: each((title) => title),
    by: each(() => ["Alder Lane"]),
    end: each((_, row) => `${month}-0${row + 1}T07:12:00Z`),
    country: each(() => "PT"),
  };
}

/** The month that is `back` months before this one. */
function month(back: number): string {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back, 1)).toISOString().slice(0, 7);
}

async function soon<T>(ask: () => Promise<T>): Promise<T> {
  for (const deadline = Date.now() + 20_000; ; ) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof Refused) || error.code !== "not-yet" || Date.now() > deadline) throw error;
      await new Promise((resume) => setTimeout(resume, 200));
    }
  }
}

test("an owner and a partner meet at a real vault", { skip: withoutPython }, async (place) => {
  const vault = await runVault();
  try {
    await meet(vault, (words) => place.diagnostic(words));
  } catch (error) {
    place.diagnostic(vault.words());
    throw error;
  } finally {
    await vault.stop();
  }
});

async function meet(vault: RunningVault, say: (words: string) => void): Promise<void> {
  const [hers, theirs] = [new FleetingMemory(), new FleetingMemory()];
  const partner = await Partner.create(DOMAIN, "Music Example", vault.url, theirs);
  await vault.topUp(DOMAIN, 100_000_000);
  const owner = await Owner.create(vault.url, hers);
  await owner.write("music.play", month(1), plays(["Rain at Nine", "Guérison"], month(1)));
  await owner.write("music.play", month(2), plays(["First Snow"], month(2)));
  assert.equal((await owner.items()).length, 2);

  const kid = await owner.connect(DOMAIN);
  await partner.ask({ ...OFFER, owner: kid });
  const [ask] = await owner.asks();
  assert.ok(ask !== undefined);
  const preview = owner.preview(ask, { clusters: ["music.play/what"], max_uses: 12 });
  assert.match(preview.text, /“Music Example” \(music\.example\) asks for data/);
  await owner.grant(ask, preview);

  const [grant] = await partner.grants();
  assert.ok(grant !== undefined);
  const items = await partner.items(grant);
  assert.equal(items.length, 2);
  const opened = await partner.use(grant, items);
  const columns = opened.items.map((item) => item.columns);
  assert.deepEqual(columns.flatMap((column) => column["name"] ?? []).sort(), [
    "First Snow",
    "Guérison",
    "Rain at Nine",
  ]);
  assert.ok(columns.every((column) => !("country" in column) && !("id" in column) && !("end" in column)));
  assert.equal(opened.receipt.record.price, OFFER.price);

  await owner.write("music.play", month(0), plays(["Later On"], month(0)));
  assert.equal((await partner.items(grant)).length, 3, "a later item is covered at once");
  const begun = performance.now();
  for (let use = 0; use < 10; use++) await partner.use(grant, items);
  say(
    `a use, from its signature to its rows: ${((performance.now() - begun) / 10).toFixed(1)} ms with the vault`,
  );
  assert.equal((await partner.receipts(grant)).length, 11);

  const { verified } = await soon(() => partner.proof(opened.receipt));
  assert.equal(verified.receipt.hash, opened.receipt.hash);
  const receipts = await owner.receipts();
  assert.equal(receipts.length, 11);
  const statement = await owner.statement();
  const earned = receipts.reduce((sum, { receipt }) => sum + receipt.record.price - receipt.record.fee, 0);
  assert.equal(statement.record.pending + statement.record.payable, earned);
  assert.equal((await owner.proof(opened.receipt)).verified.index, verified.index);

  const [given] = await owner.grants();
  assert.ok(given !== undefined);
  const closing = await owner.revoke(given);
  assert.equal(closing.record.seq, 12);
  await assert.rejects(partner.use(grant, items), Refused);
  assert.equal((await partner.receipts(grant)).at(-1)?.use, null);
  assert.equal((await owner.receipts()).length, 12);
  assert.ok((await partner.balance()).escrow === 0, "what is left in escrow goes back");

  const again = await Owner.create(vault.url, hers);
  assert.deepEqual((await again.open((await again.items())[0] ?? "")).columns["name"], [
    "Rain at Nine",
    "Guérison",
  ]);
}

test("an owner imports an export, and again without any change", { skip: withoutPython }, async () => {
  const vault = await runVault();
  try {
    const owner = await Owner.create(vault.url, new FleetingMemory());
    const name = "Streaming_History_Audio_2025_1.json";
    const files = [
      { name, bytes: readFileSync(`${ROOT}tests/sdk/importers/golden/spotify-extended/${name}`) },
    ];
    const first = await owner.importExport(files);
    assert.ok(first.kept > 0 && first.written > 0);
    assert.equal((await owner.items()).length, first.written);
    assert.equal((await owner.importExport(files)).written, 0);
    const rows = await Promise.all((await owner.items()).map(async (item) => (await owner.open(item)).rows));
    assert.equal(
      rows.reduce((sum, each) => sum + each, 0),
      first.kept - first.duplicates,
    );
  } finally {
    await vault.stop();
  }
});

test("a reply that was lost is fetched again, and nothing is paid twice", {
  skip: withoutPython,
}, async () => {
  const vault = await runVault();
  try {
    let losing = false;
    const lossy: typeof fetch = async (address, request) => {
      const answer = await fetch(address, request);
      if (losing && String(address).endsWith("/v1/uses")) throw new TypeError("the line went dead");
      return answer;
    };
    const partner = await Partner.create(DOMAIN, "Music Example", vault.url, new FleetingMemory(), {
      fetch: lossy,
    });
    await vault.topUp(DOMAIN, 100_000_000);
    const owner = await Owner.create(vault.url, new FleetingMemory());
    await owner.write("music.play", month(1), plays(["Rain at Nine"], month(1)));
    await partner.ask({ ...OFFER, owner: await owner.connect(DOMAIN) });
    const [ask] = await owner.asks();
    assert.ok(ask !== undefined);
    await owner.grant(ask, owner.preview(ask));
    const [grant] = await partner.grants();
    assert.ok(grant !== undefined);
    losing = true;
    await assert.rejects(partner.use(grant, await partner.items(grant)));
    losing = false;
    const [outcome] = await partner.resume();
    assert.ok(outcome !== undefined && "items" in outcome);
    assert.deepEqual(outcome.items[0]?.columns["name"], ["Rain at Nine"]);
    assert.equal((await owner.receipts()).length, 1);
    assert.deepEqual(await partner.resume(), []);
  } finally {
    await vault.stop();
  }
});

test("a vault that shows an older journal, or another trust file, is found out", {
  skip: withoutPython,
}, async () => {
  const vault = await runVault();
  try {
    let lying = false;
    const liar: typeof fetch = async (address, request) => {
      const answer = await fetch(address, request);
      if (!lying || !String(address).endsWith("/v1/account")) return answer;
      const told = (await answer.json()) as Record<string, unknown>;
      return Response.json({ ...told, journal: { seq: 0, head: null } });
    };
    const memory = new FleetingMemory();
    const owner = await Owner.create(vault.url, memory, { fetch: liar });
    await owner.write("music.play", month(1), plays(["Rain at Nine"], month(1)));
    lying = true;
    await assert.rejects(owner.items(), ProofError);
    const trust = (await (await fetch(`${vault.url}/v1/trust`)).text()).replace('"quorum":0', '"quorum": 0');
    await assert.rejects(Owner.create(vault.url, memory, { trust }), ProofError);
  } finally {
    await vault.stop();
  }
});

test("uses in one request are answered one by one, and a lost reply is fetched again", {
  skip: withoutPython,
}, async () => {
  const vault = await runVault();
  try {
    let losing = false;
    const lossy: typeof fetch = async (address, request) => {
      const answer = await fetch(address, request);
      if (losing && String(address).endsWith("/v1/uses")) throw new TypeError("the line went dead");
      return answer;
    };
    const options = { fetch: lossy };
    const partner = await Partner.create(DOMAIN, "Music Example", vault.url, new FleetingMemory(), options);
    await vault.topUp(DOMAIN, 100_000_000);
    const owner = await Owner.create(vault.url, new FleetingMemory());
    for (const back of [1, 2])
      await owner.write("music.play", month(back), plays(["Rain at Nine"], month(back)));
    await partner.ask({ ...OFFER, max_uses: 4, owner: await owner.connect(DOMAIN) });
    const [ask] = await owner.asks();
    assert.ok(ask !== undefined);
    await owner.grant(ask, owner.preview(ask));
    const [grant] = await partner.grants();
    assert.ok(grant !== undefined);
    const [one = "", two = ""] = await partner.items(grant);
    const wishes = [[one, two], [one], ["A".repeat(22)], [two]].map((items) => ({ grant, items }));
    const outcomes = await partner.useBatch(wishes);
    const rows = outcomes.map((outcome) => ("items" in outcome ? outcome.items.length : outcome.constructor));
    assert.deepEqual(rows, [2, 1, Refused, 1]);
    losing = true;
    await assert.rejects(
      partner.useBatch([
        { grant, items: [one] },
        { grant, items: [two] },
      ]),
    );
    losing = false;
    const resumed = await partner.resume();
    const came = resumed.filter((outcome) => "items" in outcome);
    assert.deepEqual([came.length, resumed.length], [1, 2], "the fifth use is one too many");
    assert.equal((await partner.receipts(grant)).length, 4);
    assert.equal((await owner.receipts()).length, 4);
    await assert.rejects(async () => partner.useBatch([]), InputError);
  } finally {
    await vault.stop();
  }
});
