/** The outcome of doing what a vector says, in the words of the vectors. */

import { FormatError, ProofError, SealError, SignatureError } from "../../src/errors.js";

export interface Outcome {
  readonly name: string;
  readonly expected: string;
  readonly found: string;
}

/** Run one vector; an error outside the tree is no outcome and gets its own name. */
export async function outcomeOf(
  name: string,
  expected: string,
  run: () => Promise<unknown>,
): Promise<Outcome> {
  try {
    const differs = await run();
    return { name, expected, found: differs === undefined ? "ok" : `other outputs: ${String(differs)}` };
  } catch (error) {
    return { name, expected, found: wordFor(error) };
  }
}

function wordFor(error: unknown): string {
  if (error instanceof FormatError) return "format";
  if (error instanceof SignatureError) return "signature";
  if (error instanceof ProofError) return "proof";
  if (error instanceof SealError) return "refused";
  return `untyped: ${String(error)} ${error instanceof Error ? error.stack : ""}`;
}

/** Undefined if two values say the same, whatever the order of their members; both of them if not. */
export function difference(found: unknown, expected: unknown): string | undefined {
  const [one, other] = [sorted(found), sorted(expected)];
  return one === other ? undefined : `${one}\n is not \n${other}`;
}

function sorted(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    member !== null && typeof member === "object" && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([one], [other]) => (one < other ? -1 : 1)))
      : member,
  );
}
