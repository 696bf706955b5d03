/** How she comes back: a second device by a code and six digits, and guardians when all else is lost. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import type { Locator, Page } from "playwright-core";
import { begin, fill, givePasskey, type Tongue } from "./acts.ts";
import { PYTHON, ROOT } from "./files.ts";
import { runVault } from "./running-vault.ts";
import type { Told } from "./told.ts";
import { type Visitor, violations, visit } from "./visitor.ts";

const PATIENCE = 40_000;
const LIN = "Lin";

export async function tellRescue(told: Told, tongue: Tongue): Promise<void> {
  const vault = await runVault();
  const people: Visitor[] = [];
  const visitor = async (): Promise<Visitor> => {
    const one = await visit(vault.url, { language: tongue });
    one.page.setDefaultTimeout(PATIENCE);
    people.push(one);
    return one;
  };
  const check = (name: string, run: () => Promise<string | undefined>): Promise<void> =>
    told.check(`${tongue}: ${name}`, run);
  try {
    const { context, page } = await visitor();
    await givePasskey(context, page);
    await begin(page, tongue);
    await fill(page, tongue);
    const tiles = await tilesOf(page);

    const phone = (await visitor()).page;
    await check("a second device reads a code in a picture, and comes in by six digits", async () => {
      await letIn(page, phone);
      assert.equal(await tilesOf(phone), tiles);
      await page.goto("/#/devices");
      await page.locator("li.row").nth(3).waitFor();
      return undefined;
    });
    await check("other digits let nobody in", async () => {
      const thief = (await visitor()).page;
      await compare(page, thief);
      await page.locator("#digits").fill("000 000");
      await page.locator("form .chief").click();
      await page.locator("[data-act-trouble]").waitFor();
      await thief.locator("main .chief").last().click();
      await thief.locator("[data-act-trouble]").waitFor();
      return undefined;
    });

    const [mum, tom] = [(await visitor()).page, (await visitor()).page];
    await check("two people become her guardians, each with a number to compare", async () => {
      await page.goto("/#/guardians");
      for (const [at, guardian] of [mum, tom].entries()) {
        await guardian.goto("/#/guardian");
        await page.locator("#invitation").fill(await carried(guardian, "invitation"));
        await page.locator("#invitation").press("Tab");
        await page.keyboard.press("Enter");
        const said = await guardian.locator("[data-number]").textContent();
        assert.equal(await page.locator("[data-number]").nth(at).textContent(), said);
      }
      await page.locator("form .chief").click();
      for (const [at, guardian] of [mum, tom].entries()) {
        await guardian.locator("#letter").fill(await carried(page, `letter-${at + 1}`));
        await guardian.locator("#name").fill(LIN);
        await guardian.locator("#name").press("Enter");
        await guardian.locator("ul.lines strong", { hasText: LIN }).waitFor();
      }
      return undefined;
    });

    const found = (await visitor()).page;
    await check("with nothing left she asks them, and waits", async () => {
      await found.goto("/#/back/guardians");
      const [plea, number] = [
        await carried(found, "plea"),
        await found.locator("[data-number]").textContent(),
      ];
      for (const [at, guardian] of [mum, tom].entries()) {
        await guardian.locator("#whose").selectOption(LIN);
        await guardian.locator("#plea").fill(plea);
        await guardian.locator("#heard").fill("00000 00000 00000 00000 00000");
        await guardian.locator("#heard").press("Enter");
        await guardian.locator("[data-act-trouble]").waitFor();
        await guardian.locator("#heard").fill(number ?? "");
        await guardian.locator("#heard").press("Enter");
        await found.locator("#share").fill(await carried(guardian, "share"));
        await found.locator("form button").click();
        await found.locator(`[data-gathered="${at + 1}"]`).waitFor();
      }
      await asks(found, "waiting");
      return undefined;
    });
    await check("her old device tells her in plain sight, and one press stops it", async () => {
      await page.goto("/#/");
      await page.locator(".alarm a").waitFor();
      assert.deepEqual(await violations(page), []);
      await page.locator(".alarm a").click();
      await page.locator(".alarm .chief").waitFor();
      assert.deepEqual(await violations(page), []);
      await page.locator(".alarm .chief").press("Enter");
      await page.locator(".alarm").waitFor({ state: "detached" });
      await asks(found, "vetoed");
      return undefined;
    });
    await check("once the days are over the new browser is in, with everything", async () => {
      await asks(found, "waiting");
      vault.endWaiting();
      await found.reload();
      await ask(found).click();
      await found.locator('a.chief[href="#/"]').click();
      assert.equal(await tilesOf(found), tiles);
      return undefined;
    });
    await check("what she takes along as a bundle is found whole", async () => {
      await found.goto("/#/leave");
      const make = found.locator("section[aria-labelledby=move] button");
      const [file] = await Promise.all([found.waitForEvent("download"), make.click()]);
      const command = ["-m", "planetvault", "check-bundle", await file.path()];
      return /\d+ items/.exec(execFileSync(PYTHON, command, { cwd: ROOT }).toString())?.[0];
    });
    await check("nothing broke the rules of the page on the way", async () => {
      assert.deepEqual(
        people.flatMap(({ troubles }) => troubles),
        [],
      );
      return undefined;
    });
  } finally {
    await Promise.all(people.map((one) => one.leave()));
    await vault.stop();
  }
}

const ask = (page: Page): Locator => page.locator("section[aria-labelledby=open] .chief");

async function asks(page: Page, state: "waiting" | "vetoed"): Promise<void> {
  await ask(page).click();
  const [outcome, trouble] = [page.locator(`[data-outcome="${state}"]`), page.locator("[data-act-trouble]")];
  await outcome.or(trouble).first().waitFor();
  assert.deepEqual(await trouble.allTextContents(), []);
}

async function tilesOf(page: Page): Promise<string | null> {
  await page.goto("/#/");
  await page.locator(".tiles a").nth(2).waitFor();
  return page.locator(".tiles").textContent();
}

/** The text that a page shows for carrying elsewhere. */
async function carried(page: Page, file: string): Promise<string> {
  return (await page.locator(`[data-carried="${file}"] pre`).textContent()) ?? "";
}

/** A picture of the code that one page shows, taken by the other. */
async function photograph(from: Page, file: string, to: Page, field: string): Promise<void> {
  const buffer = await from.locator(`[data-carried="${file}"] svg`).screenshot();
  await to.locator(`#${field}-picture`).setInputFiles({ name: "code.png", mimeType: "image/png", buffer });
  const expected = await carried(from, file);
  for (const deadline = Date.now() + PATIENCE; (await to.locator(`#${field}`).inputValue()) !== expected; ) {
    assert.ok(Date.now() < deadline, `${file} is not read from its picture`);
    await to.waitForTimeout(50);
  }
}

/** Both devices up to the six digits. */
async function compare(host: Page, newcomer: Page): Promise<void> {
  await host.goto("/#/more");
  await host.goto("/#/devices/new");
  await newcomer.goto("/#/back/device");
  await photograph(newcomer, "offer", host, "offer");
  await host.locator("form .chief").click();
  await photograph(host, "answer", newcomer, "answer");
  await newcomer.locator("form .chief").click();
  await photograph(newcomer, "reveal", host, "reveal");
}

async function letIn(host: Page, newcomer: Page): Promise<void> {
  await compare(host, newcomer);
  await host.locator("#digits").fill((await newcomer.locator("[data-digits]").textContent()) ?? "");
  await host.locator("form .chief").click();
  await host.locator('a.chief[href="#/devices"]').waitFor();
  await newcomer.locator("main .chief").last().click();
  await newcomer.locator(".tiles").waitFor();
}
