/**
 * Files that a use opened: fetched sealed, in parts or ranges, and opened here.
 *
 *     const files = new PartnerFiles(partner);
 *     for (const file of filesIn(await partner.use(grant, await partner.items(grant))))
 *       for await (const piece of files.get(file)) await writer.write(piece);
 *
 * The vault hands the bytes out for a day after the use, while its grant stands (docs/spec/http.md, Blobs).
 */

import type { Bytes } from "../encoding.js";
import { toBase64url } from "../encoding.js";
import { FILE } from "../owner/covering.js";
import type { Opened } from "../partner/opened.js";
import type { Partner } from "../partner/partner.js";
import type { Receipt } from "../records/kinds.js";
import type { Signed } from "../records/signed.js";
import type { BlobReference } from "../sealing/blob.js";
import type { Fetch, GetOptions } from "./fetching.js";
import { fetchBlob, rangeOf, readBlob } from "./fetching.js";
import { referenceIn } from "./reference.js";

/** A file that a use opened; `size` is in bytes. The name is the owner's word: never a path to write to. */
export interface OpenedFile {
  readonly receipt: Signed<Receipt>;
  readonly item: string;
  readonly name: string;
  readonly mediaType: string;
  readonly size: number;
  readonly reference: BlobReference;
}

/** The files among what a use opened whose content was granted. */
export function filesIn({ receipt, items }: Opened): readonly OpenedFile[] {
  const found = items.filter((item) => item.kind === FILE && "content" in item.columns);
  return found.map(({ item, columns }) => {
    const reference = referenceIn(columns);
    const { name, mediaType, size } = reference;
    return { receipt, item, name, mediaType, size, reference };
  });
}

export class PartnerFiles {
  constructor(private readonly partner: Partner) {}

  /**
   * A file's bytes, in pieces; see `fetchBlob`.
   *
   * @throws Refused with `forbidden` if the use is too long ago, or its grant does not stand any more.
   */
  get(file: OpenedFile, options: GetOptions = {}): AsyncGenerator<Bytes> {
    return fetchBlob(file.reference, this.#fetch(file, options.signal), options);
  }

  /** At most `size` bytes of a file from `start` on, without the rest of it. */
  read(file: OpenedFile, start: number, size: number): Promise<Bytes> {
    return readBlob(file.reference, this.#fetch(file), start, size);
  }

  #fetch({ receipt, reference }: OpenedFile, signal?: AbortSignal): Fetch {
    const target = `/v1/receipts/${receipt.hash}/blobs/${toBase64url(reference.blobId)}`;
    const { vault, who } = this.partner;
    return (start, end) =>
      vault.exchange({ method: "GET", target, body: null, headers: rangeOf(start, end), signal }, who);
  }
}
