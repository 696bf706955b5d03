import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { Refused } from "../src/client/errors.js";
import { FleetingMemory } from "../src/client/memory.js";
import { AnchorError, InputError, ProofError } from "../src/errors.js";
import * as offers from "../src/offers/index.js";
import { RecoveryPhrase } from "../src/owner/openers.js";
import { Owner } from "../src/owner/owner.js";
import * as desk from "../src/partner/index.js";
import { ROOT } from "./files.js";
import type { RunningVault } from "./running-vault.js";
import { PYTHON, runVault, withoutPython } from "./running-vault.js";

const DAY = 86_400;
const TERMS = {
  clusters: ["music.play/what", "music.play/when"],
  purposes: ["dpv:ServicePersonalisation"],
  reason: "To suggest what to hear next.",
  price: 50_000,
  budget: 500_000,
  campaign: 5_000_000,
  pool: 0,
  max_uses: 10,
  period_days: 0,
  period_uses: 0,
  paid_by_period: false,
  look_back_days: 400,
  future_items: false,
  duration_days: 90,
  retention_days: 30,
};
const NEVER_ADVERTISING = { data: "*", purpose: "dpv:Advertising", least: null };

function plays() {
  const end = new Date(Date.now() - 40 * DAY * 1000).toISOString().slice(0, 19);
  return { id: ["spotify:1"], name: ["Rain at Nine"], by: [["Alder Lane"]], end: [`${end}Z`] };
}

/** Python opens the same account with the words, reads the rules and writes others. */
const IN_PYTHON = `
import sys
from planetvault import Owner
from planetvault.memory import RamMemory
from planetvault.owner import RecoveryPhrase
from planetvault.owner.rules import Rule
url, words = sys.argv[1:]
with Owner.open_with(url, RamMemory(), RecoveryPhrase(words)) as owner:
    print([(one.data, one.purpose, one.least) for one in owner.rules().rules])
    owner.set_rules([Rule("music", "*", 45_001)])
`;

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (const deadline = Date.now() + 60_000; ; ) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error("it did not come");
    await new Promise((resume) => setTimeout(resume, 300));
  }
}

interface Listing {
  data: Record<string, unknown>[];
}

/** The pots she takes part in: offer, state of her grant, points so far. */
async function joined(owner: Owner) {
  return (await offers.joinedPools(owner)).map(({ offer, grantState, points }) => [
    offer.hash,
    grantState,
    points,
  ]);
}

/** A vault that lies about one list. */
function lying(list: string, lie: (listing: Listing) => void): typeof fetch {
  return async (address, request) => {
    const answer = await fetch(address, request);
    if (!new URL(String(address)).pathname.endsWith(list) || request?.method !== "GET") return answer;
    const listing = (await answer.json()) as Listing;
    lie(listing);
    return new Response(JSON.stringify(listing), { status: answer.status });
  };
}

test("offers, rules and counter-offers at a real vault", { skip: withoutPython }, async (place) => {
  const vault: RunningVault = await runVault({
    PLANETVAULT_MODE: "test",
    PLANETVAULT_ORIGIN: "test.vault.example",
  });
  const hers = new FleetingMemory();
  try {
    const theirs = new FleetingMemory();
    const partner = await desk.Partner.create("music.example", "Music Example", vault.url, theirs);
    await desk.testTopUp(partner, 100_000_000);
    const owner = await Owner.create(vault.url, hers);
    const period = new Date(Date.now() - 40 * DAY * 1000).toISOString().slice(0, 7);
    await owner.write("music.play", period, plays());

    await place.test("an offer is found if she has such data and no rule says no", async () => {
      const [music, orders, adverts, unknown] = [
        await desk.offer(partner, TERMS),
        await desk.offer(partner, { ...TERMS, clusters: ["commerce.order/what"] }),
        await desk.offer(partner, { ...TERMS, purposes: ["dpv:PersonalisedAdvertising"] }),
        await desk.offer(partner, { ...TERMS, clusters: ["music.play/mood"] }),
      ];
      const found = async (looking = {}) =>
        (await offers.offersFor(owner, looking)).map(({ hash }) => hash).sort();
      assert.deepEqual(await found(), [music.hash, adverts.hash].sort());
      await offers.setRules(owner, [NEVER_ADVERTISING]);
      assert.deepEqual(await found(), [music.hash]);
      assert.deepEqual(await found({ held: [] }), []);
      assert.deepEqual(
        await found({ everything: true }),
        [music.hash, orders.hash, adverts.hash].sort(),
        "one in words that this device does not know is left out",
      );
      for (const { hash } of [orders, adverts, unknown]) await desk.withdraw(partner, hash);
    });

    await place.test(
      "an offer that its partner did not sign, or under another name, is refused",
      async () => {
        const shop = await desk.Partner.create("shop.example", "The Shop", vault.url, new FleetingMemory());
        const entries = (await shop.keys.entries()).map(({ jws }) => jws);
        const lies: ((listing: Listing) => void)[] = [
          ({ data: [row] }) => Object.assign(row ?? {}, { partner: entries }),
          ({ data: [row] }) => Object.assign(row ?? {}, { hash: "A".repeat(43) }),
          ({ data: [row] }) =>
            Object.assign(row ?? {}, { offer: `${String(row?.["offer"]).slice(0, -4)}AAAA` }),
        ];
        for (const lie of lies) {
          const deceived = await Owner.open(vault.url, hers, { fetch: lying("/v1/offers", lie) });
          await assert.rejects(offers.offersFor(deceived, { everything: true }), AnchorError);
        }
      },
    );

    await place.test("Python reads her rules, and she reads those that Python wrote", async () => {
      const phrase = await RecoveryPhrase.create();
      await owner.addLocker(phrase);
      const env = { ...process.env, PYTHONPATH: `${ROOT}sdk/python:${ROOT}` };
      const said = execFileSync(PYTHON, ["-c", IN_PYTHON, vault.url, phrase.words], { cwd: ROOT, env });
      assert.equal(said.toString().trim(), "[('*', 'dpv:Advertising', None)]");
      assert.deepEqual(await offers.rulesOf(owner), {
        seq: 2,
        paused: false,
        rules: [{ data: "music", purpose: "*", least: 45_001 }],
      });
      assert.deepEqual(await offers.offersFor(owner), [], "her part is 45,000");
    });

    await place.test("rules that are older than this device has seen are refused", async () => {
      const before = (await owner.account.show()).bytesByName("secrets").get("rules");
      assert.ok(before !== undefined);
      await offers.setRules(owner, []);
      const sealed = Buffer.from(before).toString("base64url");
      await owner.account.put("PUT", "/v1/account/secrets/rules", { sealed });
      await assert.rejects(offers.rulesOf(owner), ProofError);
      assert.equal((await offers.setRules(owner, [])).seq, 4, "she can always change them");
      assert.equal((await offers.rulesOf(owner)).seq, 4);
    });

    await place.test("a counter-offer wants less for more, and is granted as it was said", async () => {
      const [found] = await offers.offersFor(owner);
      assert.ok(found !== undefined);
      await assert.rejects(offers.counter(owner, found, { look_back_days: 401 }), InputError);
      await assert.rejects(offers.counter(owner, found, { clusters: ["music.play/where"] }), InputError);
      const made = await offers.counter(owner, found, {
        clusters: ["music.play/what"],
        price: 80_000,
        max_uses: 3,
      });
      assert.equal(made.record.budget, 240_000);
      await assert.rejects(offers.counter(owner, found, { price: 90_000 }), Refused);
      const [received] = await desk.counters(partner);
      assert.ok(received !== undefined);
      await desk.acceptCounter(partner, received, "As you say.");
      const ask = (await owner.asks()).find(({ record }) => record.counter === made.hash);
      assert.ok(ask !== undefined);
      assert.equal((await offers.ownTerms(owner, ask))?.price, 80_000);
      await owner.grant(ask, owner.preview(ask));
      const [told] = await offers.counters(owner);
      assert.deepEqual([told?.state, told?.acceptedBy], ["accepted", ask.hash]);
    });

    await place.test("while she has paused, nothing is used and nothing fits", async () => {
      const [grant] = await partner.grants();
      assert.ok(grant !== undefined);
      const items = await partner.items(grant);
      assert.equal((await offers.pause(owner, true)).paused, true);
      assert.deepEqual(await offers.offersFor(owner), []);
      await assert.rejects(partner.use(grant, items), (error) => {
        return error instanceof Refused && error.code === "owner-paused";
      });
      assert.equal((await offers.pause(owner, false)).paused, false);
      await partner.use(grant, items);
    });

    await place.test("a pot is shared, and her statement counts her share", async () => {
      for (const { hash } of await desk.offers(partner)) await desk.withdraw(partner, hash).catch(() => {});
      await desk.offer(partner, { ...TERMS, pool: 1_000_003 });
      const [found] = await offers.offersFor(owner);
      assert.ok(found !== undefined);
      await owner.grant(found, owner.preview(found));
      const grant = (await partner.grants()).find(({ record }) => record.ask === found.hash);
      assert.ok(grant !== undefined);
      assert.deepEqual(await joined(owner), [[found.hash, "standing", 0]]);
      await partner.use(grant, await partner.items(grant));
      assert.deepEqual(await joined(owner), [[found.hash, "standing", 1]], "grants for asks have no pot");
      const answersOther = lying(`/v1/offers/${found.hash}`, (row) =>
        Object.assign(row, { hash: grant.hash }),
      );
      await assert.rejects(joined(await Owner.open(vault.url, hers, { fetch: answersOther })), ProofError);
      const given = (await owner.grants()).find(({ record }) => record.ask === found.hash);
      await owner.revoke(given ?? assert.fail());
      assert.deepEqual(await joined(owner), [[found.hash, "revoked", 1]], "what was used goes on counting");
      const clock = await desk.TestClock.of(partner.vault);
      await clock.push(partner, 31 * DAY);
      const later = await Owner.open(vault.url, hers, { clock: clock.now });
      // A worker divides what has ended when it begins, and once a minute: begin again until it had ended.
      await until(async () => {
        const rest = vault.work();
        await new Promise((resume) => setTimeout(resume, 4000));
        await rest();
        return (await later.account.list("/v1/pools"))[0];
      });
      assert.deepEqual(await joined(later), [], "once it is divided, her share stands for it");
      const { pending, payable, receipts } = (await later.statement()).record;
      assert.deepEqual([pending + payable, receipts], [72_000 + 45_000 + 1_000_003, 3]);
      const withheld = lying("/v1/pools", (listing) => listing.data.splice(0));
      const deceived = await Owner.open(vault.url, hers, { clock: clock.now, fetch: withheld });
      await assert.rejects(deceived.statement(), ProofError, "a share that is not shown is not in the sum");
    });
  } catch (error) {
    place.diagnostic(vault.words());
    throw error;
  } finally {
    await vault.stop();
  }
});
