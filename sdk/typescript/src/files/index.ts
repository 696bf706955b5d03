/** Files of any size: streamed, resumable, in ranges, with no more than a few parts in memory. */

export type { Fetch, GetOptions, Progress, SealedStore } from "./fetching.js";
export { fetchBlob, readBlob } from "./fetching.js";
export { FileChanged, type Outline, outlineOf } from "./outline.js";
export { OwnerFiles, type PutOptions, type SealedPart, type StoredFile } from "./owner.js";
export { filesIn, type OpenedFile, PartnerFiles } from "./partner.js";
export { type BlobPlan, openStream, PART_BYTES, sealedSize, sealParts } from "./stream.js";
