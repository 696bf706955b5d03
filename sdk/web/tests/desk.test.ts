import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import {
  choosePurpose,
  DOMAIN,
  keepFile,
  listener,
  register,
  runTestVault,
  SomeOwner,
  topUp,
  typeTerms,
} from "./desk.ts";
import { withoutBrowser } from "./files.ts";
import type { RunningVault } from "./running-vault.ts";
import type { Visitor } from "./visitor.ts";
import { violations, visit } from "./visitor.ts";

test("a partner lives in the console", { skip: withoutBrowser }, async (place) => {
  const folder = mkdtempSync(`${tmpdir()}/planetvault-desk-`);
  let vault: RunningVault;
  let visitor: Visitor;
  let file = "";
  before(async () => {
    vault = await runTestVault();
    visitor = await visit(vault.url);
  });
  after(async () => {
    await visitor.leave();
    await vault.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const fileOf = (content: string): string => {
    const path = join(folder, "keys.json");
    writeFileSync(path, content);
    return path;
  };

  await place.test("without a partner, every page says how to begin", async () => {
    await visitor.page.goto("/#/partner/money");
    await visitor.page.getByRole("heading", { name: "There is no partner in this browser yet" }).waitFor();
    await visitor.page.getByRole("link", { name: "Begin" }).click();
    await visitor.page.getByRole("heading", { name: "Register" }).waitFor();
    assert.deepEqual(await violations(visitor.page), []);
  });

  await place.test("what is no domain, and what is no file of keys, is told", async () => {
    const { page } = visitor;
    await page.getByLabel("Your domain").fill("not a domain");
    await page.getByRole("button", { name: "Make the keys" }).click();
    await page.getByText("That is no domain").waitFor();
    await page.getByText("A name has 1 to 80 characters.").waitFor();
    await page.locator("input[name=keys]").setInputFiles(fileOf("{}"));
    await page.getByText("This is no file of keys.").waitFor();
    assert.deepEqual(await violations(page), []);
  });

  await place.test("it registers, and the browser shows its signing key to nobody", async () => {
    file = await register(visitor.page);
    assert.equal(JSON.parse(file).partner, DOMAIN);
    const kept = await visitor.page.evaluate(`(async () => {
      const open = (name) => new Promise((done) => { const asked = indexedDB.open(name); asked.onsuccess = () => done(asked.result); });
      const database = await open("planetvault-partner-keys");
      const all = await new Promise((done) => { const asked = database.transaction("keys").objectStore("keys").getAll(); asked.onsuccess = () => done(asked.result); });
      return all.map(({ key }) => key.extractable);
    })()`);
    assert.deepEqual(kept, [false]);
  });

  await place.test("another partner can't take the domain", async () => {
    const rival = await visit(vault.url);
    try {
      await rival.page.goto("/#/partner");
      await rival.page.getByLabel("Your domain").fill(DOMAIN);
      await rival.page.getByLabel("Your name, as owners see it").fill("A Rival");
      await rival.page.getByRole("button", { name: "Make the keys" }).click();
      await rival.page.getByText("Somebody has registered this domain already.").waitFor();
    } finally {
      await rival.leave();
    }
  });

  await place.test("it gets test money, makes an offer, and ends it", async () => {
    const { page } = visitor;
    await topUp(page);
    await page.goto("/#/partner/offers/new");
    await page.getByRole("button", { name: "Publish the offer" }).click();
    await page.getByText("Please look at these fields").waitFor();
    await page.getByText("Choose at least one.").first().waitFor();
    assert.deepEqual(await violations(page), []);
    await typeTerms(page);
    await choosePurpose(page);
    await page.getByLabel("Campaign, in USD").fill("100");
    await page.getByRole("button", { name: "Publish the offer" }).click();
    await page.getByText("There is not enough free money for this.").waitFor();
    await page.getByLabel("Campaign, in USD").fill("5");
    await page.getByRole("button", { name: "Publish the offer" }).click();
    await page.getByText("$5.00 left of $5.00").waitFor();
    await page.getByRole("button", { name: "End this offer" }).click();
    await page.getByRole("button", { name: "Yes, end it" }).click();
    await page.getByText("The offer has ended.").waitFor();
    await page.getByText("withdrawn").waitFor();
  });

  await place.test("it asks an owner, uses what she grants, and checks the receipt in the page", async () => {
    const { page } = visitor;
    const owner = await SomeOwner.meet(vault);
    await page.goto(`/#/partner/asks/new/${owner.kid}`);
    await typeTerms(page);
    await choosePurpose(page);
    await page.getByRole("button", { name: "Send the ask" }).click();
    await page.getByText("The ask is on its way").waitFor();
    await owner.allow();
    await page.goto("/#/partner/grants");
    await page.locator('a[href^="#/partner/grants/"]').click();
    await page.getByText("2 items are open now.").waitFor();
    await page.getByLabel("Items, the first … of them").fill("2");
    await page.getByRole("button", { name: "Use for $0.05" }).click();
    await page.getByText("2 rows for $0.05").waitFor();
    await page.getByText("Rain at Nine").waitFor();
    assert.deepEqual(await violations(page), []);
    await page.getByRole("link", { name: "See the receipt" }).click();
    await page.getByRole("heading", { name: "Receipt 1" }).waitFor();
    await page.locator("[data-state=committed]").or(page.locator("[data-state=recorded]")).waitFor();
    for (const deadline = Date.now() + 20_000; ; await page.waitForTimeout(500)) {
      await page.getByRole("button", { name: "Check now in this browser" }).click();
      const verdict = page.locator("p.figure, p.trouble").first();
      await verdict.waitFor();
      if ((await verdict.textContent()) === "This receipt holds.") break;
      assert.ok(Date.now() < deadline, (await verdict.textContent()) ?? "");
    }
    assert.deepEqual(await violations(page), []);
    await owner.revoke();
    await page.goto("/#/partner/record");
    await page.getByText("Grants given to you").waitFor();
    assert.deepEqual(await violations(page), []);
  });

  await place.test("the statement of the month says what was paid", async () => {
    const { page } = visitor;
    await page.goto("/#/partner/money");
    await page.getByRole("button", { name: "Work it out" }).click();
    await page.locator("[data-invoice]").getByText("$0.05").first().waitFor();
    assert.deepEqual(await violations(page), []);
  });

  await place.test("a webhook hears a test event, and hears it again", async () => {
    const { page } = visitor;
    const server = await listener();
    try {
      await page.goto("/#/partner/webhooks");
      await page.getByRole("button", { name: "Listen there" }).click();
      await page.getByText("A whole address, such as").waitFor();
      await page.getByLabel("URL").fill(server.url);
      await page.getByRole("checkbox", { name: "webhook.ping" }).check();
      await page.getByRole("button", { name: "Listen there" }).click();
      await page.getByRole("button", { name: "Send a test event" }).click();
      const arrived = page.locator("tr[data-delivery=delivered]");
      for (
        const deadline = Date.now() + 20_000;
        (await arrived.count()) === 0;
        await page.waitForTimeout(300)
      ) {
        assert.ok(Date.now() < deadline, "it did not arrive");
        await page.getByRole("button", { name: "Look again" }).click();
      }
      await arrived.getByRole("button", { name: /Send again/ }).click();
      await page.getByText("1 on their way.").waitFor();
      for (const deadline = Date.now() + 20_000; server.heard.length < 2; await page.waitForTimeout(100))
        assert.ok(Date.now() < deadline, "it did not come again");
      assert.equal(server.heard[0], server.heard[1]);
      await page.getByRole("button", { name: "Show the secret" }).click();
      assert.match((await page.locator("[data-secret]").textContent()) ?? "", /^whsec_/);
      assert.deepEqual(await violations(page), []);
    } finally {
      server.close();
    }
  });

  await place.test("it replaces its key, and the file before opens nothing more", async () => {
    const { page } = visitor;
    await page.goto("/#/partner/keys");
    const shown = await page.locator("[data-domain-file]").textContent();
    await page.getByRole("button", { name: "Make the next key" }).click();
    const next = await keepFile(page, "Show it in the directory");
    await page.getByText("The new key is in the directory.").waitFor();
    await page.getByRole("row").nth(2).waitFor();
    assert.notEqual(await page.locator("[data-domain-file]").textContent(), shown);
    assert.deepEqual(await violations(page), []);
    await page.getByRole("button", { name: "Forget" }).click();
    await page.getByRole("button", { name: "Yes, forget" }).click();
    await page.getByRole("heading", { name: "Register" }).waitFor();
    await page.locator("input[name=keys]").setInputFiles(fileOf(file));
    await page.getByText("The directory shows other keys than this file").waitFor();
    await page.locator("input[name=keys]").setInputFiles(fileOf(next));
    await page.getByRole("heading", { name: "Music Example" }).waitFor();
    await page.goto("/#/partner/grants");
    await page.getByText("taken back").waitFor();
  });

  await place.test("it pushes the clock, and the vault takes its signature all the same", async () => {
    const { page } = visitor;
    await page.goto("/#/partner/test");
    await page.getByRole("button", { name: "a day" }).click();
    await page.locator('[data-ahead="86400"]').waitFor();
    await page.reload();
    await page.goto("/#/partner/money");
    await page.locator("[data-funding]").getByText("$").waitFor();
    await page.goto("/#/partner/test");
    await page.locator('[data-ahead="86400"]').waitFor();
    assert.deepEqual(await violations(page), []);
  });

  await place.test("all of it by keyboard, in Chinese, on the smallest screen", async () => {
    const other = await visit(vault.url, { language: "zh-CN", width: 320 });
    const { page } = other;
    const press = async (...keys: readonly string[]): Promise<void> => {
      for (const key of keys) await page.keyboard.press(key);
    };
    const tabTo = async (selector: string): Promise<void> => {
      for (let at = 0; at < 40; at++) {
        await press("Tab");
        if ((await page.locator(`${selector}:focus`).count()) > 0) return;
      }
      assert.fail(`the keyboard does not come to ${selector}`);
    };
    try {
      await page.goto("/#/partner");
      await page.locator("#domain").waitFor();
      await tabTo("#domain");
      await page.keyboard.type("shop.example");
      await tabTo("#name");
      await page.keyboard.type("小店");
      await press("Enter");
      await page.locator("h3:focus").waitFor();
      const saving = page.waitForEvent("download");
      await press("Tab", "Enter");
      await saving;
      await press("Tab", "Space", "Tab", "Enter");
      await page.getByRole("heading", { name: "小店" }).waitFor();
      for (const path of [
        "",
        "/offers",
        "/offers/new",
        "/grants",
        "/money",
        "/webhooks",
        "/keys",
        "/record",
        "/test",
      ]) {
        await page.goto(`/#/partner${path}`);
        await page.locator("nav a[href='#/partner/keys']").waitFor();
        const loading = page.locator("[role=status]", { hasText: "请稍候" });
        while ((await loading.count()) > 0) await page.waitForTimeout(50);
        const wider = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
        assert.ok(Number(wider) <= 0, `${path} is ${wider} px too wide`);
      }
      await page.goto("/#/partner/keys");
      await tabTo("section[aria-labelledby=leave] button");
      await press("Enter");
      await page.getByRole("button", { name: "否", exact: true }).and(page.locator(":focus")).waitFor();
      await press("Shift+Tab", "Enter");
      await page.locator("#domain").waitFor();
    } finally {
      await other.leave();
    }
  });

  await place.test("nothing went wrong in the page but what the vault refused", () => {
    const refused = /status of (402|404|409)/;
    assert.deepEqual(
      visitor.troubles.filter((trouble) => !refused.test(trouble)),
      [],
    );
  });
});
