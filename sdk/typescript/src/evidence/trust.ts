/** The trust file: whom the reader believes about one vault (docs/spec/trust.md). */

import { utf8 } from "../encoding.js";
import { FormatError } from "../errors.js";
import { verifyPublicKey } from "../keys.js";
import * as shape from "../records/shape.js";
import { readJson } from "../records/strict-json.js";
import type { Policy } from "./note.js";
import { MOST_WITNESSES, policyOf, readVerifierKey } from "./note.js";

export const MOST_TRUST_BYTES = 65_536;

const CHAIN = shape.object({
  id: shape.ordinal,
  name: shape.text80,
  development: shape.boolean,
  contract: shape.address,
  code_hash: shape.hash,
  blocks: shape.list(shape.hash, 0, 64),
  validators: shape.list(shape.address, 0, 64),
});
/** The contract whose word counts, and the blocks and validators that are believed offline. */
export type ChainTrust = ReturnType<typeof CHAIN>;
const TRUST = shape.object({
  v: shape.one,
  vault: shape.origin,
  keys: shape.list(shape.publicKey, 1, 64),
  log: shape.text500,
  quorum: shape.count,
  witnesses: shape.list(shape.text500, 0, MOST_WITNESSES),
  chain: shape.orNull(CHAIN),
});

/** What a trust file says, with its keys read. */
export type Trust = ReturnType<typeof TRUST> & { readonly policy: Policy };

/** @throws FormatError if it is malformed, or one of its keys is not usable. */
export async function readTrust(file: string | Uint8Array): Promise<Trust> {
  const octets = typeof file === "string" ? utf8(file) : file;
  if (octets.length > MOST_TRUST_BYTES) throw new FormatError("the trust file is too long");
  const trust = TRUST(readJson(octets));
  trust.keys.forEach(verifyPublicKey);
  const log = await readVerifierKey(trust.log);
  const policy = policyOf(log, await Promise.all(trust.witnesses.map(readVerifierKey)), trust.quorum);
  if (log.name.split("/")[0] !== trust.vault.split("/")[0])
    throw new FormatError("log and vault are of two hosts");
  return { ...trust, policy };
}
