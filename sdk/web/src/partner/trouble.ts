/** What went wrong at the desk, in plain words. */

import { RemoteError } from "../frame/remote.ts";
import { words } from "../words/index.svelte.ts";
import { DESK } from "../words/partner.ts";

/** Rethrows what did not come from the desk: that is a fault of the page. */
export function troubleOf(error: unknown): string {
  if (!(error instanceof RemoteError)) throw error;
  const w = words(DESK);
  if (error.name === "Unreachable") return w.unreachable;
  return (w.troubles as Readonly<Record<string, string>>)[error.code] ?? w.trouble(error.message);
}
