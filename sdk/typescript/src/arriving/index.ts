/**
 * An owner moves into another vault with everything: lockers, journal, items, files, and the history of the old one
 * (docs/spec/arrival.md).
 *
 *     const parts: Blob[] = [];
 *     await exportBundle(old, (octets) => void parts.push(new Blob([octets])));   // planetvault/bundle
 *     const owner = await arrive("https://other.example", memory, new Blob(parts), new Device(oldMemory));
 *     for await (const { checked } of past(owner)) …   // the old vault's receipts, against its own trust file
 *
 * A bundle that lies in a file is a `Blob` as well: what an `<input type="file">` gives, or `openAsBlob` of `node:fs`. Everything
 * was signed by her devices and is sent as it was sealed, so the new vault need not be believed, nor the old one asked. What
 * moves her is loaded when she moves.
 */

import type { BundleOpener } from "../bundle/opener.js";
import type { Memory } from "../client/memory.js";
import type { Owner, OwnerOptions } from "../owner/owner.js";
import type { Past } from "./past.js";

export type { CheckedBundle } from "../bundle/check.js";
export { BundleBroken } from "../bundle/directory.js";
export { type BundleOpener, Device } from "../bundle/opener.js";
export type { Past } from "./past.js";

/**
 * Move into the vault at `url` with a bundle of another one. Broken off, call it again with the same memory: it goes on.
 *
 * @param opener any locker of the account: a `Device` with the memory of one that is in, or words, a password or a passkey.
 * @throws BundleBroken, OpensNothing or OpenError as `openBundle`; nothing was sent then.
 * @throws MemoryFault if the memory holds another account.
 * @throws Refused with `conflict` if the account is at this vault already, with another history.
 * @throws ProofError if the vault does not show what it was given.
 */
export async function arrive(
  url: string,
  memory: Memory,
  bundle: Blob,
  opener: BundleOpener,
  options: OwnerOptions = {},
): Promise<Owner> {
  const moving = await import("./arrive.js");
  return moving.arrive(url, memory, bundle, opener, options);
}

/**
 * The bundles of the vaults this account came from, one after the other.
 *
 * @throws BundleBroken if one does not hold together.
 */
export async function* past(owner: Owner): AsyncGenerator<Past> {
  yield* (await import("./past.js")).past(owner);
}
