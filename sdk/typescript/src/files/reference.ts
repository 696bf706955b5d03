/** A file as its item tells it (docs/spec/data-record.md, `document.file`). */

import type { Columns } from "../columns.js";
import { fromBase64url } from "../encoding.js";
import { AnchorError, OpenError, ProofError } from "../errors.js";
import type { BlobReference } from "../sealing/blob.js";
import { readBlobReference } from "../sealing/blob.js";

/** @throws ProofError if the columns do not refer to a file. */
export function referenceIn(columns: Columns): BlobReference {
  try {
    return readBlobReference(fromBase64url(String(columns["content"]?.[0])));
  } catch (cause) {
    if (!(cause instanceof OpenError || cause instanceof AnchorError)) throw cause;
    throw new ProofError("this item holds no file", { cause });
  }
}
