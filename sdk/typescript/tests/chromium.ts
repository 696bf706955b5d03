/** A headless Chromium for a test, with pages from a server on this machine and nothing else. */

import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { build } from "esbuild";
import { chromium, type Page } from "playwright-core";
import { PACKAGE } from "./files.js";

const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
// Without these, a headless Chromium talks to its maker's hosts at every start.
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"];
const QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync"];

/** What a test is skipped with where there is no Chromium; false where there is. */
export const withoutChromium = existsSync(CHROMIUM) ? false : `no Chromium at ${CHROMIUM}`;

/** What a path answers: a media type, a body, and headers. */
export type Pages = ReadonlyMap<string, readonly [string, string, Readonly<Record<string, string>>?]>;

/** Serve these pages on a free port of this machine for as long as `run` takes. */
export async function served<T>(pages: Pages, run: (url: string) => Promise<T>): Promise<T> {
  const server = createServer((request, answer) => {
    const [type, body, headers] = pages.get(request.url ?? "") ?? [];
    answer.writeHead(body === undefined ? 404 : 200, { "content-type": type ?? "text/plain", ...headers });
    answer.end(body);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  try {
    return await run(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.close();
  }
}

/** Open a page in a browser of its own, for as long as `run` takes. */
export async function inChromium<T>(run: (page: Page) => Promise<T>): Promise<T> {
  const profile = mkdtempSync(`${tmpdir()}/planetvault-chromium-`);
  const how = { executablePath: CHROMIUM, headless: true, args: [...FLAGS, ...QUIET] };
  const browser = await chromium.launchPersistentContext(profile, how);
  try {
    return await run(await browser.newPage());
  } finally {
    await browser.close();
    rmSync(profile, { recursive: true, force: true });
  }
}

/** A module of the tests with all it needs, for a browser. */
export async function bundled(module: string): Promise<string> {
  const entryPoints = [`${PACKAGE}tests/${module}`];
  const how = { bundle: true, format: "esm", platform: "browser", write: false } as const;
  const { outputFiles } = await build({ entryPoints, ...how });
  return outputFiles[0]?.text ?? "";
}

/** A page that loads one module. */
export const PAGE = '<!doctype html><script type="module" src="/page.js"></script>';
