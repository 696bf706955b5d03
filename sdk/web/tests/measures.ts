/** What is measured in the page: how soon it answers on a slow phone, and a hundred thousand plays. */

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { begin, givePasskey, SAID } from "./acts.ts";
import { hashOf, writeRandom } from "./keeping.ts";
import { runVault } from "./running-vault.ts";
import type { Told } from "./told.ts";
import { visit } from "./visitor.ts";

const PLAYS = 100_000;
const MOST_MS = 30_000;
const MOST_TASK_MS = 200;
const MOST_INTERACTIVE_MS = 2000;
const LARGE_BYTES = 512 * 1024 ** 2;
/** Notes how long the page stopped at most. */
const WATCH =
  "globalThis.longest = 0; new PerformanceObserver((seen) => { for (const task of seen.getEntries()) globalThis.longest = Math.max(globalThis.longest, task.duration); }).observe({ type: 'longtask' })";
const THROTTLE = 4;
const VISITS = 3;

export async function measure(told: Told): Promise<void> {
  const vault = await runVault();
  try {
    await told.check("a first visit can be used within 2 s on a processor slowed four times", () =>
      soonest(vault.url),
    );
    await told.check(
      "100,000 plays are read and sealed within 30 s, and the page never stops for 200 ms",
      () => sealMany(vault.url),
    );
    await told.check(
      "a file of 512 MiB is kept and saved again, is never whole in memory, and the page never stops for 200 ms",
      () => keepLarge(vault.url),
    );
  } finally {
    await vault.stop();
  }
}

/** The best of three: what else the machine does is none of the page's. */
async function soonest(url: string): Promise<string> {
  const times: number[] = [];
  for (let visit = 0; visit < VISITS; visit++) times.push(await interactive(url));
  const best = Math.min(...times);
  assert.ok(best <= MOST_INTERACTIVE_MS, `${Math.round(best)} ms`);
  return `${Math.round(best)} ms`;
}

/** Until the first button can be pressed: it is there, and the page has done what it does at first. */
async function interactive(url: string): Promise<number> {
  const visitor = await visit(url);
  try {
    const session = await visitor.context.newCDPSession(visitor.page);
    await session.send("Emulation.setCPUThrottlingRate", { rate: THROTTLE });
    await visitor.page.goto("/");
    await visitor.page.getByRole("link", { name: SAID.en.begin, exact: true }).waitFor();
    return (await visitor.page.evaluate(
      "new Promise((resume) => requestIdleCallback(() => resume(performance.now())))",
    )) as number;
  } finally {
    await visitor.leave();
  }
}

async function sealMany(url: string): Promise<string> {
  const visitor = await visit(url);
  const { page } = visitor;
  const folder = mkdtempSync(`${tmpdir()}/planetvault-plays-`);
  const file = join(folder, "Streaming_History_Audio_0.json");
  writeFileSync(file, plays());
  try {
    await givePasskey(visitor.context, page);
    await begin(page, "en");
    await page.getByRole("button", { name: "Add my own data" }).click();
    await page.evaluate(WATCH);
    assert.ok(await page.evaluate("PerformanceObserver.supportedEntryTypes.includes('longtask')"));
    const begun = performance.now();
    await page.locator("input[name=export]").setInputFiles(file);
    await page.getByRole("button", { name: SAID.en.seal }).click({ timeout: 60_000 });
    await page.getByText(SAID.en.sealed).waitFor({ timeout: 120_000 });
    const ms = performance.now() - begun;
    const longest = (await page.evaluate("globalThis.longest")) as number;
    const figure = `${(ms / 1000).toFixed(1)} s, longest task ${Math.round(longest)} ms`;
    assert.ok(ms <= MOST_MS && longest <= MOST_TASK_MS, figure);
    return figure;
  } finally {
    await visitor.leave();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function keepLarge(url: string): Promise<string> {
  const visitor = await visit(url);
  const { page } = visitor;
  const folder = mkdtempSync(`${tmpdir()}/planetvault-film-`);
  const hash = writeRandom(join(folder, "film.mp4"), LARGE_BYTES);
  try {
    await givePasskey(visitor.context, page);
    await begin(page, "en");
    await page.getByRole("button", { name: "Add my own data" }).click();
    await page.goto("/#/data/document.file");
    const input = page.locator("input[name=files]");
    await input.setInputFiles({ name: "a.txt", mimeType: "text/plain", buffer: Buffer.from("a") });
    await page.locator('[data-stage="done"]').waitFor();
    const before = mostResident();
    await page.evaluate(WATCH);
    const begun = performance.now();
    await input.setInputFiles(join(folder, "film.mp4"));
    await page.locator('[data-stage="done"]').nth(1).waitFor({ timeout: 600_000 });
    const kept = performance.now();
    await page.locator("main .lines > li > a", { hasText: "film.mp4" }).click();
    const save = page.locator("button.chief");
    const [file] = await Promise.all([page.waitForEvent("download", { timeout: 600_000 }), save.click()]);
    assert.equal(await hashOf(await file.path()), hash);
    const saved = performance.now();
    const grown = mostResident() - before;
    const longest = (await page.evaluate("globalThis.longest")) as number;
    const times = [kept - begun, saved - kept].map((ms) => `${(ms / 1000).toFixed(1)} s`).join(" and ");
    const figure = `${times}, ${Math.round(grown / 2 ** 20)} MiB more in memory, longest task ${Math.round(longest)} ms`;
    // What steers the browser here keeps some hundred MB of its traffic itself.
    assert.ok(grown < LARGE_BYTES && longest <= MOST_TASK_MS, figure);
    return figure;
  } finally {
    await visitor.leave();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The most memory that any page's process had at once so far, in bytes (Linux). */
function mostResident(): number {
  const most = readdirSync("/proc")
    .filter((pid) => /^\d+$/.test(pid))
    .map((pid) => {
      try {
        if (!readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("--type=renderer")) return 0;
        return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
      } catch {
        return 0; // It ended in between.
      }
    });
  return Math.max(...most) * 1024;
}

/** Eight years of listening, one play every forty minutes. */
function plays(): string {
  const begun = Date.UTC(2018, 0, 1);
  const rows = Array.from({ length: PLAYS }, (_, at) => ({
    ts: `${new Date(begun + at * 2_520_000).toISOString().slice(0, 19)}Z`,
    platform: "android",
    ms_played: 120_000 + (at % 97) * 1000,
    conn_country: "PT",
    ip_addr: "203.0.113.7",
    master_metadata_track_name: `Song ${at % 4000}`,
    master_metadata_album_artist_name: `Artist ${at % 700}`,
    master_metadata_album_album_name: `Album ${at % 1500}`,
    spotify_track_uri: `spotify:track:${String(at % 4000).padStart(22, "0")}`,
    episode_name: null,
    episode_show_name: null,
    spotify_episode_uri: null,
    reason_start: "trackdone",
    reason_end: "trackdone",
    shuffle: false,
    skipped: null,
    offline: false,
    offline_timestamp: null,
    incognito_mode: false,
  }));
  return JSON.stringify(rows);
}
