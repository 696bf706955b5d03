/** The one key of a device that guards, or that asks guardians: made at first, and remembered. */

import { MemoryFault } from "../client/errors.js";
import type { Memory } from "../client/memory.js";
import { random } from "../digest.js";
import { fromBase64url, toBase64url } from "../encoding.js";
import { OpeningKey } from "../sealing/hseal.js";
import { KEY_BYTES } from "../sealing/seal.js";

/** @throws MemoryFault if this memory does not keep it. */
export async function ownKey(memory: Memory, name: string): Promise<OpeningKey> {
  if ((await memory.get(name)) === undefined) await memory.keep({ [name]: toBase64url(random(KEY_BYTES)) });
  const seed = await memory.get(name);
  if (seed === undefined) throw new MemoryFault("this memory keeps no key");
  return OpeningKey.fromSeed(fromBase64url(seed));
}
