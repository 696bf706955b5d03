/** Where the project keeps what its implementations share. */

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The root of the repository, from build/tests. */
export const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));
/** The folder of this package. */
export const PACKAGE = `${ROOT}sdk/typescript/`;
export const VECTORS = `${ROOT}tests/vectors/`;

/** All JSON files of a folder of vectors. */
export function vectorsIn<T>(folder: string): T[] {
  const names = readdirSync(VECTORS + folder).filter((name) => name.endsWith(".json"));
  return names.sort().map((name) => JSON.parse(readFileSync(`${VECTORS}${folder}/${name}`, "utf8")) as T);
}
