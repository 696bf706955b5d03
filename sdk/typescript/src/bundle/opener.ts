/** Who opens a bundle. */

import type { Memory } from "../client/memory.js";
import type { Passkey, Password, RecoveryPhrase } from "../owner/openers.js";

/** A device that is in, by what it remembers: to open a bundle or move with it, not to log in elsewhere. */
export class Device {
  constructor(readonly memory: Memory) {}
}

/** What opens a bundle. Guardians don't: the vault's half is in none. */
export type BundleOpener = Device | Password | Passkey | RecoveryPhrase;
