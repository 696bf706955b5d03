import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { Refused } from "../src/client/errors.js";
import { FleetingMemory } from "../src/client/memory.js";
import { fromHex, toHex } from "../src/encoding.js";
import { ProofError } from "../src/errors.js";
import * as money from "../src/money/index.js";
import { callOf, verifyLeaf } from "../src/money/withdrawal.js";
import { Owner } from "../src/owner/owner.js";
import * as desk from "../src/partner/index.js";
import { ROOT } from "./files.js";
import type { RunningVault } from "./running-vault.js";
import { PYTHON, runVault, withoutPython } from "./running-vault.js";

const PRICE = 200_000;
const HER_PART = 180_000;
const ADDRESS = `0x${"ab".repeat(20)}`;
const OFFER = {
  clusters: ["music.play/what"],
  purposes: ["dpv:ServicePersonalisation"],
  reason: "To suggest what to hear next.",
  price: PRICE,
  budget: 10 * PRICE,
  max_uses: 10,
  look_back_days: 400,
  future_items: false,
  duration_days: 90,
  retention_days: 30,
};

/** The tree, and the call of the contract, as Python makes them. */
const DISTRIBUTE = `
import json, sys
from anchor.chain.distribution import distribute
from anchor.chain.evm_distributor import withdraw_data
made = distribute({bytes([n + 1]) * 20: 1000 + n for n in range(int(sys.argv[1]))})
shares = []
for who, proof in made.proofs.items():
    amount = 999 + who[0]
    shares.append([who.hex(), amount, [one.hex() for one in proof], bytes(withdraw_data(who, amount, proof)).hex()])
print(json.dumps([made.root.hex(), shares]))
`;

test("an address is proved under a root of any size, and the contract is called as Python does", {
  skip: withoutPython,
}, () => {
  for (const size of [1, 2, 3, 7]) {
    const said = execFileSync(PYTHON, ["-c", DISTRIBUTE, String(size)], { cwd: ROOT }).toString();
    const [root, shares] = JSON.parse(said) as [string, [string, number, string[], string][]];
    for (const [address, amount, path, call] of shares) {
      const [account, proof] = [fromHex(address), path.map(fromHex)];
      const leaf = verifyLeaf({ account, cumulative: BigInt(amount) }, proof, fromHex(root));
      assert.equal(toHex(callOf(leaf, proof)), call);
      const more = { account, cumulative: BigInt(amount) + 1n };
      assert.throws(() => verifyLeaf(more, proof, fromHex(root)), ProofError);
    }
  }
});

/** An owner whose data a partner used so many times. */
async function used(vault: RunningVault, uses: number) {
  const partner = await desk.Partner.create("music.example", "Music", vault.url, new FleetingMemory());
  await vault.topUp("music.example", 10_000_000);
  const owner = await Owner.create(vault.url, new FleetingMemory());
  const period = new Date().toISOString().slice(0, 7);
  await owner.write("music.play", period, { id: ["spotify:1"], name: ["Rain"], by: [["Alder"]] });
  await partner.ask({ ...OFFER, owner: await owner.connect("music.example") });
  const ask = (await owner.asks())[0] ?? assert.fail();
  await owner.grant(ask, owner.preview(ask));
  const grant = (await partner.grants())[0] ?? assert.fail();
  const items = await partner.items(grant);
  for (let use = 0; use < uses; use++) await partner.use(grant, items);
  return { partner, owner };
}

test("what an owner earned is disputed, claimed, withdrawn and redeemed", {
  skip: withoutPython,
}, async () => {
  const vault = await runVault({
    PLANETVAULT_HOLDBACK_DAYS: "0",
    PLANETVAULT_PAYOUT_AGE_DAYS: "0",
    PLANETVAULT_PAYOUT_CONTRACT: `0x${"11".repeat(20)}`,
    PLANETVAULT_PAYOUT_CHAIN_ID: "31337",
  });
  try {
    const { partner, owner } = await used(vault, 5);
    const balance = async () => {
      const { pending, payable, leaving, paid } = (await owner.statement()).record;
      return { pending, payable, leaving, paid };
    };
    for (const deadline = Date.now() + 20_000; (await balance()).payable < 5 * HER_PART; ) {
      assert.ok(Date.now() < deadline, "nothing became payable");
      await new Promise((resume) => setTimeout(resume, 300));
    }

    assert.deepEqual(await money.brakes(owner), []);
    await assert.rejects(money.claim(owner, 10_000_000, "DE89"), (error) => {
      return error instanceof Refused && error.code === "insufficient-funds";
    });
    const bank = await money.claim(owner, 300_000, "DE89 3704 0044 0532 0130 00, Maya Example");
    const chain = [
      await money.claim(owner, 100_001, ADDRESS, "evm"),
      await money.claim(owner, 7, ADDRESS, "evm"),
    ];
    await assert.rejects(money.withdrawal(owner, chain[0] ?? assert.fail()), Refused);
    await vault.operate("/v1/payouts", { claim: bank.hash, outcome: "settled", reference: "line 2" });
    const made = await vault.operate("/v1/distributions", {});
    const { data, ...drawn } = await money.withdrawal(owner, chain[1] ?? assert.fail());
    assert.deepEqual(drawn, {
      contract: `0x${"11".repeat(20)}`,
      chainId: 31337,
      account: ADDRESS,
      cumulative: 100_008,
      root: made["root"],
    });
    assert.match(data, /^0x[0-9a-f]{8}0{24}(ab){20}/);
    assert.deepEqual(
      (await money.claims(owner)).map(({ state, payouts }) => [state, payouts.length]),
      [
        ["settled", 1],
        ["leaving", 0],
        ["leaving", 0],
      ],
    );

    const terms = {
      kind: "coupon",
      title: "A month for free",
      details: "For one account.",
      days: 7,
    } as const;
    await desk.offerReward(partner, { ...terms, price: 150_000, stock: 2 });
    const [reward] = await money.rewards(owner);
    assert.equal(reward?.stock, 2);
    await money.redeem(owner, reward ?? assert.fail());
    const [redeemed] = await desk.redemptions(partner);
    assert.equal(redeemed?.state, "leaving");
    await desk.fulfil(partner, redeemed ?? assert.fail(), "RAIN-2027");
    await desk.fulfil(partner, redeemed, "ANOTHER");
    const [kept] = await money.redemptions(owner);
    assert.deepEqual([kept?.state, kept?.code], ["fulfilled", "RAIN-2027"]);
    assert.deepEqual(await balance(), {
      pending: 0,
      payable: 5 * HER_PART - 300_000 - 100_008 - 150_000,
      leaving: 100_008,
      paid: 450_000,
    });
    assert.deepEqual(await money.pools(owner), []);
    assert.deepEqual(await money.appeals(owner), []);
  } finally {
    await vault.stop();
  }
});

test("a use is disputed while it is pending, a brake is appealed, and a decision counts", {
  skip: withoutPython,
}, async () => {
  const vault = await runVault();
  try {
    const { owner } = await used(vault, 2);
    const { receipt } = (await owner.receipts())[0] ?? assert.fail();
    const [brake] = await money.brakes(owner);
    assert.ok(brake?.until !== null && brake !== undefined);
    assert.equal(await money.appeal(owner, brake.code, "I am new here, and real."), 1);
    assert.deepEqual(
      (await money.appeals(owner)).map(({ brake, lifted }) => [brake, lifted]),
      [[brake.code, null]],
    );
    const made = await money.dispute(owner, receipt, "It was for something else.");
    assert.equal((await owner.statement()).record.pending, 2 * HER_PART);
    const said = { dispute: made.hash, share: 80_000, fee: 0, reason: "Half of it." };
    await vault.operate("/v1/decisions", said);
    const [decided] = await money.disputes(owner);
    assert.deepEqual([decided?.side, decided?.decision?.record.share], ["owner", 80_000]);
    const { pending, payable } = (await owner.statement()).record;
    assert.deepEqual([pending, payable], [HER_PART, HER_PART - 80_000]);
  } finally {
    await vault.stop();
  }
});
