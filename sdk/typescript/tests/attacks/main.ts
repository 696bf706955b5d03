/**
 * For `make attacks`: every attempt in Node and in Chromium, then random mutations; one JSON object on standard output.
 * MUTATIONS= says how many of those.
 */

import { withoutChromium } from "../chromium.js";
import { ATTEMPTS, type Result, tried } from "./attempts.js";
import { attackedInChromium } from "./browser.js";
import { mutated } from "./mutations.js";
import { ROWS } from "./rows.js";

const MUTATIONS = 2000;

interface Row {
  readonly attack: string;
  /** Where each of its attempts was refused; empty if it was not tried. */
  readonly tried: readonly string[];
  readonly wrong: readonly string[];
}

async function rows(): Promise<Record<string, Row>> {
  const places: [string, readonly Result[]][] = [["Node", await inNode()]];
  if (withoutChromium === false) places.push(["Chromium", await attackedInChromium()]);
  const found = Object.entries(ROWS).map(([number, attack]) => {
    const each = places.flatMap(([place, results]) =>
      results.filter(({ row }) => row === Number(number)).map((result) => ({ ...result, place })),
    );
    const wrong = each.filter((result) => result.wrong !== null);
    return [
      number,
      {
        attack,
        tried: [...new Set(each.map(({ place }) => place))],
        wrong: wrong.map(({ place, name, wrong: why }) => `${place}: ${name}: ${why}`),
      },
    ] as const;
  });
  return Object.fromEntries(found);
}

async function inNode(): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (const each of ATTEMPTS) results.push(await tried(each));
  return results;
}

const count = Number(process.env["MUTATIONS"] || MUTATIONS);
process.stdout.write(JSON.stringify({ rows: await rows(), mutations: await mutated(count) }));
