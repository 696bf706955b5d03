/** Purposes (W3C DPV) in plain words. */

import { TOLD } from "planetvault/owner/grant-told";
import type { Language } from "./index.svelte.ts";

export function purposeName(purpose: string, language: Language): string {
  return TOLD.purposes[purpose]?.[language] ?? purpose;
}
