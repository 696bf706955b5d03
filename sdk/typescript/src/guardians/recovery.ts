/**
 * A new device, and nothing else left: it asks guardians for their shares, until there are enough.
 *
 *     const recovery = await Recovery.on(memory);
 *     recovery.plea                             to each guardian; call them, and read out the number
 *     await recovery.take(letter);              what each sends back
 *     await Owner.openWith(url, memory, await recovery.opener());
 *
 * In memory: `recovery/key` is the seed of this device's key, `recovery/share/<index>` a share as it was sealed, opened.
 * `forget` clears it all when the account is open.
 */

import { BrokenText, OpensNothing } from "../client/errors.js";
import type { Memory } from "../client/memory.js";
import { InputError } from "../errors.js";
import type { OpeningKey } from "../sealing/hseal.js";
import { numberOfKey, openLetter, pleaOf } from "../sealing/letter.js";
import type { Share } from "../sealing/shares.js";
import { combineShares, readShare } from "../sealing/shares.js";
import { Guardians } from "./opening.js";
import { ownKey } from "./own-key.js";
import { reading } from "./texts.js";

const KEY = "recovery/key";
const SHARE = "recovery/share/";
const VAULT = "recovery/vault";

/** How many shares are here, and how many it takes; 0 before the first. */
export interface Gathered {
  readonly here: number;
  readonly needed: number;
}

/** Shares coming back to a device that has nothing else. */
export class Recovery {
  private constructor(
    private readonly memory: Memory,
    private readonly key: OpeningKey,
    /** 25 digits to read to each guardian, so that she knows the plea is not somebody else's. */
    readonly number: string,
  ) {}

  /** The recovery that this memory holds, or a new one. */
  static async on(memory: Memory): Promise<Recovery> {
    const key = await ownKey(memory, KEY);
    return new Recovery(memory, key, await numberOfKey(key.publicKey));
  }

  /** The text to which guardians seal their shares. */
  get plea(): string {
    return pleaOf(this.key.publicKey);
  }

  /** Which vault the account is at, as a letter says. */
  vault(): Promise<string | undefined> {
    return this.memory.get(VAULT);
  }

  /**
   * Take a letter.
   *
   * @throws BrokenText if it is none, is sealed to another device, or its share is of another secret.
   */
  async take(text: string): Promise<Gathered> {
    const letter = await reading(() => openLetter(text, this.key), "this is no letter to this device");
    const gathered = await this.takeWords(letter.words);
    await this.memory.keep({ [VAULT]: letter.vault });
    return gathered;
  }

  /**
   * Take a share that was kept on paper, as typed.
   *
   * @throws BrokenText if it is none, or of another secret.
   */
  async takeWords(typed: string): Promise<Gathered> {
    const share = await reading(() => readShare(typed), "these are not the words of a share");
    if ((await this.#shares()).some((one) => secretOf(one.share) !== secretOf(share)))
      throw new BrokenText("this share is of another secret than those that are here");
    const words = typed.trim().toLowerCase().split(/\s+/).join(" ");
    await this.memory.keep({ [SHARE + String(share.index).padStart(2, "0")]: words });
    return this.gathered();
  }

  /** How far it is. */
  async gathered(): Promise<Gathered> {
    const shares = await this.#shares();
    return { here: shares.length, needed: shares[0]?.share.threshold ?? 0 };
  }

  /**
   * What the shares bring back, for `Owner.openWith`.
   *
   * @throws OpensNothing if there are too few, or they don't belong together.
   */
  async opener(): Promise<Guardians> {
    const [{ here, needed }, shares] = [await this.gathered(), await this.#shares()];
    if (here === 0 || here < needed)
      throw new OpensNothing(`${here} shares are here, of ${needed || "those"} needed`);
    try {
      return new Guardians(await combineShares(shares.slice(0, needed).map(({ words }) => words)));
    } catch (cause) {
      if (cause instanceof InputError) throw new OpensNothing(cause.message, { cause });
      throw cause;
    }
  }

  /** Forget key and shares: the account is open, and the guardians keep theirs. */
  async forget(): Promise<void> {
    const names = [KEY, VAULT, ...(await this.memory.under(SHARE)).map(([name]) => name)];
    await this.memory.keep(Object.fromEntries(names.map((name) => [name, null])));
  }

  async #shares(): Promise<readonly { readonly share: Share; readonly words: string }[]> {
    const found = await this.memory.under(SHARE);
    return Promise.all(found.map(async ([, words]) => ({ share: await readShare(words), words })));
  }
}

/** What shares of one secret have in common, of one group each. */
function secretOf({ identifier, extendable, exponent, group, threshold }: Share): string {
  return [identifier, extendable, exponent, group, threshold].join();
}
