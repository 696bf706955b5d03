/** Texts between people: what can't be read is a broken text, whatever the reason. */

import { BrokenText } from "../client/errors.js";
import type { Bytes } from "../encoding.js";
import { SealError } from "../errors.js";
import { numberOfKey, readInvitation } from "../sealing/letter.js";

/** @throws BrokenText with this sentence, where reading throws a SealError. */
export async function reading<T>(read: () => T | Promise<T>, sentence: string): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (cause instanceof SealError) throw new BrokenText(sentence, { cause });
    throw cause;
  }
}

/** @throws BrokenText if the text is no invitation. */
export function keyOfInvitation(text: string): Promise<Bytes> {
  return reading(() => readInvitation(text), "this is no guardian's invitation, or not whole");
}

/**
 * The number that a guardian reads out, so that her invitation is known to be hers.
 *
 * @throws BrokenText if the text is no invitation.
 */
export async function numberOfInvitation(text: string): Promise<string> {
  return numberOfKey(await keyOfInvitation(text));
}
