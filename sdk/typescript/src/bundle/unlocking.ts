/** The locker that opens a bundle, and the root keys behind it. */

import type { Answer } from "../client/answer.js";
import { OpensNothing } from "../client/errors.js";
import type { Memory } from "../client/memory.js";
import type { Bytes } from "../encoding.js";
import { fromBase64url, toBase64url } from "../encoding.js";
import { openRoots } from "../owner/account.js";
import { Passkey, Password } from "../owner/openers.js";
import type { AccountChain } from "../records/account-chain.js";
import type { Locker, LockerKind } from "../sealing/lockers.js";
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

/** The one of these lockers that the opener is. */
async function lockerIn(rows: readonly Answer[], account: Bytes, opener: BundleOpener): Promise<Locker> {
  const finder = opener instanceof Device ? null : toBase64url(await opener.finder());
  for (const row of rows.filter((each) => each.text("kind") === kindOf(opener))) {
    // A first bundle names no finder. Where there is one, it spares the stretching of another's password.
    const named = row.hashOrNull("finder");
    if (named !== null && named !== finder) continue;
    const parameters = row.object("parameters");
    const locker = await (opener instanceof Device
      ? deviceIn(opener.memory)
      : opener.locker(account, parameters));
    if (locker.signing.kid === row.hash("kid")) return locker;
  }
  throw new OpensNothing("this opens no locker of the bundle");
}

function kindOf(opener: BundleOpener): LockerKind {
  if (opener instanceof Device) return "device";
  if (opener instanceof Password) return "password";
  return opener instanceof Passkey ? "passkey" : "recovery";
}

/** @throws OpensNothing if the memory holds no owner's device. */
async function deviceIn(memory: Memory): Promise<Locker> {
  const held = await memory.device?.load();
  if (held) return held;
  const secret = await memory.get("device");
  if (secret === undefined) throw new OpensNothing("this memory holds no owner's device");
  return deviceLocker(fromBase64url(secret));
}
