/** An offer, and the answer to it, on the device that is in. */

import { BrokenText, DigitsDiffer } from "../client/errors.js";
import { random } from "../digest.js";
import type { Bytes } from "../encoding.js";
import { concat, fromBase64url, same, toBase64url, utf8 } from "../encoding.js";
import { VaultError } from "../errors.js";
import { verifyPublicKey } from "../keys.js";
import type { DeviceKeys } from "../owner/lockers.js";
import type { Owner } from "../owner/owner.js";
import { verifySealingKey } from "../sealing/hseal.js";
import { ANSWER, commitmentOf, digitsOf, NONCE_BYTES, OFFER, REVEAL, read, write } from "./texts.js";

const KEY_BYTES = 32;
const KEYS_BYTES = OFFER.size - KEY_BYTES;

export class Admission {
  constructor(
    private readonly offered: Bytes,
    private readonly answered: Bytes,
  ) {}

  /** The second text, for the new device. */
  get answer(): string {
    return write(ANSWER, this.answered);
  }

  /**
   * Six digits, to be compared with those on the new device.
   *
   * @throws DigitsDiffer if the nonce is not the one that the offer commits to.
   */
  async digits(reveal: string): Promise<string> {
    const nonce = read(reveal, REVEAL);
    const [keys, commitment] = [this.offered.slice(0, KEYS_BYTES), this.offered.slice(KEYS_BYTES)];
    if (!same(await commitmentOf(nonce, keys), commitment))
      throw new DigitsDiffer("the new device reveals another nonce than it committed to");
    return digitsOf(this.offered, this.answered, nonce);
  }

  /**
   * The new device's keys, for `Owner.addDevice`, if both devices show the same digits.
   *
   * @param digits those that the new device shows, typed or confirmed by a person who sees it.
   * @throws DigitsDiffer if they are not the same: somebody stands between the two.
   */
  async verifyDigits(reveal: string, digits: string): Promise<DeviceKeys> {
    if (!same(utf8(await this.digits(reveal)), utf8(digits.replace(/\s/g, ""))))
      throw new DigitsDiffer("the two devices show different digits: somebody stands between them");
    return keysIn(this.offered);
  }
}

/**
 * Answer the offer of a new device. Nothing is added yet.
 *
 * @throws BrokenText if it is none, or its keys are unusable.
 */
export async function admit(owner: Owner, offer: string): Promise<Admission> {
  const offered = read(offer, OFFER);
  verifyKeys(keysIn(offered));
  const { account, rootKid, trust } = await owner.told();
  return new Admission(offered, concat(account, rootKid, trust, random(NONCE_BYTES)));
}

function keysIn(offered: Bytes): DeviceKeys {
  const [signKey, sealingKey] = [offered.slice(0, KEY_BYTES), offered.slice(KEY_BYTES, KEYS_BYTES)];
  return { sign_key: toBase64url(signKey), sealing_key: toBase64url(sealingKey) };
}

function verifyKeys(keys: DeviceKeys): DeviceKeys {
  try {
    verifyPublicKey(keys.sign_key);
    verifySealingKey(fromBase64url(keys.sealing_key));
    return keys;
  } catch (cause) {
    if (cause instanceof VaultError)
      throw new BrokenText("the new device offers keys that nobody can use", { cause });
    throw cause;
  }
}
