/** Coming from another vault with a bundle: looked through here first, then brought along. */

import { arrive, type BundleOpener } from "planetvault/arriving/index";
import type { CheckedBundle } from "planetvault/bundle/check";
import { checkBundle } from "planetvault/bundle/index";
import { Password, RecoveryPhrase } from "planetvault/owner/openers";
import { Joining } from "./joining.ts";

export class Arriving extends Joining {
  /** What a bundle holds, once all of it is found whole. Nothing is sent. */
  lookInto(bundle: File): Promise<CheckedBundle> {
    return checkBundle(bundle);
  }

  /** Move into this vault. Broken off, it may be called again and goes on. */
  arriveWithPhrase(bundle: File, words: string): Promise<void> {
    return this.#arrive(bundle, new RecoveryPhrase(words));
  }

  arriveWithPassword(bundle: File, password: string, secretKey: string): Promise<void> {
    return this.#arrive(bundle, new Password(password, secretKey.trim()));
  }

  async #arrive(bundle: File, opener: BundleOpener): Promise<void> {
    await this.adopt(arrive(this.url, this.store, bundle, opener));
  }
}
