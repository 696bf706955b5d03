/** What she is offered, what she proposes instead, and what she does with what she earned; in one language. */

import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { begin, fill, givePasskey, SAID, type Tongue } from "./acts.ts";
import { runPartner } from "./partner.ts";
import { runVault } from "./running-vault.ts";
import type { Told } from "./told.ts";
import { violations, visit } from "./visitor.ts";

const DOMAIN = "melody.example";
const PATIENCE = 20_000;
const ADDRESS = `0x${"ab".repeat(20)}`;

/** What is clicked on here, in both languages. */
const HERE = {
  en: {
    send: "Send it",
    never: "Never",
    add: "Add it",
    remove: "Remove",
    claim: "Claim it",
    redeem: "Redeem",
    yes: "Yes, redeem it",
    chain: "To an address on a chain, by the payout contract",
    make: "Ask for one now",
    keep: "Keep the signed statement",
  },
  "zh-CN": {
    send: "发送",
    never: "绝不",
    add: "添加",
    remove: "移除",
    claim: "申请提现",
    redeem: "兑换",
    yes: "是，兑换",
    chain: "由支付合约转到链上地址",
    make: "现在索取一份",
    keep: "保存签名对账单",
  },
} as const;

export async function tellEarning(told: Told, tongue: Tongue): Promise<void> {
  const [say, here] = [SAID[tongue], HERE[tongue]];
  const vault = await runVault({
    PLANETVAULT_HOLDBACK_DAYS: "0",
    PLANETVAULT_PAYOUT_AGE_DAYS: "0",
    PLANETVAULT_PAYOUT_CONTRACT: `0x${"11".repeat(20)}`,
    PLANETVAULT_PAYOUT_CHAIN_ID: "31337",
  });
  const her = await visit(vault.url, { language: tongue });
  const melody = await runPartner(vault.url, DOMAIN, "Melody");
  const { page } = her;
  page.setDefaultTimeout(PATIENCE);
  const check = (name: string, run: () => Promise<string | undefined>): Promise<void> =>
    told.check(`${tongue}: ${name}`, run);
  const offers = page.locator('main a[href^="#/offers/"]');
  const pausing = page.getByRole("switch");
  try {
    await vault.topUp(DOMAIN, 100_000_000);
    await givePasskey(her.context, page);
    await begin(page, tongue);
    await fill(page, tongue);
    await melody.tell({ do: "offer", terms: { clusters: ["music.play/what", "music.play/when"] } });
    await melody.tell({ do: "offer", terms: { purposes: ["dpv:PersonalisedAdvertising"] } });

    await check("her device finds the offers that fit", async () => {
      await visited(page, "/offers");
      await offers.nth(1).waitFor();
      assert.equal(await offers.count(), 2);
      return undefined;
    });
    await check("never for advertising: one rule, and that offer does not fit any more", async () => {
      await visited(page, "/rules");
      await page.locator("#purpose").selectOption("dpv:Advertising");
      assert.equal(await page.locator("input:checked").count(), 0);
      await page.getByLabel(here.never, { exact: true }).check();
      await page.getByRole("button", { name: here.add, exact: true }).click();
      await page.getByRole("button", { name: here.remove }).waitFor();
      await visited(page, "/offers");
      await offers.first().waitFor();
      assert.equal(await offers.count(), 1);
      await page.locator("summary").waitFor();
      return undefined;
    });
    await check("she proposes less for more, the partner accepts, and she is asked once more", async () => {
      await offers.first().click();
      await page.locator('a[href$="/counter"]').click();
      assert.equal(await page.locator("input:checked").count(), 0);
      await page.locator('input[value="music.play/what"]').check();
      await page.locator('input[value="dpv:ServicePersonalisation"]').check();
      await page.locator("#uses").fill("8");
      await page.locator("#price").fill("0.2");
      await page.getByRole("button", { name: here.send }).click();
      await page.locator("a.chief").waitFor();
      assert.deepEqual(await melody.tell({ do: "accept" }), {});
      await visited(page, "/offers");
      await page.locator('main a[href^="#/asks/"]').click();
      await page.getByRole("button", { name: say.allow, exact: true }).click();
      await page.getByRole("link", { name: say.see }).waitFor();
      return undefined;
    });
    await check(
      "she pauses everything by the keyboard, and the partner is refused until she goes on",
      async () => {
        await visited(page, "/access");
        assert.equal(await pausing.getAttribute("aria-checked"), "false");
        await pausing.focus();
        await page.keyboard.press("Space");
        await page.locator('[role="switch"][aria-checked="true"]').waitFor();
        assert.equal((await melody.tell({ do: "use", items: 1 })).refused, "OwnerPaused");
        assert.deepEqual(await violations(page), []);
        await visited(page, "/offers");
        await page.locator('main a[href="#/access"]').waitFor();
        await visited(page, "/access");
        await pausing.click();
        await page.locator('[role="switch"][aria-checked="false"]').waitFor();
        return undefined;
      },
    );
    await check("what she earned becomes payable, and the statement agrees", async () => {
      for (let use = 0; use < 5; use++)
        assert.ok(((await melody.tell({ do: "use", items: 1 })).rows ?? 0) > 0);
      for (const deadline = Date.now() + PATIENCE; ; ) {
        await visited(page, "/money");
        await page.locator(".sums").waitFor();
        if ((await page.locator(".sums > div").nth(2).textContent())?.includes("0.90")) break;
        assert.ok(Date.now() < deadline, "nothing became payable");
      }
      await page.getByRole("button", { name: here.make }).click();
      const kept = page.getByRole("button", { name: here.keep });
      const [file] = await Promise.all([page.waitForEvent("download"), kept.click()]);
      return file.suggestedFilename();
    });
    await check("she claims some of it to an address, and is told while it is not distributed", async () => {
      await page.locator('a[href="#/money/withdraw"]').click();
      assert.equal(await page.locator("input:checked").count(), 0);
      await page.locator("#amount").fill("0.300001");
      await page.getByLabel(here.chain).check();
      await page.locator("#to").fill("0xAB");
      await page.getByRole("button", { name: here.claim }).click();
      await page.locator("[data-act-trouble]", { hasText: "40" }).waitFor();
      await page.locator("#to").fill(ADDRESS);
      await page.getByRole("button", { name: here.claim }).click();
      await page.locator(".lines li button").click();
      await page.locator("[data-act-trouble]").waitFor();
      return undefined;
    });
    await check("she redeems a reward, and reads the code that only she can open", async () => {
      await melody.tell({ do: "reward", price: 150_000 });
      await visited(page, "/money/rewards");
      await page.getByRole("button", { name: here.redeem }).click();
      await page.getByRole("button", { name: here.yes }).click();
      await page.locator("section .lines li").waitFor();
      await melody.tell({ do: "fulfil", code: "RAIN-2027" });
      await visited(page, "/money/rewards");
      await page.locator("[data-code]").waitFor();
      assert.equal(await page.locator("[data-code]").textContent(), "RAIN-2027");
      return undefined;
    });
    await check("nothing broke the rules of the page", async () => {
      assert.deepEqual(her.troubles, []);
      return undefined;
    });
  } finally {
    await melody.stop();
    await her.leave();
    await vault.stop();
  }
}

/** Come to a screen anew, also from itself. */
async function visited(page: Page, path: string): Promise<void> {
  await page.goto("/#/about");
  await page.locator("[data-hash]").waitFor();
  await page.goto(`/#${path}`);
  await page.locator("h1").waitFor();
}
