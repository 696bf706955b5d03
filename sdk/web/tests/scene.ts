/** A vault with an owner who has lived a little: data, one ask that waits, a grant in use, one taken back. */

import { join } from "node:path";
import type { Page } from "playwright-core";
import { begin, connect, fill, givePasskey, openAsk, SAID } from "./acts.ts";
import { VECTORS } from "./files.ts";
import type { RunningPartner } from "./partner.ts";
import { runPartner } from "./partner.ts";
import type { RunningVault } from "./running-vault.ts";
import { runVault } from "./running-vault.ts";
import type { Look, Visitor } from "./visitor.ts";
import { visit } from "./visitor.ts";

/** A screen, with how to come to it from where any screen left the page. */
export interface Place {
  readonly name: string;
  readonly path: string;
  /** For visitors without an account. */
  readonly open?: boolean;
  /** What shows that it is there. */
  readonly sign?: string;
  /** What she does there before it is looked at. */
  act?(page: Page): Promise<void>;
}

export interface Scene {
  readonly vault: RunningVault;
  readonly her: Visitor;
  readonly stranger: Visitor;
  readonly places: readonly Place[];
  end(): Promise<void>;
}

const PARTNERS = [
  ["melody.example", "Melody"],
  ["campus.example", "Campus Research"],
  ["bazaar.example", "Bazaar"],
] as const;
/** Asks for files, twice: once allowed, once not answered yet. */
const CLINIC = "clinic.example";
const FILES = { clusters: ["document.file/content", "document.file/when"], look_back_days: 0 };
const SWEEP_MS = 90_000;

export async function setScene(): Promise<Scene> {
  const vault = await runVault();
  const [her, stranger] = [await visit(vault.url), await visit(vault.url)];
  const partners: RunningPartner[] = [];
  for (const [domain, name] of PARTNERS) partners.push(await runPartner(vault.url, domain, name));
  const [melody, campus, bazaar] = partners as [RunningPartner, RunningPartner, RunningPartner];
  const { page } = her;
  await givePasskey(her.context, page);
  await begin(page, "en");
  await fill(page, "en");
  for (const [at, [domain]] of PARTNERS.entries()) {
    await vault.topUp(domain, 100_000_000);
    await partners[at]?.tell({ do: "ask", owner: await connect(page, "en", domain) });
    if (partners[at] === bazaar) break;
    await openAsk(page);
    await page.getByRole("button", { name: SAID.en.allow, exact: true }).click();
    await page.getByRole("link", { name: SAID.en.see }).click();
    await page.getByRole("link", { name: SAID.en.takeBack }).waitFor();
  }
  await joinPot(vault, her, melody);
  await campus.tell({ do: "offer", terms: { pool: 5_000_000 } });
  await bazaar.tell({ do: "offer", terms: { clusters: ["education.activity/what"], look_back_days: 0 } });
  await bazaar.tell({ do: "reward", price: 150_000 });
  for (let use = 0; use < 3; use++) await melody.tell({ do: "use", items: 2 });
  await campus.tell({ do: "use", items: 1 });
  await dispute(vault, page);
  await campus.tell({ do: "dispute" });
  const clinic = await runPartner(vault.url, CLINIC, "Clinic");
  partners.push(clinic);
  await vault.topUp(CLINIC, 100_000_000);
  const kept = await keepFiles(page, clinic);
  const [grant, ended] = [await grantOf(her, "Melody"), await grantOf(her, "Campus Research")];
  await page.goto(`/#/access/${ended}/revoke`);
  await page.getByLabel(SAID.en.eraseYes).check();
  await page.getByRole("button", { name: SAID.en.takeBackNow }).click();
  await page.locator('a[href^="#/receipts/"]').waitFor();
  await page.goto("/#/receipts");
  const receipt = await page.locator('a[href^="#/receipts/"]').last().getAttribute("href");
  await page.goto("/#/");
  const ask = await page.locator('a[href^="#/asks/"]').first().getAttribute("href");
  await page.goto("/#/offers");
  const offer = await page.locator('a[href^="#/offers/"]').first().getAttribute("href");
  await sharedPot(page);
  const end = async (): Promise<void> => {
    for (const partner of partners) await partner.stop();
    await Promise.all([her.leave(), stranger.leave()]);
    await vault.stop();
  };
  const [used, asked, offered] = [receipt, ask, offer].map((address) => address?.slice(1) ?? "");
  const places = [
    ...placesOf(grant, used ?? "", asked ?? "", offered ?? ""),
    ...newerPlaces(kept, used ?? ""),
  ];
  return { vault, her, stranger, places, end };
}

/** A pot that she joins, and whose offer is over. */
async function joinPot(vault: RunningVault, { page }: Visitor, melody: RunningPartner): Promise<void> {
  await melody.tell({ do: "offer", terms: { pool: 3_000_001, price: 60_000 } });
  await page.goto("/#/money/pools");
  await page.locator('main a[href^="#/offers/"]').first().click();
  await page.getByRole("button", { name: SAID.en.allow, exact: true }).click();
  await page.getByRole("link", { name: SAID.en.see }).waitFor();
  await melody.tell({ do: "use", items: 1, price: 60_000 });
  vault.endOffers("melody.example");
  await melody.tell({ do: "offer", terms: { pool: 8_000_000, price: 70_000 } });
  await page.goto("/#/about");
  await page.goto("/#/offers");
  await page.locator('main a[href^="#/offers/"]').first().click();
  await page.getByRole("button", { name: SAID.en.allow, exact: true }).click();
  await page.getByRole("link", { name: SAID.en.see }).waitFor();
  await melody.tell({ do: "use", items: 1, price: 70_000 });
}

async function sharedPot(page: Page): Promise<void> {
  for (const deadline = Date.now() + SWEEP_MS; ; ) {
    await page.goto("/#/about");
    await page.goto("/#/money/pools");
    await page.locator("section[aria-labelledby=shared]").waitFor();
    if ((await page.locator("[data-share]").count()) > 0) return;
    if (Date.now() > deadline) throw new Error("the pot was not shared");
    await new Promise((resume) => setTimeout(resume, 2000));
  }
}

/** Her first use, disputed and decided. */
async function dispute(vault: RunningVault, page: Page): Promise<void> {
  await page.goto("/#/receipts");
  const receipt = await page.locator('a[href^="#/receipts/"]').last().getAttribute("href");
  await page.goto(`/${receipt}/dispute`);
  await page.locator("#reason").fill("They said it was to suggest music, and sold what they read.");
  await page.locator("form button").click();
  await page.locator("a.chief").waitFor();
  await vault.decide(20_000, "The purpose was another than the one you allowed.");
}

/** A letter and a picture, one of them chosen for a clinic; the addresses of the picture, the grant and the open ask. */
async function keepFiles(page: Page, clinic: RunningPartner): Promise<readonly string[]> {
  await page.goto("/#/data/document.file");
  const letter = { name: "Befund 2027-03.txt", mimeType: "text/plain", buffer: Buffer.alloc(184_000, "a ") };
  const picture = await page.locator("main").screenshot();
  const photo = { name: "小雨在海边 IMG_20270314.png", mimeType: "image/png", buffer: picture };
  await page.locator("input[name=files]").setInputFiles([letter, photo]);
  await page.locator('[data-stage="done"]').nth(1).waitFor();
  const file = await page.locator("main .lines > li > a", { hasText: "小雨" }).getAttribute("href");
  await clinic.tell({ do: "ask", owner: await connect(page, "en", CLINIC), terms: FILES });
  await page.goto("/#/");
  await page.locator('a[href^="#/asks/"]', { hasText: "Clinic" }).click();
  await page.getByLabel("Befund").check();
  await page.getByRole("button", { name: SAID.en.allow, exact: true }).click();
  await page.getByRole("link", { name: SAID.en.see }).click();
  await page.locator("section[aria-labelledby=files] li").first().waitFor();
  const grant = new URL(page.url()).hash;
  await clinic.tell({ do: "files" });
  await clinic.tell({ do: "ask", owner: await connect(page, "en", CLINIC), terms: FILES });
  await page.goto("/#/");
  const ask = await page.locator('a[href^="#/asks/"]', { hasText: "Clinic" }).getAttribute("href");
  return [file ?? "", grant, ask ?? ""].map((address) => address.slice(1));
}

/** Files, disputes and pots. */
function newerPlaces([file, grant, ask]: readonly string[], receipt: string): readonly Place[] {
  return [
    { name: "files", path: "/data/document.file", sign: ".lines a" },
    { name: "file", path: file ?? "", sign: "section .lines li" },
    {
      name: "file-shown",
      path: file ?? "",
      sign: "section .lines li",
      act: async (page) => {
        await page.locator("main button").nth(1).click();
        await page.locator("main img").waitFor();
      },
    },
    {
      name: "file-sure",
      path: file ?? "",
      sign: "section .lines li",
      act: async (page) => {
        await page.locator("section[aria-labelledby=remove] button").click();
        await page.locator("[role=alert]").waitFor();
      },
    },
    { name: "ask-files", path: ask ?? "", sign: "input[type=checkbox]" },
    { name: "grant-files", path: grant ?? "", sign: "section[aria-labelledby=files] li" },
    { name: "dispute", path: `${receipt}/dispute`, sign: "#reason" },
    { name: "disputes", path: "/disputes", sign: ".lines a" },
    { name: "receipt-disputed", path: receipt, sign: "[data-disputed]" },
    { name: "pools", path: "/money/pools", sign: "[data-share]" },
  ];
}

async function grantOf({ page }: Visitor, name: string): Promise<string> {
  await page.goto("/#/access");
  const address = await page.locator(`a[href^="#/access/"]`, { hasText: name }).first().getAttribute("href");
  return address?.split("/").at(-1) ?? "";
}

function placesOf(grant: string, receipt: string, ask: string, offer: string): readonly Place[] {
  return [
    { name: "welcome", path: "/", open: true },
    { name: "start", path: "/start", open: true },
    { name: "back", path: "/back", open: true },
    { name: "join", path: "/back/device", open: true, sign: "[data-carried] svg" },
    { name: "recover", path: "/back/guardians", open: true, sign: "[data-number]" },
    { name: "arrive", path: "/arrive", open: true, sign: "input[name=bundle]" },
    { name: "guardian", path: "/guardian", open: true, sign: "[data-number]" },
    { name: "check", path: "/check", open: true, sign: "dl.facts" },
    {
      name: "check-holds",
      path: "/check",
      open: true,
      sign: "dl.facts",
      act: (page) => drop(page, "use_anchored"),
    },
    {
      name: "check-fails",
      path: "/check",
      open: true,
      sign: "dl.facts",
      act: (page) => drop(page, "another_use"),
    },
    { name: "about", path: "/about", sign: "[data-hash]" },
    { name: "lost", path: "/nowhere" },
    { name: "home", path: "/", sign: ".tiles" },
    { name: "add", path: "/add" },
    { name: "add-preview", path: "/add", act: readSample },
    { name: "data", path: "/data", sign: "figure" },
    { name: "kind", path: "/data/music.play", sign: "table" },
    { name: "ask", path: ask, sign: "table" },
    {
      name: "ask-less",
      path: ask,
      sign: "table",
      act: (page) => page.locator(".answers button").nth(1).click(),
    },
    { name: "counter", path: `${ask}/counter`, sign: "#price" },
    { name: "offers", path: "/offers", sign: ".lines a" },
    { name: "offer", path: offer, sign: "table" },
    { name: "rules", path: "/rules", sign: "form" },
    { name: "access", path: "/access", sign: ".lines a" },
    { name: "grant", path: `/access/${grant}`, sign: "table" },
    { name: "revoke", path: `/access/${grant}/revoke`, sign: "fieldset" },
    { name: "receipts", path: "/receipts", sign: ".lines a" },
    { name: "receipt", path: receipt, sign: "dl.facts" },
    { name: "money", path: "/money", sign: "table" },
    { name: "withdraw", path: "/money/withdraw", sign: "form" },
    { name: "rewards", path: "/money/rewards", sign: ".lines li" },
    { name: "more", path: "/more" },
    { name: "devices", path: "/devices", sign: ".lines code" },
    { name: "admit", path: "/devices/new", sign: "#offer" },
    { name: "guardians", path: "/guardians", sign: "#mine" },
    { name: "guardians-numbers", path: "/guardians", sign: "#mine", act: inviteHerself },
    { name: "kit", path: "/kit", sign: "main button" },
    {
      name: "kit-words",
      path: "/kit",
      sign: "main button",
      act: newWords,
    },
    { name: "activity", path: "/activity", sign: ".lines li" },
    { name: "leave", path: "/leave", sign: "#sure" },
  ];
}

async function drop(page: Page, name: string): Promise<void> {
  const files = [`${name}.tlog-proof`, "trust.json"].map((file) => join(VECTORS, "proofs", file));
  await page.locator("input[name=proof]").setInputFiles(files);
  await page.locator("main .figure").waitFor();
}

/** As good as anybody else's invitation, to look at. */
async function inviteHerself(page: Page): Promise<void> {
  await page.goto("/#/guardian");
  const invitation = await page.locator('[data-carried="invitation"] pre').textContent();
  await page.goto("/#/guardians");
  await page.locator("#invitation").fill(invitation ?? "");
  await page.locator("form button").first().click();
  await page.locator("[data-number]").waitFor();
}

async function newWords(page: Page): Promise<void> {
  await page.locator("main button").first().click();
  await page.locator("[data-words] li").nth(11).waitFor();
}

async function readSample(page: Page): Promise<void> {
  await page.locator("section button").click();
  await page.locator("dl.facts").waitFor();
}

/** Bring a visitor to a screen in this language, theme and width. */
export async function comeTo({ page }: Visitor, place: Place, look: Required<Look>): Promise<void> {
  const other = place.path === "/about" ? "/more" : "/about";
  await page.setViewportSize({ width: look.width, height: 844 });
  await page.evaluate(`localStorage.setItem("language", ${JSON.stringify(look.language)})`);
  await page.evaluate(`localStorage.setItem("theme", ${JSON.stringify(look.theme)})`);
  await page.emulateMedia({ colorScheme: look.theme, reducedMotion: "reduce" });
  if (
    (await page.locator("html").getAttribute("lang")) !== look.language ||
    (await page.locator("html").getAttribute("data-theme")) !== look.theme
  ) {
    await page.goto(`/#${other}`);
    await page.reload();
  }
  await page.goto(`/#${other}`);
  await page.goto(`/#${place.path}`);
  await page.locator("h1").waitFor();
  if (place.sign !== undefined) await sees(page, place.name, place.sign);
  await place.act?.(page);
}

async function sees(page: Page, name: string, sign: string): Promise<void> {
  await page.locator(`${sign}, [data-trouble]`).first().waitFor();
  const trouble = page.locator("[data-trouble]");
  if (await trouble.isVisible()) throw new Error(`${name}: ${await trouble.textContent()}`);
}
