/** The trust file: whom the reader believes about one vault (docs/spec/trust.md). */

import type { Bytes } from "../encoding.js";
import { same, utf8 } from "../encoding.js";
import { FormatError, SignatureError } from "../errors.js";
import { verifyPublicKey } from "../keys.js";
import * as shape from "../records/shape.js";
import { readJson } from "../records/strict-json.js";
import type { Checkpoint } from "./checkpoint.js";
import type { Policy, VerifierKey } from "./note.js";
import { LOG_TYPE, MOST_WITNESSES, policyOf, readNote, readVerifierKey } from "./note.js";
import { type TlogProof, verifyTlogProof } from "./tlog-proof.js";

export const MOST_TRUST_BYTES = 65_536;
const MOST_RETIRED = 16;

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
  retired: shape.list(shape.object({ log: shape.text500, size: shape.count }), 0, MOST_RETIRED),
});

/** A key the log gave up, which counts up to the last checkpoint it signed. */
interface GivenUp {
  readonly key: VerifierKey;
  readonly size: bigint;
}

/** What a trust file says, with its keys read. */
export type Trust = ReturnType<typeof TRUST> & {
  readonly policy: Policy;
  readonly givenUp: readonly GivenUp[];
};

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
  if (log.type !== LOG_TYPE) throw new FormatError("the log's key is of another type");
  const givenUp = await Promise.all(trust.retired.map((one) => readGivenUp(one, policy)));
  return { ...trust, policy, givenUp };
}

async function readGivenUp(one: { log: string; size: number }, policy: Policy): Promise<GivenUp> {
  const key = await readVerifierKey(one.log);
  if (key.name !== policy.log.name || key.type !== LOG_TYPE)
    throw new FormatError("a key that the log gave up has the log's name and type");
  if ([policy.log, ...policy.witnesses].some((other) => other.publicKey === key.publicKey))
    throw new FormatError("a key that the log gave up stands for somebody else as well");
  return { key, size: BigInt(one.size) };
}

/**
 * The checkpoint of the vault's log under which an entry stands there, signed by its key of today or an earlier one.
 *
 * @throws FormatError, SignatureError or ProofError
 */
export async function verifyLogged(proof: TlogProof, entry: Bytes, trust: Trust): Promise<Checkpoint> {
  const { lines } = readNote(proof.checkpoint);
  const signed = (key: VerifierKey): boolean =>
    lines.some((line) => line.name === key.name && same(line.id, key.id));
  const old = signed(trust.policy.log) ? undefined : trust.givenUp.find(({ key }) => signed(key));
  const checkpoint = await verifyTlogProof(proof, entry, {
    ...trust.policy,
    log: old?.key ?? trust.policy.log,
  });
  if (old !== undefined && checkpoint.size > old.size)
    throw new SignatureError("a key that the log gave up signed a checkpoint after its last");
  return checkpoint;
}
