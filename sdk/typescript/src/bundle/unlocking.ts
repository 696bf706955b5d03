/** The locker that opens a bundle, and the root keys behind it. */

import type { Answer } from "../client/answer.js";
import { OpensNothing } from "../client/errors.js";
import type { Memory } from "../client/memory.js";
import type { Bytes } from "../encoding.js";
import { fromBase64url, toBase64url } from "../encoding.js";
import { openRoots } from "../owner/account.js";
import type { AccountChain } from "../records/account-chain.js";
import type { Locker } from "../sealing/lockers.js";
import { deviceLocker } from "../sealing/lockers.js";
import type { AccountRoot } from "../sealing/tree.js";
import { type BundleOpener, Device } from "./opener.js";
import type { BundleReader } from "./reader.js";

/**
 * The locker of a checked bundle that this opener is, and the root keys it opens, the newest first.
 *
 * @throws OpensNothing or OpenError as `openBundle`.
 */
export async function unlockBundle(
  reader: BundleReader,
  chain: AccountChain,
  opener: BundleOpener,
): Promise<{ readonly locker: Locker; readonly roots: readonly AccountRoot[] }> {
  const account = await reader.account();
  const locker = await lockerIn(account.objects("lockers"), fromBase64url(account.id("account")), opener);
  return { locker, roots: await openRoots(chain, account, locker) };
}

/** The one of these lockers that the opener is: a device by its key, anything else by its finder. */
async function lockerIn(rows: readonly Answer[], account: Bytes, opener: BundleOpener): Promise<Locker> {
  if (opener instanceof Device) {
    const locker = await deviceIn(opener.memory);
    return verifyNamed(
      locker,
      rows.find((row) => row.hash("kid") === locker.signing.kid),
    );
  }
  const finder = toBase64url(await opener.finder());
  const row = rows.find((each) => each.hashOrNull("finder") === finder);
  if (row === undefined) throw new OpensNothing("this opens no locker of the bundle");
  return verifyNamed(await opener.locker(account, row.object("parameters")), row);
}

function verifyNamed(locker: Locker, row: Answer | undefined): Locker {
  if (row?.hash("kid") !== locker.signing.kid) throw new OpensNothing("this opens no locker of the bundle");
  return locker;
}

/** @throws OpensNothing if the memory holds no owner's device. */
async function deviceIn(memory: Memory): Promise<Locker> {
  const held = await memory.device?.load();
  if (held) return held;
  const secret = await memory.get("device");
  if (secret === undefined) throw new OpensNothing("this memory holds no owner's device");
  return deviceLocker(fromBase64url(secret));
}
