/** Which grants may open files, if she chooses some for them. Pure. */

import type { ShownGrant } from "../device/shown.ts";

export const isAboutFiles = (cluster: string): boolean => cluster.startsWith("document.file/");

export function forFiles(grants: readonly ShownGrant[]): readonly ShownGrant[] {
  return grants.filter(({ state, record }) => state === "standing" && record.clusters.some(isAboutFiles));
}

/** What every browser draws, and runs nothing of. */
const PICTURES = ["image/jpeg", "image/png", "image/webp", "image/gif"];
const MOST_BYTES = 16 * 1024 ** 2;

export function isPicture({ type, size }: { readonly type: string; readonly size: number }): boolean {
  return PICTURES.includes(type) && size <= MOST_BYTES;
}
