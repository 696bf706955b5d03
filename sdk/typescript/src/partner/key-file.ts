/**
 * A partner's keys as a file (docs/spec/partner-keys.md): what moves them between a server and a browser, and the copy
 * that is kept where nothing is lost.
 */

import { FormatError } from "../errors.js";
import * as shape from "../records/shape.js";
import { readJson } from "../records/strict-json.js";

export const MOST_KEY_FILE_BYTES = 65_536;
const MOST_OPENING = 64;

/** Seeds in base64url: of the signing key of today, and of every opening key, the newest first. */
export interface KeyFile {
  readonly partner: string;
  readonly name: string;
  readonly sign: string;
  readonly open: readonly string[];
}

const read = shape.object({
  v: shape.one,
  partner: shape.domain,
  name: shape.text80,
  sign: shape.salt,
  open: shape.list(shape.salt, 1, MOST_OPENING),
});

export function writeKeyFile({ partner, name, sign, open }: KeyFile): string {
  return `${JSON.stringify({ v: 1, partner, name, sign, open }, null, 2)}\n`;
}

/** @throws FormatError if it is no such file. */
export function readKeyFile(octets: Uint8Array<ArrayBuffer>): KeyFile {
  if (octets.length > MOST_KEY_FILE_BYTES) throw new FormatError("longer than a file of keys may be");
  const { partner, name, sign, open } = read(readJson(octets));
  return { partner, name, sign, open };
}
