import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { bundled, inChromium, PAGE, served, withoutChromium } from "./chromium.js";
import { PACKAGE, ROOT } from "./files.js";
import { PYTHON, withoutPython } from "./running-vault.js";
import type { Given, Made } from "./twins/meeting.js";
import { expected, newMeeting, opened, sealed, sealingKeyOf } from "./twins/meeting.js";

async function python(asked: unknown): Promise<unknown> {
  const env = { ...process.env, PYTHONPATH: `${ROOT}sdk/python:${ROOT}` };
  const input = JSON.stringify(asked);
  return JSON.parse(execFileSync(PYTHON, [`${PACKAGE}tests/twins.py`], { cwd: ROOT, env, input }).toString());
}

async function sealedByPython(given: Given): Promise<Made> {
  return (await python({ given: { ...given, sealing_key: await sealingKeyOf(given) } })) as Made;
}

test("TypeScript opens what Python sealed", { skip: withoutPython }, async () => {
  const given = newMeeting();
  assert.deepEqual(await opened(given, await sealedByPython(given)), expected(given));
});

test("Python opens what TypeScript sealed", { skip: withoutPython }, async () => {
  const given = newMeeting();
  assert.deepEqual(await python({ given, made: await sealed(given) }), expected(given));
});

test("Chromium opens what Python sealed, and Python what Chromium sealed", {
  skip: withoutPython || withoutChromium,
}, async () => {
  const given = newMeeting();
  const made = await sealedByPython(given);
  const pages = new Map([
    ["/", ["text/html", PAGE]],
    ["/page.js", ["text/javascript", await bundled("twins/page.ts")]],
  ] as const);
  const [inPage, fromPage] = await served(pages, (url) =>
    inChromium(async (page) => {
      await page.goto(url);
      await page.waitForFunction("globalThis.meet !== undefined");
      return (await page.evaluate(`meet(${JSON.stringify({ given, made })})`)) as [unknown, Made];
    }),
  );
  assert.deepEqual(inPage, expected(given));
  assert.deepEqual(await python({ given, made: fromPage }), expected(given));
  assert.deepEqual(await opened(given, fromPage), expected(given));
});
