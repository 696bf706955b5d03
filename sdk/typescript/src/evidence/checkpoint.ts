/** Checkpoints: the signed size and root of a log (docs/spec/checkpoint.md). */

import type { Bytes } from "../encoding.js";
import { fromBase64 } from "../encoding.js";
import { FormatError, SignatureError } from "../errors.js";
import { MOST_ENTRIES } from "./merkle.js";
import type { Cosignature, Policy } from "./note.js";
import { verifyNote } from "./note.js";

export interface Checkpoint {
  /** The name of the log. */
  readonly origin: string;
  /** How many entries it had. */
  readonly size: bigint;
  /** The root over them, 32 bytes. */
  readonly root: Bytes;
  readonly cosignatures: readonly Cosignature[];
}

const EMPTY_ROOT = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

/**
 * The checkpoint that this note is, if the policy accepts it.
 *
 * @throws FormatError, SignatureError
 */
export async function verifyCheckpoint(note: Uint8Array, policy: Policy): Promise<Checkpoint> {
  const { text, cosignatures } = await verifyNote(note, policy);
  const checkpoint = readCheckpoint(text);
  if (checkpoint.origin !== policy.log.name) throw new SignatureError("signed by the key of another log");
  return { ...checkpoint, cosignatures };
}

/** What the text of a note says as a checkpoint, whoever signed it. @throws FormatError */
export function readCheckpoint(text: string): Omit<Checkpoint, "cosignatures"> {
  const [origin, decimal, encoded, end, ...more] = text.split("\n");
  if (
    origin === undefined ||
    decimal === undefined ||
    encoded === undefined ||
    end !== "" ||
    more.length > 0
  ) {
    throw new FormatError("a checkpoint has three lines");
  }
  const size = readDecimal(decimal);
  const root = fromBase64(encoded);
  if (root.length !== 32 || (size === 0n) !== (encoded === EMPTY_ROOT))
    throw new FormatError("not a root of this size");
  return { origin, size, root };
}

/** A number in decimal without leading zeros, at most 2⁶³ − 1. */
export function readDecimal(text: string): bigint {
  const value = /^(0|[1-9][0-9]{0,18})$/.test(text) ? BigInt(text) : MOST_ENTRIES + 1n;
  if (value > MOST_ENTRIES) throw new FormatError("not a number of entries");
  return value;
}
