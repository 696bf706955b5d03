/** A person comes from another vault with her bundle, in English and in Chinese. */

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { exportBundle } from "planetvault/bundle/index";
import { FleetingMemory } from "planetvault/client/memory";
import { OwnerFiles } from "planetvault/files/index";
import { Password, RecoveryPhrase } from "planetvault/owner/openers";
import { Owner } from "planetvault/owner/owner";
import type { Page } from "playwright-core";
import { ARRIVE } from "../src/words/arriving.ts";
import { START } from "../src/words/keys.ts";
import { withoutBrowser } from "./files.ts";
import type { RunningVault } from "./running-vault.ts";
import { runVault } from "./running-vault.ts";
import type { Look, Visitor } from "./visitor.ts";
import { violations, visit } from "./visitor.ts";

const PASSWORD = "a password of hers";
const PATIENCE = 60_000;

test("an owner moves to this vault in the app", { skip: withoutBrowser }, async (place) => {
  const folder = mkdtempSync(`${tmpdir()}/planetvault-arriving-`);
  const [bundle, damaged] = [join(folder, "planet-vault.bundle"), join(folder, "damaged.bundle")];
  const [phrase, password] = [await RecoveryPhrase.create(), Password.create(PASSWORD)];
  let vault: RunningVault;
  const visitors: Visitor[] = [];

  before(async () => {
    const old = await runVault({ PLANETVAULT_ORIGIN: "old.example" });
    vault = await runVault({ PLANETVAULT_ORIGIN: "new.example" });
    const octets = await lived(old.url, phrase, password);
    await old.stop();
    writeFileSync(bundle, octets);
    octets[octets.length >> 1] = (octets[octets.length >> 1] ?? 0) ^ 1;
    writeFileSync(damaged, octets);
  });
  after(async () => {
    await Promise.all(visitors.map((one) => one.leave()));
    await vault.stop();
    rmSync(folder, { recursive: true });
  });
  const visitor = async (look: Look): Promise<Visitor> => {
    const one = await visit(vault.url, look);
    one.page.setDefaultTimeout(PATIENCE);
    visitors.push(one);
    return one;
  };
  const choose = (page: Page, file: string): Promise<void> =>
    page.locator("input[name=bundle]").setInputFiles(file);
  const troubled = async (page: Page, said: string): Promise<void> => {
    await page.locator("[data-act-trouble]", { hasText: said }).waitFor();
  };

  await place.test("with her words, after a damaged file, other words and a break", async () => {
    const w = ARRIVE.en;
    const { page, context, troubles } = await visitor({ language: "en" });
    await page.goto("/");
    await page.locator('a[href="#/arrive"]').click();
    await choose(page, damaged);
    await troubled(page, w.broken);
    assert.deepEqual(await violations(page), []);
    await choose(page, bundle);
    await page.locator("[data-whole]").waitFor();
    assert.match((await page.locator("dl.facts").textContent()) ?? "", /old\.example/);
    assert.deepEqual(await violations(page), []);
    await page.locator("#phrase").fill((await RecoveryPhrase.create()).words);
    await page.getByRole("button", { name: w.wordsDo }).click();
    await troubled(page, w.nothing);
    assert.deepEqual(troubles, []);

    const said = JSON.stringify({ code: "conflict-of-a-test", status: 400, detail: "it broke off" });
    const broken = { status: 400, contentType: "application/problem+json", body: said };
    await context.route("**/v1/journal", (route) => route.fulfill(broken), { times: 1 });
    await page.locator("#phrase").fill(phrase.words);
    await page.getByRole("button", { name: w.wordsDo }).click();
    await troubled(page, "it broke off");
    await page.getByRole("button", { name: w.wordsDo }).click();
    await page.getByText(w.doneText).waitFor();
    assert.deepEqual(await violations(page), []);
    await page.getByRole("link", { name: w.home }).click();
    await page.locator(".tiles").waitFor();
    await page.goto("/#/data/music.play");
    await page.locator("td", { hasText: "Rain at Nine" }).first().waitFor();
    await page.goto("/#/devices");
    await page.locator(".lines code").nth(3).waitFor();
  });

  await place.test("in Chinese, with a password, beside the device that is in already", async () => {
    const w = ARRIVE["zh-CN"];
    const { page, troubles } = await visitor({ language: "zh-CN" });
    await page.goto("/#/back");
    await page.locator('a[href="#/arrive"]').click();
    await choose(page, bundle);
    await page.locator("[data-whole]", { hasText: w.whole }).waitFor();
    await page.locator("#password").fill(PASSWORD);
    await page.locator("#secret").fill(password.text);
    await page.getByRole("button", { name: w.passwordDo }).click();
    await page.getByText(w.doneText).waitFor();
    assert.deepEqual(await violations(page), []);
    await page.getByRole("link", { name: w.home }).click();
    await page.locator(".tiles").waitFor();
    await page.reload();
    await page.locator(".tiles").waitFor();
    assert.deepEqual(troubles, []);
  });

  await place.test("a browser with another account keeps it", async () => {
    const w = ARRIVE.en;
    const { page, troubles } = await visitor({ language: "en" });
    await page.goto("/#/start");
    await page.getByRole("button", { name: START.en.neitherDo, exact: true }).click();
    await page.locator("[data-words] li").nth(11).waitFor();
    await page.goto("/#/arrive");
    await choose(page, bundle);
    await page.locator("#phrase").fill(phrase.words);
    await page.getByRole("button", { name: w.wordsDo }).click();
    await troubled(page, w.other);
    assert.deepEqual(troubles, []);
  });
});

/** A few months and a letter at a vault, as the bundle of them. */
async function lived(url: string, phrase: RecoveryPhrase, password: Password): Promise<Uint8Array> {
  const owner = await Owner.create(url, new FleetingMemory());
  for (const opener of [phrase, password]) await owner.addLocker(opener);
  for (const month of ["2026-03", "2026-04"])
    await owner.write("music.play", month, {
      id: [`spotify:${month}`],
      name: ["Rain at Nine"],
      by: [["Alder Lane"]],
      end: [`${month}-01T07:12:00Z`],
      played_ms: [180_000],
      country: ["PT"],
    });
  await new OwnerFiles(owner).put(new Blob(["a letter to herself"]), { name: "letter.txt" });
  const parts: Uint8Array[] = [];
  await exportBundle(owner, (octets) => {
    parts.push(octets);
  });
  return Buffer.concat(parts);
}
