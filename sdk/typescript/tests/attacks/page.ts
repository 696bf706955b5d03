/** What runs inside the browser: every attempt, and those that need a page. */

import { ATTEMPTS, type Result, tried } from "./attempts.js";
import { PAGES } from "./pages.js";

async function runAttacks(): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (const each of [...ATTEMPTS, ...PAGES]) results.push(await tried(each));
  return results;
}

Object.assign(globalThis, { runAttacks });
