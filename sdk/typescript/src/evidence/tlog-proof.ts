/** The proof file of the log: c2sp.org/tlog-proof, as docs/spec/log.md has it. */

import type { Bytes } from "../encoding.js";
import { fromBase64, fromUtf8, utf8 } from "../encoding.js";
import { FormatError } from "../errors.js";
import type { Checkpoint } from "./checkpoint.js";
import { readCheckpoint, readDecimal, verifyCheckpoint } from "./checkpoint.js";
import { LONGEST_PATH, MOST_ENTRIES, verifyInclusion } from "./merkle.js";
import { type Policy, readNote } from "./note.js";

export const MOST_PROOF_BYTES = 192 * 1024;
export const MOST_EXTRA_BYTES = 32_768;
const FIRST_LINE = "c2sp.org/tlog-proof@v1";

/** A proof file that was read. Nothing in it is trusted before it is verified. */
export interface TlogProof {
  readonly extra: Bytes | null;
  readonly index: bigint;
  readonly path: readonly Bytes[];
  /** The signed checkpoint, as it came. */
  readonly checkpoint: Bytes;
}

/** @throws FormatError for any bytes that would not be written again in the same way. */
export function readTlogProof(file: Uint8Array): TlogProof {
  if (file.length > MOST_PROOF_BYTES) throw new FormatError("the proof file is too long");
  const whole = fromUtf8(file);
  const gap = whole.indexOf("\n\n");
  if (gap < 0) throw new FormatError("a proof file without a checkpoint");
  const [first, ...lines] = whole.slice(0, gap).split("\n");
  if (first !== FIRST_LINE) throw new FormatError("not a tlog-proof");
  const extra = lines[0]?.startsWith("extra ") ? readExtra(lines.shift() ?? "") : null;
  const index = lines.shift() ?? "";
  if (!index.startsWith("index ") || lines.length > LONGEST_PATH)
    throw new FormatError("no index, or too long a path");
  const place = readDecimal(index.slice("index ".length));
  if (place === MOST_ENTRIES) throw new FormatError("no log has an entry there");
  const checkpoint = utf8(whole.slice(gap + 2));
  readCheckpoint(readNote(checkpoint).text);
  return { extra, index: place, path: lines.map(readHash), checkpoint };
}

function readExtra(line: string): Bytes {
  const extra = fromBase64(line.slice("extra ".length));
  if (extra.length < 1 || extra.length > MOST_EXTRA_BYTES)
    throw new FormatError("an extra line of another length");
  return extra;
}

function readHash(line: string): Bytes {
  const hash = fromBase64(line);
  if (hash.length !== 32) throw new FormatError("not a hash");
  return hash;
}

/**
 * The checkpoint under which this entry stands in the log.
 *
 * @throws FormatError, SignatureError or ProofError
 */
export async function verifyTlogProof(proof: TlogProof, entry: Bytes, policy: Policy): Promise<Checkpoint> {
  const checkpoint = await verifyCheckpoint(proof.checkpoint, policy);
  await verifyInclusion(entry, proof.index, checkpoint.size, proof.path, checkpoint.root);
  return checkpoint;
}
