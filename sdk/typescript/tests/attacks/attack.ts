/** What an attack is, and what it means that it was refused. */

import { VaultError } from "../../src/errors.js";
import type { Town } from "./town.js";

/** One way to try an attack: of which row, and what is tried in it. */
export interface Attempt {
  readonly row: number;
  readonly name: string;
  readonly run: (town: Town) => Promise<void>;
}

export function attempt(row: number, name: string, run: (town: Town) => Promise<void>): Attempt {
  return { row, name, run };
}

export class Missed extends Error {}

export function holds(fact: boolean, sentence: string): asserts fact {
  if (!fact) throw new Missed(sentence);
}

export function equal(found: unknown, expected: unknown): void {
  const [one, other] = [JSON.stringify(found), JSON.stringify(expected)];
  holds(one === other, `${one} is not ${other}`);
}

type Kind = abstract new (...args: never[]) => Error;

/** The error with which this was refused: one of these kinds, and of the SDK's tree in any case. */
export async function refused(trying: () => unknown, ...kinds: readonly Kind[]): Promise<VaultError> {
  let result: unknown;
  try {
    result = await trying();
  } catch (error) {
    if (!(error instanceof VaultError)) throw new Missed(`an untyped error: ${String(error)}`);
    if (kinds.length > 0 && !kinds.some((kind) => error instanceof kind))
      throw new Missed(
        `another error than expected: ${error.name} ${error.constructor.name}: ${error.message}`,
      );
    return error;
  }
  throw new Missed(`accepted: ${String(result)}`);
}

/** A blob with one bit of one byte changed. */
export function flipped<T extends Uint8Array>(octets: T, place: number): T {
  const changed = octets.slice() as T;
  const at = place < 0 ? changed.length + place : place;
  changed[at] = (changed[at] ?? 0) ^ 1;
  return changed;
}
