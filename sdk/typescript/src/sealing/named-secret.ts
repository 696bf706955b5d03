/**
 * Small things an owner keeps sealed under a name, such as her rules: under the root of the generation
 * (docs/spec/sealing.md). What was written before a device was removed, that device can still open.
 */

import type { Bytes } from "../encoding.js";
import { OpenError } from "../errors.js";
import { context } from "./context.js";
import { pad, unpad } from "./padding.js";
import { kdf, seal, unseal } from "./seal.js";
import type { AccountRoot } from "./tree.js";

const placeOf = ({ accountId, generation }: AccountRoot, name: string): Bytes =>
  context("named-secret", accountId, generation, name);

/** Seal some bytes for this name, under the newest root. */
export async function sealNamedSecret(root: AccountRoot, name: string, plaintext: Bytes): Promise<Bytes> {
  return seal(await kdf(root.key, context("wrap-secrets")), placeOf(root, name), pad(plaintext));
}

/**
 * Open what was sealed for this name, with whichever root it is sealed under.
 *
 * @throws OpenError whatever the reason.
 */
export async function openNamedSecret(
  roots: readonly AccountRoot[],
  name: string,
  blob: Uint8Array,
): Promise<Bytes> {
  for (const root of roots) {
    try {
      return unpad(await unseal(await kdf(root.key, context("wrap-secrets")), placeOf(root, name), blob));
    } catch (error) {
      if (!(error instanceof OpenError)) throw error;
    }
  }
  throw new OpenError();
}
