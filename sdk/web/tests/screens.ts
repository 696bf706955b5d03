/** Every screen × language × theme × width as a picture in `build/screens`, for a person to look at. */

import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setDesk } from "./desk-scene.ts";
import { ROOT } from "./files.ts";
import type { Place, Scene } from "./scene.ts";
import { comeTo, setScene } from "./scene.ts";
import type { Look, Visitor } from "./visitor.ts";

const FOLDER = join(ROOT, "build/screens");
/** ONLY=ask,home draws these alone. */
const ONLY = process.env["ONLY"]?.split(",") ?? null;

function* looks(): Generator<Required<Look>> {
  for (const language of ["en", "zh-CN"] as const)
    for (const theme of ["light", "dark"] as const)
      for (const width of [320, 390, 1280]) yield { language, theme, width };
}

async function draw(who: Visitor, place: Place, look: Required<Look>): Promise<void> {
  await comeTo(who, place, look);
  // The bar at the foot belongs at the foot of the picture.
  const height = (await who.page.evaluate("document.documentElement.scrollHeight")) as number;
  await who.page.setViewportSize({ width: look.width, height: Math.max(844, height) });
  const name = `${place.name}-${look.language}-${look.theme}-${look.width}.png`;
  await who.page.screenshot({ path: join(FOLDER, name) });
}

rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER, { recursive: true });
/** Every picture of a scene; how many. */
async function drawAll(set: () => Promise<Scene>): Promise<number> {
  const scene = await set();
  await scene.stranger.page.goto("/");
  let drawn = 0;
  try {
    for (const look of looks()) {
      for (const place of scene.places.filter(({ name }) => ONLY?.includes(name) ?? true)) {
        await draw(place.open === true ? scene.stranger : scene.her, place, look);
        drawn++;
      }
    }
  } finally {
    await scene.end();
  }
  return drawn;
}

let drawn = 0;
// SCENE=console draws partners' screens alone, SCENE=owner hers.
if (process.env["SCENE"] !== "console") drawn += await drawAll(setScene);
if (process.env["SCENE"] !== "owner") drawn += await drawAll(setDesk);
process.stdout.write(`screens: ${drawn} pictures in build/screens\n`);
