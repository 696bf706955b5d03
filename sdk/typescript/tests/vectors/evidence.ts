/** What to do with a proof of evidence of the vectors: check it against the trust file beside it. */

import { readTrust, verifyEvidence } from "../../src/evidence/index.js";
import type { Outcome } from "./outcome.js";
import { outcomeOf } from "./outcome.js";

export async function runEvidence(
  name: string,
  expected: string,
  file: Uint8Array,
  trust: string,
): Promise<Outcome> {
  const reader = await readTrust(trust);
  return outcomeOf(name, expected, async () => {
    const verified = await verifyEvidence(file, reader);
    const basis = /^block_(pinned|sealed|named)/.exec(name)?.[1];
    if (verified.chain?.basis !== basis) return "another basis";
    const witnesses = verified.checkpoint.cosignatures.length;
    if (witnesses !== (name === "evidence_cosigned" ? 1 : 0)) return "other witnesses";
    const alone = name === "evidence_alone_in_its_log";
    const [index, size] = alone ? [0n, 1n] : [1n, 3n];
    return verified.index === index && verified.size === size ? undefined : "another place";
  });
}
