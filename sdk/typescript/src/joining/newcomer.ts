/** A new device before it is let in. Its secret keys never leave it. */

import { BrokenText } from "../client/errors.js";
import type { Memory } from "../client/memory.js";
import { random } from "../digest.js";
import type { Bytes } from "../encoding.js";
import { concat, fromBase64url, same } from "../encoding.js";
import type { NewDevice } from "../owner/device.js";
import { makeDevice } from "../owner/device.js";
import type { Told } from "../owner/lockers.js";
import { ANSWER, commitmentOf, digitsOf, NONCE_BYTES, OFFER, REVEAL, read, write } from "./texts.js";

export class Newcomer {
  #answer: Bytes | null = null;

  private constructor(
    readonly device: NewDevice,
    private readonly nonce: Bytes,
    private readonly offered: Bytes,
  ) {}

  /** Make this device's keys, or take those it has. A page that was left in between begins anew. */
  static async begin(memory: Memory): Promise<Newcomer> {
    const [device, nonce] = [await makeDevice(memory), random(NONCE_BYTES)];
    const { signing, opening } = device.locker;
    const keys = concat(fromBase64url(signing.publicKey), opening.publicKey);
    return new Newcomer(device, nonce, concat(keys, await commitmentOf(nonce, keys)));
  }

  /** The first text: both public keys, and a commitment to a nonce. */
  get offer(): string {
    return write(OFFER, this.offered);
  }

  /**
   * Take the second text, once: the nonce is told after it.
   *
   * @throws BrokenText if it is none, or another one was taken.
   */
  answer(text: string): void {
    const octets = read(text, ANSWER);
    if (this.#answer !== null && !same(this.#answer, octets))
      throw new BrokenText("another answer was taken: begin anew");
    this.#answer = octets;
  }

  /**
   * The third text: the nonce.
   *
   * @throws BrokenText before there is an answer.
   */
  get reveal(): string {
    this.#answered();
    return write(REVEAL, this.nonce);
  }

  /** Six digits, to be compared with those on the other device. */
  digits(): Promise<string> {
    return digitsOf(this.offered, this.#answered(), this.nonce);
  }

  /** What the other device said; to be believed once the digits are the same. */
  get told(): Told {
    const answer = this.#answered();
    return { account: answer.slice(0, 16), rootKid: answer.slice(16, 48), trust: answer.slice(48, 80) };
  }

  #answered(): Bytes {
    if (this.#answer === null) throw new BrokenText("the other device has not answered yet");
    return this.#answer;
  }
}
