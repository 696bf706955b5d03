/** Every attempt there is, and how to run it: in Node and in a browser alike. */

import type { Attempt } from "./attack.js";
import { HISTORY } from "./history.js";
import { KEYS } from "./keys.js";
import { Town } from "./town.js";
import { USES } from "./uses.js";

export const ATTEMPTS: readonly Attempt[] = [...KEYS, ...HISTORY, ...USES];

export interface Result {
  readonly row: number;
  readonly name: string;
  /** Null if it was refused as it must be; else what went wrong. */
  readonly wrong: string | null;
}

export async function tried(each: Attempt): Promise<Result> {
  const { row, name } = each;
  try {
    await each.run(await Town.found());
    return { row, name, wrong: null };
  } catch (error) {
    return { row, name, wrong: error instanceof Error ? `${error.message}\n${error.stack}` : String(error) };
  }
}
