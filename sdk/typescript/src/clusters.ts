/** Clusters: named groups of columns in fixed plain words (docs/spec/clusters.md). */

import type { Cluster, Words } from "./clusters-told.js";
import { TOLD } from "./clusters-told.js";
import { InputError } from "./errors.js";

export type { Cluster, Language, Words } from "./clusters-told.js";

const ALL: ReadonlyMap<string, Cluster> = new Map(
  TOLD.collections.flatMap((collection) => collection.clusters).map((each) => [each.id, each]),
);
/** Collection → what it is called. */
export const COLLECTIONS: ReadonlyMap<string, Words> = new Map(
  TOLD.collections.map((each) => [each.id, each.label]),
);

/** @throws InputError for an id that is none: never an empty cluster. */
export function clusterOf(id: string): Cluster {
  const found = ALL.get(id);
  if (found === undefined) throw new InputError(`no cluster ${id}`);
  return found;
}

export function clusters(): readonly Cluster[] {
  return [...ALL.values()];
}

/** The collection that a cluster is of, such as `music.play`. */
export function collectionOf(cluster: Cluster): string {
  return cluster.id.split("/")[0] ?? "";
}

/** Collection → the columns of it that these clusters hold, both in the order in which they are told. */
export function columnsOf(ids: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const named = new Set(ids.map(clusterOf));
  const found = new Map<string, string[]>();
  for (const cluster of ALL.values()) {
    if (!named.has(cluster)) continue;
    found.set(collectionOf(cluster), [...(found.get(collectionOf(cluster)) ?? []), ...cluster.columns]);
  }
  return found;
}
