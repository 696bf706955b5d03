/**
 * A share on its way: sealed to a guardian, or to the device that asks for it back (docs/spec/guardians.md, Shares).
 *
 *     "planetvault-guardian:1:" ‖ base64url(X-Wing key)        an invitation, by a guardian
 *     "planetvault-plea:1:"     ‖ base64url(X-Wing key)        a plea, by a device that lost everything
 *     "planetvault-share:1:"    ‖ base64url(hseal(…))          a letter, to either
 */

import { sha256 } from "../digest.js";
import type { Bytes } from "../encoding.js";
import { concat, fromBase64url, toBase64url, utf8 } from "../encoding.js";
import { AnchorError, InputError } from "../errors.js";
import { context } from "./context.js";
import type { OpeningKey } from "./hseal.js";
import { hseal, verifySealingKey } from "./hseal.js";
import { LayoutReader, writeText } from "./layout.js";
import { readShare } from "./shares.js";

const INVITATION = "planetvault-guardian:1:";
const PLEA = "planetvault-plea:1:";
const LETTER = "planetvault-share:1:";
const MOST_CHARACTERS = 4096;
const ID_BYTES = 16;
const DIGITS = 25;

/** A share, and which account of which vault it helps to open. */
export interface Letter {
  readonly vault: string;
  readonly account: Bytes;
  readonly words: string;
}

/** The letter as a text that only the holder of this key can read. */
export async function sealLetter(letter: Letter, publicKey: Bytes): Promise<string> {
  const plaintext = concat(writeText(letter.vault), letter.account, writeText(letter.words));
  const place = context("guardian-share", await sha256(publicKey));
  return LETTER + toBase64url(await hseal(publicKey, place, plaintext));
}

/**
 * Open a letter.
 *
 * @throws InputError if the text is no letter, or what it holds is no share.
 * @throws OpenError if it is sealed to another key, or was changed.
 */
export async function openLetter(text: string, key: OpeningKey): Promise<Letter> {
  const blob = read(text, LETTER);
  const reader = new LayoutReader(await key.hunseal(context("guardian-share", key.kid), blob));
  const letter = { vault: reader.text(), account: reader.take(ID_BYTES), words: reader.text() };
  reader.end();
  await readShare(letter.words);
  return letter;
}

/** 25 digits by which two people make sure that they mean the same key, such as on the phone. */
export async function numberOfKey(publicKey: Bytes): Promise<string> {
  const hash = await sha256(utf8("planetvault/guardian-number/v1\0"), publicKey);
  const value = hash.reduce((sum, octet) => (sum << 8n) | BigInt(octet), 0n) % 10n ** BigInt(DIGITS);
  const digits = value.toString().padStart(DIGITS, "0");
  return (digits.match(/\d{5}/g) ?? []).join(" ");
}

/** The text by which a guardian offers to keep a share. */
export const invitationOf = (publicKey: Bytes): string => INVITATION + toBase64url(publicKey);

/** The text by which a new device asks for shares. */
export const pleaOf = (publicKey: Bytes): string => PLEA + toBase64url(publicKey);

/**
 * The X-Wing key of an invitation.
 *
 * @throws InputError if it is none.
 */
export const readInvitation = (text: string): Bytes => verifySealingKey(read(text, INVITATION));

/**
 * The X-Wing key of a plea.
 *
 * @throws InputError if it is none.
 */
export const readPlea = (text: string): Bytes => verifySealingKey(read(text, PLEA));

function read(text: string, prefix: string): Bytes {
  // A message may have broken it into lines.
  const whole = text.length > 2 * MOST_CHARACTERS ? "" : text.replace(/\s+/g, "");
  if (whole.length > MOST_CHARACTERS || !whole.startsWith(prefix))
    throw new InputError(`a text that begins with ${prefix} is expected here`);
  try {
    return fromBase64url(whole.slice(prefix.length));
  } catch (cause) {
    if (cause instanceof AnchorError) throw new InputError("this text is not whole", { cause });
    throw cause;
  }
}
