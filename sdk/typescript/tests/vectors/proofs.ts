/** What to do with a proof file of the vectors: check it against the trust file beside it. */

import { readTrust, verifyProof } from "../../src/evidence/index.js";
import type { Outcome } from "./outcome.js";
import { outcomeOf } from "./outcome.js";

export async function runProof(
  name: string,
  expected: string,
  file: Uint8Array,
  trust: string,
): Promise<Outcome> {
  const reader = await readTrust(trust);
  return outcomeOf(name, expected, async () => {
    const verified = await verifyProof(file, reader);
    const basis = /^block_(pinned|sealed|named)/.exec(name)?.[1];
    if (verified.chain?.basis !== basis) return "another basis";
    if (verified.grant.hash !== verified.receipt.record.grant) return "another grant";
    return (verified.use === null) === (verified.revocation === null)
      ? "neither use nor revocation"
      : undefined;
  });
}
