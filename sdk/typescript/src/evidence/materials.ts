/** What the extra line of a proof file holds: the records it rests on, in JSON that is written in one way only. */

import { fromUtf8 } from "../encoding.js";
import { FormatError } from "../errors.js";
import type { Reader } from "../records/shape.js";
import { MOST_RECORD_BYTES } from "../records/signed.js";
import { readJson } from "../records/strict-json.js";
import type { TlogProof } from "./tlog-proof.js";

const JWS = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/** A record as it was signed, not yet verified. */
export const jws: Reader<string> = (value) => {
  if (typeof value !== "string" || value.length > MOST_RECORD_BYTES || !JWS.test(value)) {
    throw new FormatError("not a compact JWS");
  }
  return value;
};

/** @throws FormatError if there are none, they are of another form, or not written as they must be. */
export function readMaterials<T>({ extra }: TlogProof, reader: Reader<T>): T {
  if (extra === null) throw new FormatError("this proof carries no records");
  const materials = reader(readJson(extra));
  if (JSON.stringify(materials) !== fromUtf8(extra))
    throw new FormatError("materials are written in one way only");
  return materials;
}
