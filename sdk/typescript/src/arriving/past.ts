/** The vaults that an account came from: their bundles, kept as files of hers. */

import { type CheckedBundle, checkBundle } from "../bundle/check.js";
import { OwnerFiles, type StoredFile } from "../files/index.js";
import type { Owner } from "../owner/owner.js";

/** Of a file that is a bundle. */
export const MEDIA_TYPE = "application/vnd.planetvault.bundle";

/** A bundle of an earlier vault, fetched and checked again. */
export interface Past {
  readonly file: StoredFile;
  readonly bundle: Blob;
  readonly checked: CheckedBundle;
}

/** See `past` of `planetvault/arriving`. */
export async function* past(owner: Owner): AsyncGenerator<Past> {
  const files = new OwnerFiles(owner);
  for (const file of (await files.list()).filter(({ mediaType }) => mediaType === MEDIA_TYPE)) {
    const parts: Blob[] = [];
    for await (const piece of files.get(file)) parts.push(new Blob([piece]));
    const bundle = new Blob(parts, { type: MEDIA_TYPE });
    yield { file, bundle, checked: await checkBundle(bundle) };
  }
}
