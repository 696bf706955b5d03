/** The whole story of an owner, told in one language, against a real vault and a real partner. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { begin, connect, fill, givePasskey, openAsk, SAID, type Tongue } from "./acts.ts";
import { runPartner } from "./partner.ts";
import { runVault } from "./running-vault.ts";
import type { Told } from "./told.ts";
import { visit } from "./visitor.ts";

const DOMAIN = "melody.example";
const PATIENCE = 20_000;

export async function tellStory(told: Told, tongue: Tongue): Promise<void> {
  const say = SAID[tongue];
  const vault = await runVault();
  const her = await visit(vault.url, { language: tongue });
  const phone = await visit(vault.url, { language: tongue, theme: "dark" });
  const melody = await runPartner(vault.url, DOMAIN, "Melody");
  const { page } = her;
  for (const each of [page, phone.page]) each.setDefaultTimeout(PATIENCE);
  const check = (name: string, run: () => Promise<string | undefined>): Promise<void> =>
    told.check(`${tongue}: ${name}`, run);
  let words: readonly string[] = [];
  let grant = "";
  let proof = Buffer.alloc(0);
  try {
    await vault.topUp(DOMAIN, 100_000_000);
    await check("she begins with a passkey, and makes and checks her kit", async () => {
      const begun = performance.now();
      await givePasskey(her.context, page);
      words = await begin(page, tongue);
      assert.equal(words.length, 12);
      return `${((performance.now() - begun) / 1000).toFixed(1)} s without the reading`;
    });
    await check("she imports, sees what is kept and left out, and it is sealed", async () => {
      await fill(page, tongue);
      await page.goto("/#/data");
      await page.locator("figure").nth(2).waitFor();
      return undefined;
    });
    await check("she finds a row by its title", async () => {
      await page.goto("/#/data/music.play");
      await page.locator("#search").fill("纸船 青石板");
      await page.locator("tbody tr", { hasText: "纸船过河" }).first().waitFor();
      assert.equal(await page.locator("tbody tr", { hasText: "Low Tide" }).count(), 0);
      return undefined;
    });
    await check("a partner asks, and the page shows her own rows", async () => {
      const owner = await connect(page, tongue, DOMAIN);
      assert.match(owner, /^[\w-]{43}$/);
      assert.deepEqual(await melody.tell({ do: "ask", owner }), {});
      await openAsk(page);
      assert.ok((await page.locator("tbody tr").count()) >= 4);
      return undefined;
    });
    await check("allow, less and decline are of one size, and nothing is ticked beforehand", async () => {
      const sizes = await Promise.all(
        [say.allow, say.less, say.decline].map((name) =>
          page.getByRole("button", { name, exact: true }).boundingBox(),
        ),
      );
      assert.equal(new Set(sizes.map((box) => `${box?.width} × ${box?.height}`)).size, 1);
      await page.getByRole("button", { name: say.less, exact: true }).click();
      assert.equal(await page.locator("input:checked").count(), 0);
      assert.ok(await page.getByRole("button", { name: say.likeThis }).isDisabled());
      return `${sizes[0]?.width} × ${sizes[0]?.height}`;
    });
    await check("she allows less: one cluster, one purpose, five uses", async () => {
      await page.locator('input[value="music.play/what"]').check();
      await page.locator('input[value="dpv:ServicePersonalisation"]').check();
      await page.locator("#uses").fill("5");
      await page.getByText(say.fiveUses, { exact: true }).waitFor();
      await page.getByRole("button", { name: say.likeThis }).click();
      await page.getByRole("link", { name: say.see }).click();
      await page.getByText("0 / 5").waitFor();
      grant = page.url().split("/").at(-1) ?? "";
      return undefined;
    });
    await check("the partner opens what was allowed, and no more", async () => {
      const opened = await melody.tell({ do: "use", items: 3 });
      assert.ok((opened.rows ?? 0) > 20);
      assert.deepEqual(opened.columns, ["by", "in", "media", "name", "played_ms", "ref"]);
      return `${opened.rows} rows`;
    });
    await check("she sees what the partner has seen, and what it earned her", async () => {
      await page.goto("/#/access");
      await page.goto(`/#/access/${grant}`);
      await page.getByText("1 / 5").waitFor();
      await page.locator("tbody tr").first().waitFor();
      await page.goto("/#/money");
      await page.locator("tbody tr", { hasText: "Melody" }).getByText("0.045").waitFor();
      return undefined;
    });
    await check("the receipt is checked in the page, against the keys she pinned", async () => {
      await page.goto("/#/receipts");
      await page.locator('a[href^="#/receipts/"]').first().click();
      for (const deadline = Date.now() + PATIENCE; ; ) {
        await page.getByRole("button", { name: say.checkNow }).click();
        const holds = await page
          .getByText(say.holds)
          .waitFor({ timeout: 2000 })
          .then(
            () => true,
            () => false,
          );
        if (holds) break;
        assert.ok(Date.now() < deadline, "it never holds");
      }
      const kept = page.getByRole("button", { name: say.keepProof });
      const [file] = await Promise.all([page.waitForEvent("download"), kept.click()]);
      proof = readFileSync(await file.path());
      return undefined;
    });
    await check(
      "she takes it back by the keyboard alone, in three steps, with a choice about erasing",
      async () => {
        await page.goto(`/#/access/${grant}`);
        await page.getByRole("link", { name: say.takeBack }).waitFor();
        await tabTo(page, say.takeBack);
        await page.keyboard.press("Enter");
        await page.locator("fieldset").waitFor();
        assert.equal(await page.locator("input:checked").count(), 0);
        await tabTo(page, say.eraseYes);
        await page.keyboard.press("Space");
        await tabTo(page, say.takeBackNow);
        await page.keyboard.press("Enter");
        await page.locator('a[href^="#/receipts/"]').waitFor();
        return undefined;
      },
    );
    await check("from then on the partner is refused, and she sees that", async () => {
      assert.notEqual((await melody.tell({ do: "use", items: 1 })).refused, undefined);
      return undefined;
    });
    await check("she answers an ask by the keyboard alone", async () => {
      const owner = await connect(page, tongue, DOMAIN);
      await melody.tell({ do: "ask", owner });
      await openAsk(page);
      await tabTo(page, say.allow);
      await page.keyboard.press("Enter");
      await page.getByRole("link", { name: say.see }).waitFor();
      return undefined;
    });
    await check("she takes everything with her as a file", async () => {
      await page.goto("/#/leave");
      const [file] = await Promise.all([page.waitForEvent("download"), page.locator("button.chief").click()]);
      const zip = readFileSync(await file.path());
      assert.equal(zip.subarray(0, 2).toString(), "PK");
      assert.ok(zip.includes("data/music.play/") && zip.includes("receipts/") && zip.includes("纸船过河"));
      return `${Math.round(zip.length / 1000)} KB`;
    });
    await check("on another device her twelve words bring everything back", async () => {
      await phone.page.goto("/#/back");
      await phone.page.locator("#phrase").fill(words.join(" "));
      await phone.page.getByRole("button", { name: say.openWords }).click();
      await phone.page.locator(".tiles a").nth(2).waitFor();
      await page.goto("/#/");
      const hers = await page.locator(".tiles").textContent();
      assert.equal(await phone.page.locator(".tiles").textContent(), hers);
      return undefined;
    });
    await check("without a network she browses, and checks a proof she kept", async () => {
      await page.goto("/#/data");
      await page.evaluate("navigator.serviceWorker.ready.then(() => true)");
      await page.reload();
      await page.locator("figure").first().waitFor();
      await her.context.setOffline(true);
      await page.reload();
      await page.goto("/#/data");
      await page.locator("figure").nth(2).waitFor({ timeout: 40_000 });
      await page.goto("/#/check");
      await page.locator("dl.facts").waitFor();
      const file = { name: "receipt.tlog-proof", mimeType: "text/plain", buffer: proof };
      await page.locator("input[name=proof]").setInputFiles(file);
      await page.getByText(say.holds).waitFor();
      await her.context.setOffline(false);
      return undefined;
    });
    await check("nothing broke the rules of the page", async () => {
      // Without a network, the browser itself says so in the console.
      const wrong = [...her.troubles, ...phone.troubles].filter(
        (words) => !/ERR_(INTERNET_DISCONNECTED|FAILED)/.test(words),
      );
      assert.deepEqual(wrong, []);
      return undefined;
    });
  } finally {
    await melody.stop();
    await Promise.all([her.leave(), phone.leave()]);
    await vault.stop();
  }
}

/** Press Tab until what has this name has the focus. */
async function tabTo(page: import("playwright-core").Page, name: string): Promise<void> {
  for (let pressed = 0; pressed < 120; pressed++) {
    await page.keyboard.press("Tab");
    const said = await page.evaluate(() => {
      const focused = document.activeElement;
      const label = focused instanceof HTMLInputElement ? focused.labels?.[0] : focused;
      return label?.textContent?.trim() ?? "";
    });
    if (said === name || said.startsWith(name)) return;
  }
  throw new Error(`the keyboard does not reach ${name}`);
}
