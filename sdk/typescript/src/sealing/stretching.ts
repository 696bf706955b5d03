/** Stretching a password with Argon2id (RFC 9106), within bounds that the client sets (docs/spec/keys.md, Lockers). */

import { random } from "../digest.js";
import type { Bytes } from "../encoding.js";
import { HALF_A_PAIR, utf8 } from "../encoding.js";
import { InputError } from "../errors.js";

const SALT_BYTES = 16;
const PASSES = { least: 3, most: 16 };
const MEMORY_KIB = { least: 64 * 1024, most: 1024 * 1024 };
const MOST_PASSWORD_BYTES = 1024;

/** What one guess at a password costs. */
export interface Cost {
  readonly passes: number;
  readonly memoryKib: number;
}

/** Salt and cost of one password locker. */
export interface Stretching extends Cost {
  readonly salt: Bytes;
}

/** What new lockers cost; one that costs less is made anew when it is next opened. */
export const TODAY: Cost = { passes: PASSES.least, memoryKib: MEMORY_KIB.least };

export function newStretching(cost: Cost = TODAY): Stretching {
  return { salt: random(SALT_BYTES), passes: cost.passes, memoryKib: cost.memoryKib };
}

/**
 * 32 bytes from a password in Unicode form NFKC. Argon2id is loaded when it is first needed.
 *
 * @throws InputError for a salt, a cost or a password that is out of range; before anything is stretched.
 */
export async function stretch(password: string, { salt, passes, memoryKib }: Stretching): Promise<Bytes> {
  if (salt.length !== SALT_BYTES) throw new InputError("the salt of a password has 16 bytes");
  within(passes, PASSES, "a password is stretched with 3 to 16 passes");
  within(memoryKib, MEMORY_KIB, "a password is stretched over 64 MiB to 1 GiB of memory");
  if (HALF_A_PAIR.test(password)) throw new InputError("a password is well-formed Unicode");
  const octets = utf8(password.normalize("NFKC"));
  within(octets.length, { least: 1, most: MOST_PASSWORD_BYTES }, "a password has 1 to 1,024 bytes");
  const { argon2id } = await import("./argon2.js");
  const cost = { iterations: passes, memorySize: memoryKib, parallelism: 1, hashLength: 32 };
  return new Uint8Array(await argon2id({ password: octets, salt, outputType: "binary", ...cost }));
}

function within(value: number, range: { least: number; most: number }, sentence: string): void {
  if (!Number.isInteger(value) || value < range.least || value > range.most) throw new InputError(sentence);
}
