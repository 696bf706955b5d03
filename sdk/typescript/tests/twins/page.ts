/** What runs inside the browser: opens what came, and seals for the other side. */

import { type Given, type Made, opened, sealed } from "./meeting.js";

async function meet({ given, made }: { readonly given: Given; readonly made: Made }) {
  return [await opened(given, made), await sealed(given)] as const;
}

Object.assign(globalThis, { meet });
