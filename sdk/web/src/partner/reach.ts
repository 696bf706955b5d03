/** How far the receipts of a chain came. They enter the log in their order, so one that is in it vouches for those before. */

import { Refused } from "planetvault/client/errors";
import type { Partner } from "planetvault/partner/partner";
import type { Receipt } from "planetvault/records/kinds";
import type { Signed } from "planetvault/records/signed";

export function newestFirst<T>(all: readonly T[]): readonly T[] {
  return all.toReversed();
}

/**
 * The seq of the newest of these receipts of one chain, newest first, that has a proof; 0 if none has. It asks for the
 * newest, which is mostly the answer, and halves the rest.
 */
export async function reach(
  partner: Pick<Partner, "proof">,
  receipts: readonly Signed<Receipt>[],
  anchored: boolean,
): Promise<number> {
  let [first, last] = [0, receipts.length];
  for (let at = 0; first < last; at = Math.floor((first + last) / 2)) {
    const receipt = receipts[at];
    if (receipt !== undefined && (await has(partner, receipt, anchored))) last = at;
    else first = at + 1;
  }
  return receipts[first]?.record.seq ?? 0;
}

async function has(
  partner: Pick<Partner, "proof">,
  receipt: Signed<Receipt>,
  anchored: boolean,
): Promise<boolean> {
  try {
    await partner.proof(receipt, anchored);
    return true;
  } catch (error) {
    if (error instanceof Refused && error.code === "not-yet") return false;
    throw error;
  }
}
