/** The attacks in a headless Chromium. */

import { bundled, inChromium, PAGE, served } from "../chromium.js";
import type { Result } from "./attempts.js";
import { triedUnderPolicy } from "./policy.js";

export async function attackedInChromium(): Promise<readonly Result[]> {
  const pages = new Map([
    ["/", ["text/html", PAGE]],
    ["/page.js", ["text/javascript", await bundled("attacks/page.ts")]],
  ] as const);
  const underPolicy = await triedUnderPolicy();
  return served(pages, (url) =>
    inChromium(async (page) => {
      await page.exposeFunction("underPolicy", () => underPolicy);
      await page.goto(url);
      await page.waitForFunction("globalThis.runAttacks !== undefined");
      return (await page.evaluate("runAttacks()")) as readonly Result[];
    }),
  );
}
