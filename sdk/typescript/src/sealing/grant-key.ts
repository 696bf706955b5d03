/** The grant key and its shares (docs/spec/envelope.md, Grant key). */

import { random, sha256 } from "../digest.js";
import type { Bytes } from "../encoding.js";
import { same } from "../encoding.js";
import { InputError, OpenError } from "../errors.js";
import { context } from "./context.js";
import type { OpeningKey } from "./hseal.js";
import { hseal } from "./hseal.js";
import { KEY_BYTES, kdf } from "./seal.js";
import type { AccountRoot } from "./tree.js";

export const MOST_HOLDERS = 8;

/** The key under which a grant's envelopes are sealed. */
export interface GrantKey {
  readonly grantId: Bytes;
  readonly key: Bytes;
}

/** What the signed grant says about its key: one hash for each share, one for the whole. */
export interface GrantKeyCommitment {
  readonly shares: readonly Uint8Array[];
  readonly key: Uint8Array;
}

/** To whom a grant key goes, and from whom. */
export interface GrantKeyParties {
  /** The partner's domain. */
  readonly partner: string;
  /** The kid with which the owner signs for this partner, 32 bytes. */
  readonly ownerKid: Uint8Array;
}

/** The key of one version of a grant, from the root that is newest when the grant is signed. */
export async function deriveGrantKey(root: AccountRoot, grantId: Bytes, version: number): Promise<GrantKey> {
  return { grantId, key: await kdf(root.key, context("grant", grantId, version)) };
}

/**
 * The key of a standing grant, as the owner: whichever root gives the key she committed to.
 *
 * @throws OpenError if none does.
 */
export async function findGrantKey(
  roots: readonly AccountRoot[],
  grantId: Bytes,
  version: number,
  commitment: Uint8Array,
): Promise<GrantKey> {
  for (const root of roots) {
    const key = await deriveGrantKey(root, grantId, version);
    if (same(await keyCommitment(key), commitment)) return key;
  }
  throw new OpenError();
}

/**
 * Split a grant key over `holders` and seal each share to the partner's X-Wing key.
 *
 * @throws InputError for an unusable sealing key, or other than 1 to 8 holders.
 */
export async function sealGrantKey(
  key: GrantKey,
  sealingKey: Bytes,
  parties: GrantKeyParties,
  holders = 1,
): Promise<{ readonly shares: readonly Bytes[]; readonly commitment: GrantKeyCommitment }> {
  if (!Number.isInteger(holders) || holders < 1 || holders > MOST_HOLDERS)
    throw new InputError("1 to 8 holders");
  const drawn = Array.from({ length: holders - 1 }, () => random(KEY_BYTES));
  const shares = [...drawn, drawn.reduce(xor, key.key)];
  const place = placesOf(key.grantId, parties, await sha256(sealingKey), holders);
  const sealed = await Promise.all(shares.map((share, index) => hseal(sealingKey, place(index), share)));
  const commitments = shares.map((share, index) => shareCommitment(key.grantId, index, holders, share));
  return {
    shares: sealed,
    commitment: { shares: await Promise.all(commitments), key: await keyCommitment(key) },
  };
}

/**
 * Open a grant key as the partner, with the commitment of the grant whose signature was verified.
 *
 * @throws OpenError if a share is missing, altered, or not the one the owner committed to.
 */
export async function openGrantKey(
  opener: OpeningKey,
  grantId: Bytes,
  shares: readonly Uint8Array[],
  commitment: GrantKeyCommitment,
  parties: GrantKeyParties,
): Promise<GrantKey> {
  const count = commitment.shares.length;
  if (count < 1 || count > MOST_HOLDERS || shares.length !== count) throw new OpenError();
  const place = placesOf(grantId, parties, opener.kid, count);
  const opened = await Promise.all(shares.map((share, index) => opener.hunseal(place(index), share)));
  for (const [index, share] of opened.entries()) {
    const expected = commitment.shares[index] ?? new Uint8Array();
    const found = await shareCommitment(grantId, index, count, share);
    if (share.length !== KEY_BYTES || !same(found, expected)) throw new OpenError();
  }
  const key = { grantId, key: opened.reduce(xor) };
  if (!same(await keyCommitment(key), commitment.key)) throw new OpenError();
  return key;
}

function placesOf(
  grantId: Bytes,
  { partner, ownerKid }: GrantKeyParties,
  sealingKid: Bytes,
  count: number,
): (index: number) => Bytes {
  return (index) => context("grant-key", grantId, partner, sealingKid, ownerKid, index, count);
}

function xor(one: Bytes, other: Bytes): Bytes {
  return one.map((octet, at) => octet ^ (other[at] ?? 0));
}

function shareCommitment(grantId: Bytes, index: number, count: number, share: Bytes): Promise<Bytes> {
  return sha256(context("share-commit", grantId, index, count), share);
}

function keyCommitment({ grantId, key }: GrantKey): Promise<Bytes> {
  return sha256(context("grant-key-commit", grantId), key);
}
