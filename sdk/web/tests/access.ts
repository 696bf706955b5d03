/** Every screen in both languages and themes, looked through by axe: WCAG 2.2 A and AA, and best practice. */

import assert from "node:assert/strict";
import { setDesk } from "./desk-scene.ts";
import type { Scene } from "./scene.ts";
import { comeTo, setScene } from "./scene.ts";
import type { Told } from "./told.ts";
import { violations } from "./visitor.ts";

const WIDTH = 390;
/** PLACES=offers,rules looks through those alone. */
const PLACES = process.env["PLACES"]?.split(",") ?? null;

const SCENES = { owner: setScene, console: setDesk } as const;

export async function lookThrough(told: Told, name: keyof typeof SCENES): Promise<void> {
  const scene: Scene = await SCENES[name]();
  const places = scene.places.filter((place) => PLACES?.includes(place.name) ?? true);
  await scene.stranger.page.goto("/");
  try {
    for (const language of ["en", "zh-CN"] as const) {
      for (const theme of ["light", "dark"] as const) {
        await told.check(`axe finds nothing on any screen (${name}): ${language}, ${theme}`, async () => {
          const found: string[] = [];
          for (const place of places) {
            const who = place.open === true ? scene.stranger : scene.her;
            await comeTo(who, place, { language, theme, width: WIDTH });
            found.push(...(await violations(who.page)).map((each) => `${place.name}: ${each}`));
          }
          assert.deepEqual(found, []);
          return `${places.length} screens`;
        });
      }
    }
  } finally {
    await scene.end();
  }
}
