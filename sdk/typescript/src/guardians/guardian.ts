/**
 * A guardian keeps a share of somebody's account, and hands it over when she calls and asks.
 *
 *     const guardian = await Guardian.on(memory);
 *     guardian.invitation                       give this text to the owner, and read her the number
 *     await guardian.keep(letter, "Lin");       the letter she sent
 *     await guardian.send("Lin", plea, number)  years later: her plea, and the number she reads out
 *
 * No vault is spoken to: everything travels as texts between people. In memory: `guardian/key` is the seed of the
 * guardian's key, `guardian/share/<name>` a letter opened.
 */

import { BrokenText, DigitsDiffer, NothingRemembered } from "../client/errors.js";
import type { Memory } from "../client/memory.js";
import { fromBase64url, same, toBase64url, utf8 } from "../encoding.js";
import type { OpeningKey } from "../sealing/hseal.js";
import type { Letter } from "../sealing/letter.js";
import { invitationOf, numberOfKey, openLetter, readPlea, sealLetter } from "../sealing/letter.js";
import { ownKey } from "./own-key.js";
import { reading } from "./texts.js";

const KEY = "guardian/key";
const SHARE = "guardian/share/";
const NAME = /^[^\p{C}\p{Zl}\p{Zp}]{1,80}$/u;

/** A share that a guardian keeps, under the name she gave it. `words` may be kept on paper as well (SLIP-39). */
export interface KeptShare extends Letter {
  readonly name: string;
}

/** Somebody's guardian, on a device of her own. She needs no account. */
export class Guardian {
  private constructor(
    private readonly memory: Memory,
    private readonly key: OpeningKey,
    /** 25 digits to read to the owner, so that she knows the invitation is not somebody else's. */
    readonly number: string,
  ) {}

  static async on(memory: Memory): Promise<Guardian> {
    const key = await ownKey(memory, KEY);
    return new Guardian(memory, key, await numberOfKey(key.publicKey));
  }

  /** The text by which an owner seals a share to this guardian. */
  get invitation(): string {
    return invitationOf(this.key.publicKey);
  }

  /**
   * Open a letter, and keep its share under a name.
   *
   * @throws BrokenText if it is none, or for somebody else; or if the name is taken.
   */
  async keep(text: string, name: string): Promise<KeptShare> {
    if (name.trim() === "" || !NAME.test(name)) throw new BrokenText("a name has 1 to 80 characters");
    const letter = await reading(() => openLetter(text, this.key), "this is no letter to this guardian");
    const kept = JSON.stringify([letter.vault, toBase64url(letter.account), letter.words]);
    const before = await this.memory.get(SHARE + name);
    if (before !== undefined && before !== kept)
      throw new BrokenText("another share is kept under this name: choose another one");
    await this.memory.keep({ [SHARE + name]: kept });
    return { name, ...letter };
  }

  /** Every share, by name. */
  async kept(): Promise<readonly KeptShare[]> {
    const found = await this.memory.under(SHARE);
    return found.map(([name, kept]) => keptShare(name.slice(SHARE.length), kept));
  }

  /**
   * The share of `name`, sealed to the plea: a letter that may travel on any path.
   *
   * @param number what she reads out, on the phone or in person; not what came with the plea.
   * @throws DigitsDiffer if the plea has another number: somebody else wrote it.
   * @throws BrokenText if it is no plea.
   * @throws NothingRemembered if nothing is kept under this name.
   */
  async send(name: string, plea: string, number: string): Promise<string> {
    const kept = await this.memory.get(SHARE + name);
    if (kept === undefined) throw new NothingRemembered("no share is kept under this name");
    const key = await reading(() => readPlea(plea), "this is no plea");
    if (!same(digitsOf(await numberOfKey(key)), digitsOf(number)))
      throw new DigitsDiffer("this plea has another number: ask again who sent it, and send nothing");
    return sealLetter(keptShare(name, kept), key);
  }

  /** Keep a share no longer. */
  async forget(name: string): Promise<void> {
    await this.memory.keep({ [SHARE + name]: null });
  }
}

function keptShare(name: string, kept: string): KeptShare {
  const [vault, account, words] = JSON.parse(kept) as [string, string, string];
  return { name, vault, account: fromBase64url(account), words };
}

const digitsOf = (number: string): Uint8Array => utf8(number.replace(/\s/g, ""));
