/** A second device, from both sides: the new one, and the one that lets it in. */

import { BrokenText, LockedOut } from "planetvault/client/errors";
import { type Admission, admit } from "planetvault/joining/admission";
import { Newcomer } from "planetvault/joining/newcomer";
import { Owner } from "planetvault/owner/owner";
import { Guarding } from "./guarding.ts";
import type * as shown from "./shown.ts";

export class Joining extends Guarding {
  #newcomer: Newcomer | null = null;
  #admission: Admission | null = null;

  // -- the new device ------------------------------------------------------------------

  /** The first text, for the device that is in. */
  async offer(): Promise<string> {
    this.#newcomer = await Newcomer.begin(this.store);
    return this.#newcomer.offer;
  }

  /** Take the other device's answer: from now on both show six digits. */
  async takeAnswer(answer: string): Promise<shown.Comparing> {
    const newcomer = begun(this.#newcomer);
    newcomer.answer(answer);
    return { reveal: newcomer.reveal, digits: await newcomer.digits() };
  }

  /** Enter the account. False before the other device has let this one in. */
  async join(): Promise<boolean> {
    try {
      await this.adopt(Owner.join(this.url, this.store, begun(this.#newcomer)));
      return true;
    } catch (error) {
      if (error instanceof LockedOut) return false;
      throw error;
    }
  }

  // -- the device that is in -----------------------------------------------------------

  /** Answer a new device's offer. Nothing is added yet. */
  async admit(offer: string): Promise<string> {
    this.#admission = await admit(await this.opened(), offer);
    return this.#admission.answer;
  }

  /** Let the new device in, if the digits that it shows are those that this one works out. */
  async letIn(reveal: string, digits: string): Promise<void> {
    const keys = await begun(this.#admission).verifyDigits(reveal, digits);
    await (await this.opened()).addDevice(keys);
    this.#admission = null;
  }
}

function begun<T>(one: T | null): T {
  if (one === null) throw new BrokenText("this page was left in between: begin anew on both devices");
  return one;
}
