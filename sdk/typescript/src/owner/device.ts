/** The keys of this device's own locker: held by the platform where it can, else a secret among what is remembered. */

import type { Memory } from "../client/memory.js";
import { toBase64url } from "../encoding.js";
import type { Locker } from "../sealing/lockers.js";
import { newDeviceLocker } from "../sealing/lockers.js";

export interface NewDevice {
  readonly locker: Locker;
  /** To be kept together with the account. */
  readonly kept: Readonly<Record<string, string>>;
}

/** Make the keys of this device; where the platform holds them already, these. */
export async function makeDevice({ device }: Memory): Promise<NewDevice> {
  const held = (await device?.load()) ?? (await device?.make()) ?? null;
  if (held !== null) return { locker: held, kept: {} };
  const locker = await newDeviceLocker();
  return { locker, kept: { device: toBase64url(locker.secret()) } };
}
