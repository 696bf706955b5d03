/**
 * Two devices of one owner compare what each was shown, so that no vault shows each its own history. One says where its
 * three chains stand, in a line that fits a QR code; the other checks that its own history passes there.
 *
 *     "planetvault-heads:1:" ‖ base64url(account(16) ‖ for chain, journal, receipts: number(8) ‖ hash(32))
 */

import { concat, fromBase64url, toBase64url } from "../encoding.js";
import { FormatError } from "../errors.js";
import { must } from "../records/signed.js";
import type { Place } from "./journal.js";

const PREFIX = "planetvault-heads:1:";
const ACCOUNT_BYTES = 16;
const PLACE_BYTES = 40;

/** Where a device stands in the account chain, the journal, and the owner's chain of receipts. */
export interface Heads {
  readonly account: string;
  readonly chain: Place;
  readonly journal: Place;
  readonly receipts: Place;
}

export function writeHeads({ account, chain, journal, receipts }: Heads): string {
  const places = [chain, journal, receipts].map(({ seq, hash }) => {
    const number = new DataView(new ArrayBuffer(8));
    number.setBigUint64(0, BigInt(seq));
    return concat(
      new Uint8Array(number.buffer),
      hash === null ? new Uint8Array(PLACE_BYTES - 8) : fromBase64url(hash),
    );
  });
  return PREFIX + toBase64url(concat(fromBase64url(account), ...places));
}

/** @throws FormatError if the line is none. */
export function readHeads(text: string): Heads {
  const line = text.trim();
  if (!line.startsWith(PREFIX)) throw new FormatError("this is not what a device says about its heads");
  const octets = fromBase64url(line.slice(PREFIX.length));
  if (octets.length !== ACCOUNT_BYTES + 3 * PLACE_BYTES)
    throw new FormatError("this is not what a device says about its heads");
  const place = (at: number): Place => {
    const begin = ACCOUNT_BYTES + at * PLACE_BYTES;
    const seq = Number(new DataView(octets.buffer, octets.byteOffset + begin, 8).getBigUint64(0));
    return { seq, hash: seq === 0 ? null : toBase64url(octets.subarray(begin + 8, begin + PLACE_BYTES)) };
  };
  const account = toBase64url(octets.subarray(0, ACCOUNT_BYTES));
  return { account, chain: place(0), journal: place(1), receipts: place(2) };
}

/**
 * Return where the other device stands, if a history of these hashes, oldest first, passes there.
 *
 * @throws ProofError if it does not.
 */
export function verifyPassing(theirs: Place, hashes: readonly string[], what: string): Place {
  must(theirs.seq <= hashes.length, `another device was shown more of ${what}`);
  must(theirs.seq === 0 || hashes[theirs.seq - 1] === theirs.hash, `your devices are shown two of ${what}`);
  return theirs;
}
