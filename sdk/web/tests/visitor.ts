/** A person's browser: Chromium with a profile of its own, which notes every error and every breach of the page's rules. */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import type { BrowserContext, Page } from "playwright-core";
import { chromium } from "playwright-core";
import { CHROMIUM } from "./files.ts";

// Without these, a headless Chromium talks to its maker's hosts at every start.
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--font-render-hinting=none",
];
const QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync"];

export interface Look {
  readonly language?: "en" | "zh-CN";
  readonly theme?: "light" | "dark";
  readonly width?: number;
}

export interface Visitor {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What went wrong in the page so far: uncaught errors, errors in the console, breaches of its policy. */
  readonly troubles: string[];
  leave(): Promise<void>;
}

export async function visit(url: string, look: Look = {}): Promise<Visitor> {
  const profile = mkdtempSync(`${tmpdir()}/planetvault-chromium-`);
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM,
    headless: true,
    args: [...FLAGS, ...QUIET],
    baseURL: url,
    locale: look.language ?? "en",
    colorScheme: look.theme ?? "light",
    viewport: { width: look.width ?? 390, height: 844 },
  });
  const page = context.pages()[0] ?? (await context.newPage());
  const troubles: string[] = [];
  page.on("pageerror", (error) => troubles.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") troubles.push(message.text());
  });
  const leave = async (): Promise<void> => {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  };
  return { page, context, troubles, leave };
}

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core"), "utf8");

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly help: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
  }[];
}

/** Every violation of WCAG 2.2 A and AA, and of best practice, that axe finds on the page as it stands. */
export async function violations(page: Page): Promise<readonly string[]> {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  // Evaluated by the test, not by the page: its own policy stays as it is.
  await page.evaluate(AXE);
  const { violations: found } = (await page.evaluate(
    `axe.run(document, { runOnly: ${JSON.stringify(tags)} })`,
  )) as AxeResults;
  return found.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help}: ${node.html.slice(0, 200)}: ${node.failureSummary}`),
  );
}
