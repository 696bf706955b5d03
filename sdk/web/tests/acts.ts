/** What a person does in the app, one act each; every act ends when the page shows that it is done. */

import type { BrowserContext, Page } from "playwright-core";

/** A passkey that this browser holds and that answers by itself (WebDriver for WebAuthn, with PRF). */
export async function givePasskey(context: BrowserContext, page: Page): Promise<void> {
  const session = await context.newCDPSession(page);
  await session.send("WebAuthn.enable");
  await session.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      ctap2Version: "ctap2_1",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      hasPrf: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
}

/** What the story clicks on, in both languages. */
export const SAID = {
  en: {
    begin: "Begin",
    passkey: "Make a passkey",
    onPaper: "I have them on paper",
    check: "Check",
    sample: "Try made-up data",
    trySample: "Try it with made-up data",
    seal: "Seal it and keep it",
    sealed: "It is in your vault.",
    key: "Make the key",
    allow: "Allow",
    less: "Allow with less",
    likeThis: "Allow this much",
    decline: "Decline",
    see: "See what you allowed",
    takeBack: "Take it back",
    takeBackNow: "Take it back now",
    eraseYes: "Yes, ask it to erase everything",
    checkNow: "Check now in this browser",
    holds: "This receipt holds.",
    keepProof: "Keep the proof file",
    openWords: "Open with the words",
    fiveUses: "5 uses at most",
  },
  "zh-CN": {
    begin: "开始",
    passkey: "创建通行密钥",
    onPaper: "我已写在纸上",
    check: "核对",
    sample: "试用虚构数据",
    trySample: "用虚构的数据试试",
    seal: "封存并保存",
    sealed: "已经在您的保险库里了。",
    key: "生成密钥",
    allow: "允许",
    less: "少给一些",
    likeThis: "允许这些",
    decline: "拒绝",
    see: "查看您的授权",
    takeBack: "收回授权",
    takeBackNow: "现在收回",
    eraseYes: "是，要求对方全部删除",
    checkNow: "在此浏览器中立即核验",
    holds: "这张回执成立。",
    keepProof: "保存证明文件",
    openWords: "用这些词打开",
    fiveUses: "最多使用 5 次",
  },
} as const;

export type Tongue = keyof typeof SAID;

/** From the first page to an empty vault with a passkey and a checked kit; the twelve words come back. */
export async function begin(page: Page, tongue: Tongue): Promise<readonly string[]> {
  const say = SAID[tongue];
  await page.goto("/");
  await page.getByRole("link", { name: say.begin, exact: true }).click();
  await page.getByRole("button", { name: say.passkey }).click();
  return makeKit(page, tongue);
}

/** Write the words down and type three of them back. */
export async function makeKit(page: Page, tongue: Tongue): Promise<readonly string[]> {
  const say = SAID[tongue];
  await page.locator("[data-words] li").nth(11).waitFor();
  const words = await page.locator("[data-words] li").allTextContents();
  await page.getByRole("button", { name: say.onPaper }).click();
  for (const field of await page.locator("input[data-place]").all()) {
    await field.fill(words[Number(await field.getAttribute("data-place"))] ?? "");
  }
  await page.getByRole("button", { name: say.check, exact: true }).click();
  await page.locator("input[data-place]").first().waitFor({ state: "detached" });
  return words;
}

/** From the last step of the beginning: made-up data, looked at and sealed. */
export async function fill(page: Page, tongue: Tongue): Promise<void> {
  const say = SAID[tongue];
  await page.getByRole("button", { name: say.sample }).click();
  await page.getByRole("button", { name: say.trySample }).click();
  await page.getByRole("button", { name: say.seal }).click();
  await page.getByText(say.sealed).waitFor({ timeout: 60_000 });
}

/** Make the key for a partner, and read it. */
export async function connect(page: Page, tongue: Tongue, domain: string): Promise<string> {
  await page.goto("/#/access");
  await page.locator("#domain").fill(domain);
  await page.getByRole("button", { name: SAID[tongue].key, exact: true }).click();
  return (await page.locator("[data-key]").textContent()) ?? "";
}

/** Open the one ask that waits. */
export async function openAsk(page: Page): Promise<void> {
  await page.goto("/#/");
  await page.locator('a[href^="#/asks/"]').first().click();
  await page.locator("details pre").waitFor({ state: "attached" });
}
