/** A partner in the console of a test vault that has lived a little: offers, asks, a grant in use, a webhook with a log. */

import type { Page } from "playwright-core";
import {
  choosePurpose,
  DOMAIN,
  listener,
  NAME,
  register,
  runTestVault,
  SomeOwner,
  topUp,
  typeTerms,
} from "./desk.ts";
import { OPERATOR_TOKEN } from "./running-vault.ts";
import type { Place, Scene } from "./scene.ts";
import { visit } from "./visitor.ts";

export async function setDesk(): Promise<Scene> {
  const vault = await runTestVault();
  const [her, stranger] = [await visit(vault.url), await visit(vault.url)];
  const { page } = her;
  await register(page);
  await topUp(page);
  const owner = await SomeOwner.meet(vault);
  await makeKnown(vault.url, owner.kid);
  const offer = await publish(page);
  await ask(page, owner.kid);
  await owner.allow();
  await ask(page, owner.kid);
  const grant = await use(page);
  const server = await listener();
  const webhook = await listen(page, server.url);
  const end = async (): Promise<void> => {
    server.close();
    await Promise.all([her.leave(), stranger.leave()]);
    await vault.stop();
  };
  return { vault, her, stranger, places: placesOf(offer, grant, webhook), end };
}

/** Make her one of the test owners that this partner may ask. */
async function makeKnown(url: string, kid: string): Promise<void> {
  const headers = { authorization: `Bearer ${OPERATOR_TOKEN}`, "content-type": "application/json" };
  const body = JSON.stringify({ kid, behaviour: "grants" });
  const answer = await fetch(`${url}/v1/test/owners`, { method: "POST", headers, body });
  if (!answer.ok) throw new Error(await answer.text());
}

async function publish(page: Page): Promise<string> {
  await page.goto("/#/partner/offers/new");
  await typeTerms(page);
  await choosePurpose(page);
  await page.getByLabel("Campaign, in USD").fill("5");
  await page.getByRole("button", { name: "Publish the offer" }).click();
  await page.getByRole("button", { name: "End this offer" }).waitFor();
  return new URL(page.url()).hash.slice(1);
}

async function ask(page: Page, kid: string): Promise<void> {
  await page.goto("/#/partner");
  await page.goto(`/#/partner/asks/new/${kid}`);
  await typeTerms(page);
  await choosePurpose(page);
  await page.getByLabel("Uses at most").fill("200");
  await page.getByRole("button", { name: "Send the ask" }).click();
  await page.getByText("The ask is on its way").waitFor();
}

async function use(page: Page): Promise<string> {
  await page.goto("/#/partner/grants");
  await page.locator('a[href^="#/partner/grants/"]').first().click();
  await useNow(page);
  return new URL(page.url()).hash.slice(1);
}

async function listen(page: Page, url: string): Promise<string> {
  await page.goto("/#/partner/webhooks");
  await page.locator("#url").fill(url);
  await page.locator("main form button").click();
  await page.getByRole("button", { name: "Send a test event" }).click();
  await page.locator("tr[data-delivery]").first().waitFor();
  return new URL(page.url()).hash.slice(1);
}

const submit = (page: Page): Promise<void> => page.locator("main form button").last().click();

async function useNow(page: Page): Promise<void> {
  await page.locator("#items").waitFor();
  await submit(page);
  await page.locator("[data-used]").waitFor();
}

async function makeKeys(page: Page): Promise<void> {
  await page.locator("#domain").fill(`other.${DOMAIN}`);
  await page.locator("#name").fill(NAME);
  await submit(page);
  await page.locator("main .sheet button").first().waitFor();
}

function placesOf(offer: string, grant: string, webhook: string): readonly Place[] {
  return [
    { name: "partner-begin", path: "/partner", open: true, sign: "form" },
    { name: "partner-keep-file", path: "/partner", open: true, sign: "form", act: makeKeys },
    { name: "partner-none", path: "/partner/money", open: true, sign: "main .button" },
    { name: "partner", path: "/partner", sign: "dl.facts" },
    { name: "partner-offers", path: "/partner/offers", sign: ".lines a" },
    { name: "partner-offer", path: offer, sign: "dl.facts" },
    { name: "partner-new-offer", path: "/partner/offers/new", sign: "form" },
    { name: "partner-slips", path: "/partner/offers/new", sign: "form", act: submit },
    { name: "partner-new-ask", path: "/partner/asks/new", sign: "form" },
    { name: "partner-grants", path: "/partner/grants", sign: ".lines a" },
    { name: "partner-grant", path: grant, sign: "table" },
    { name: "partner-used", path: grant, sign: "table", act: useNow },
    { name: "partner-receipt", path: `${grant}/1`, sign: "dl.facts" },
    { name: "partner-checked", path: `${grant}/1`, sign: "dl.facts", act: check },
    { name: "partner-money", path: "/partner/money", sign: "[data-funding]" },
    { name: "partner-statement", path: "/partner/money", sign: "[data-funding]", act: workOut },
    { name: "partner-webhooks", path: "/partner/webhooks", sign: ".lines a" },
    { name: "partner-webhook", path: webhook, sign: "table", act: showSecret },
    { name: "partner-keys", path: "/partner/keys", sign: "[data-domain-file]" },
    { name: "partner-record", path: "/partner/record", sign: "dl.facts" },
    { name: "partner-test", path: "/partner/test", sign: "dl.facts" },
  ];
}

async function check(page: Page): Promise<void> {
  await page.locator("main .row button").first().click();
  await page.locator("main p.figure").waitFor();
}

async function workOut(page: Page): Promise<void> {
  await submit(page);
  await page.locator("[data-invoice]").waitFor();
}

async function showSecret(page: Page): Promise<void> {
  await page.locator("section .row button").nth(1).click();
  await page.locator("[data-secret]").waitFor();
}
