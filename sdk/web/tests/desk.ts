/** What a partner does in the console, one act each; and an owner of another place who answers it. */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { FleetingMemory } from "planetvault/client/memory";
import { Owner } from "planetvault/owner/owner";
import type { Page } from "playwright-core";
import type { RunningVault } from "./running-vault.ts";
import { runVault } from "./running-vault.ts";

export const DOMAIN = "music.example";
export const NAME = "Music Example";

export function runTestVault(): Promise<RunningVault> {
  return runVault({ PLANETVAULT_MODE: "test", PLANETVAULT_ORIGIN: "test.vault.example" });
}

/** Save the file of keys that the page offers, say that it is kept, and go on; its content. */
export async function keepFile(page: Page, goOn: string): Promise<string> {
  const saving = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save the file" }).click();
  const stream = await (await saving).createReadStream();
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  await page.getByLabel("I have kept the file").check();
  await page.getByRole("button", { name: goOn, exact: true }).click();
  return Buffer.concat(parts).toString();
}

/** From nothing to a partner in the directory; its file of keys. */
export async function register(page: Page): Promise<string> {
  await page.goto("/#/partner");
  await page.getByLabel("Your domain").fill(DOMAIN);
  await page.getByLabel("Your name, as owners see it").fill(NAME);
  await page.getByRole("button", { name: "Make the keys" }).click();
  const file = await keepFile(page, "Register");
  await page.getByRole("heading", { name: NAME }).waitFor();
  return file;
}

export async function topUp(page: Page): Promise<void> {
  await page.goto("/#/partner/money");
  await page.getByRole("button", { name: "Get it" }).click();
  await page.getByText("There is $50.00 free now.").waitFor();
}

/** What an offer and an ask have in common. */
export async function typeTerms(page: Page): Promise<void> {
  const music = page.getByRole("group", { name: "Music and podcasts you played" });
  await music.getByRole("checkbox").first().check();
  await page.getByLabel("Your reason, in your words").fill("To suggest what to hear next.");
  await page.getByLabel("Price of a use, in USD").fill("0.05");
}

export async function choosePurpose(page: Page): Promise<void> {
  await page.getByRole("group", { name: "What for" }).getByRole("checkbox").first().check();
}

/** An owner elsewhere, with two months of music, who knows this partner. */
export class SomeOwner {
  private constructor(
    private readonly owner: Owner,
    readonly kid: string,
  ) {}

  static async meet(vault: RunningVault): Promise<SomeOwner> {
    const owner = await Owner.create(vault.url, new FleetingMemory());
    for (const [month, title] of [
      ["2026-09", "Rain at Nine"],
      ["2026-10", "First Snow"],
    ] as const)
      await owner.write("music.play", month, {
        id: [`spotify:${month}`],
        name: [title],
        by: [["Alder Lane"]],
        end: [`${month}-01T07:12:00Z`],
      });
    return new SomeOwner(owner, await owner.connect(DOMAIN));
  }

  /** Allow what was asked last. */
  async allow(): Promise<void> {
    const ask = (await this.owner.asks()).at(-1);
    if (ask === undefined) throw new Error("nobody asked");
    await this.owner.grant(ask, this.owner.preview(ask));
  }

  async revoke(): Promise<void> {
    const [grant] = await this.owner.grants();
    if (grant === undefined) throw new Error("nothing was granted");
    await this.owner.revoke(grant, true);
  }
}

/** A server that listens for webhooks: the ids of what came. */
export async function listener(): Promise<{ readonly url: string; readonly heard: string[]; close(): void }> {
  const heard: string[] = [];
  const server = createServer((request, answer) => {
    heard.push(String(request.headers["webhook-id"]));
    answer.end();
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`;
  return { url, heard, close: () => server.close() };
}
