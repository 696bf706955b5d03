/** Where things are. Programs run from `sdk/web`, as npm starts them. */

import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

export const PACKAGE = process.cwd();
export const ROOT = resolve(PACKAGE, "../..");
export const ASSETS = join(ROOT, "vault/web/assets");
export const VECTORS = join(ROOT, "tests/vectors");
export const PYTHON = join(ROOT, ".venv/bin/python");
export const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

/** What a test in a browser is skipped with; false where it can run. */
export const withoutBrowser = !existsSync(CHROMIUM)
  ? `no Chromium at ${CHROMIUM}`
  : !existsSync(PYTHON)
    ? "no .venv here: make setup"
    : false;
