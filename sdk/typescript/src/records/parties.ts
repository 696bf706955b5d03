/** Partner entries: the history of a domain's keys, and who signed for a partner (docs/spec/partner.md). */

import { FormatError, SignatureError } from "../errors.js";
import { kidOf, verifyPublicKey } from "../keys.js";
import type { Partner } from "./kinds.js";
import { PARTNER } from "./kinds.js";
import type { Signed } from "./signed.js";
import { must, verify, vouched } from "./signed.js";

export const MOST_ENTRIES = 64;

/** The whole history of a domain, oldest first. */
export async function verifyPartner(
  raws: readonly (string | Uint8Array)[],
): Promise<readonly Signed<Partner>[]> {
  if (raws.length < 1 || raws.length > MOST_ENTRIES) throw new FormatError("a history has 1 to 64 entries");
  const history: Signed<Partner>[] = [];
  for (const raw of raws) history.push(await verifyNext(raw, history));
  return history;
}

/**
 * A partner's entries from one that holds the pinned key onward, oldest first.
 *
 * The first is taken by the kid of its key; every byte of it is named by the second, which that key signed.
 */
export async function verifySuccessors(
  raws: readonly (string | Uint8Array)[],
  pinned: string,
): Promise<readonly Signed<Partner>[]> {
  const [oldest, ...others] = raws;
  if (oldest === undefined || others.length < 1 || raws.length > MOST_ENTRIES) {
    throw new FormatError("expected 2 to 64 entries");
  }
  const first = await vouched(oldest, PARTNER);
  verifyPublicKey(first.record.sign_key);
  must((await kidOf(first.record.sign_key)) === pinned, "the first entry does not hold the pinned key");
  const history: Signed<Partner>[] = [first];
  for (const raw of others) history.push(await verifyNext(raw, history));
  return history;
}

async function verifyNext(
  raw: string | Uint8Array,
  history: readonly Signed<Partner>[],
): Promise<Signed<Partner>> {
  const before = history.at(-1);
  const entry = await verify(raw, PARTNER, (record) => {
    verifyPublicKey(record.sign_key);
    return before?.record.sign_key ?? record.sign_key;
  });
  must(entry.record.seq === (before?.record.seq ?? 0) + 1, "an entry is missing from the history");
  must(entry.record.prev === (before?.hash ?? null), "an entry follows another one");
  must(before === undefined || before.record.partner === entry.record.partner, "an entry of another domain");
  const key = entry.record.sign_key;
  const returns = history.some((earlier) => earlier.record.sign_key === key);
  must(!returns || before?.record.sign_key === key, "a key that was replaced came back");
  return entry;
}

/**
 * The entry of the key that signed for a partner under a grant that pins `pinned`.
 *
 * @throws ProofError if the pinned key is not in the history.
 * @throws SignatureError if `kid` is not that key nor a later one.
 */
export async function verifySigner(
  history: readonly Signed<Partner>[],
  pinned: string,
  kid: string,
): Promise<Signed<Partner>> {
  const kids = await Promise.all(history.map((entry) => kidOf(entry.record.sign_key)));
  const from = kids.indexOf(pinned);
  must(from >= 0, "the key that the grant pins is not in the history");
  const signer = history[kids.indexOf(kid, from)];
  if (signer === undefined || kids.indexOf(kid, from) < 0) {
    throw new SignatureError("signed by a key that the grant does not reach");
  }
  return signer;
}
