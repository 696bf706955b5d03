/** Recovery phrases: 128 bits as twelve words that a person can write down (BIP-39; docs/spec/keys.md, Lockers). */

import { sha256 } from "../digest.js";
import type { Bytes } from "../encoding.js";
import { InputError } from "../errors.js";

export const ENTROPY_BYTES = 16;
const WORD_COUNT = 12;
const MOST_CHARACTERS = 512;

/** Twelve words, one space between them. */
export async function phraseOf(entropy: Bytes): Promise<string> {
  if (entropy.length !== ENTROPY_BYTES) throw new InputError("a recovery phrase holds 16 bytes");
  const { WORDS } = await import("./recovery-words.js");
  const bits = (numberOf(entropy) << 4n) | (await checksum(entropy));
  const places = Array.from({ length: WORD_COUNT }, (_, at) => BigInt(11 * (WORD_COUNT - 1 - at)));
  return places.map((place) => WORDS[Number((bits >> place) & 2047n)]).join(" ");
}

/**
 * The 16 bytes behind a phrase; case and white space don't matter.
 *
 * @throws InputError for another number of words, an unknown word, or a checksum that does not fit.
 */
export async function entropyOf(phrase: string): Promise<Bytes> {
  const words = phrase.length > MOST_CHARACTERS ? [] : phrase.trim().toLowerCase().split(/\s+/);
  const { WORDS } = await import("./recovery-words.js");
  const places = words.map((word) => WORDS.indexOf(word));
  if (places.length !== WORD_COUNT || places.includes(-1))
    throw new InputError("not twelve of the known words");
  const bits = places.reduce((sum, place) => (sum << 11n) | BigInt(place), 0n);
  const entropy = Uint8Array.from({ length: ENTROPY_BYTES }, (_, at) =>
    Number((bits >> BigInt(124 - 8 * at)) & 255n),
  );
  if ((await checksum(entropy)) !== (bits & 15n)) throw new InputError("the words do not belong together");
  return entropy;
}

async function checksum(entropy: Bytes): Promise<bigint> {
  return BigInt(((await sha256(entropy))[0] ?? 0) >> 4);
}

function numberOf(octets: Uint8Array): bigint {
  return octets.reduce((sum, octet) => (sum << 8n) | BigInt(octet), 0n);
}
