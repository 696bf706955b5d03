/**
 * A page under the very headers with which the vault serves its app, and on it what somebody would try who changed the
 * page for one person, or got a text into it: does any of it run?
 */

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { inChromium, type Pages, served } from "../chromium.js";
import { ROOT } from "../files.js";
import { PYTHON } from "../running-vault.js";

/** The headers of the vault, asked of its own code. */
function vaultHeaders(): Record<string, string> {
  const program = "import json; from vault.web.api import HEADERS; print(json.dumps(HEADERS))";
  const env = { ...process.env, PYTHONPATH: `${ROOT}sdk/python:${ROOT}` };
  return JSON.parse(execFileSync(PYTHON, ["-c", program], { cwd: ROOT, env }).toString()) as Record<
    string,
    string
  >;
}

const OWN = `
const ran = (globalThis.ran = globalThis.ran ?? {});
ran.module = true;
const tries = {
  "a text evaluated": () => eval("ran.eval = true"),
  "a function made of a text": () => new Function("globalThis.ran.function = true")(),
  "a timer with a text": () => setTimeout("globalThis.ran.timer = true"),
  "markup with a handler": () => { document.body.innerHTML = "<img src=x onerror='ran.handler = true'>"; },
  "a script of text": () => { const s = document.createElement("script"); s.text = "ran.text = true"; document.body.append(s); },
  "a worker of a blob": () => new Worker(URL.createObjectURL(new Blob(["postMessage(1)"]))).addEventListener("message", () => { ran.worker = true; }),
  "a message to another origin": () => fetch("OTHER/steal", { mode: "no-cors" }).then(() => { ran.fetch = true; }),
  "an image from another origin": () => { const i = new Image(); i.onload = () => { ran.image = true; }; i.src = "OTHER/pixel.svg"; },
};
for (const [what, run] of Object.entries(tries)) { try { await run(); } catch { ran["refused " + what] = false; } }
`;
const ALTERED = "globalThis.ran = { ...globalThis.ran, altered: true };";
const SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>';

/** For each thing that was tried, whether it ran; `module` is the page's own, which must. */
export async function triedUnderPolicy(): Promise<Record<string, boolean>> {
  const foreign: Pages = new Map([
    ["/script.js", ["text/javascript", "globalThis.ran = { ...globalThis.ran, foreign: true };"]],
    ["/steal", ["text/plain", "thanks", { "access-control-allow-origin": "*" }]],
    ["/pixel.svg", ["image/svg+xml", SVG]],
  ]);
  return served(foreign, async (other) => {
    const headers = vaultHeaders();
    const integrity = `sha256-${createHash("sha256").update("another").digest("base64")}`;
    const page = `<!doctype html><body>
      <script>globalThis.ran = { ...globalThis.ran, inline: true };</script>
      <script src="${other}/script.js"></script>
      <script src="/altered.js" integrity="${integrity}"></script>
      <img src="/none" onerror="globalThis.ran = { ...globalThis.ran, attribute: true }">
      <a href="javascript:globalThis.ran.link = true">link</a>
      <script type="module" src="/own.js"></script>`;
    const pages: Pages = new Map([
      ["/", ["text/html", page, headers]],
      ["/own.js", ["text/javascript", OWN.replaceAll("OTHER", other), headers]],
      ["/altered.js", ["text/javascript", ALTERED, headers]],
    ]);
    return served(pages, (url) =>
      inChromium(async (tab) => {
        await tab.goto(url);
        await tab.waitForFunction("globalThis.ran?.module === true");
        await tab.click("a").catch(() => undefined);
        await tab.waitForTimeout(500);
        const ran = (await tab.evaluate("({ ...globalThis.ran })")) as Record<string, boolean>;
        const names = ["inline", "foreign", "altered", "attribute", "link", "eval", "function", "timer"];
        const more = ["handler", "text", "worker", "fetch", "image"];
        const found = [...names, ...more].map((name) => [name, ran[name] === true] as const);
        return { module: ran["module"] === true, ...Object.fromEntries(found) };
      }),
    );
  });
}
