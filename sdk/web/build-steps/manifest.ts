/**
 * The manifest of the app: the SHA-256 of every file, so that the page that runs can be compared with its sources.
 *
 * `app.json` lists all files but itself and the service worker, which holds the hash of `app.json`. So the hash of
 * `sw.js` stands for the whole app.
 */

import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

const MANIFEST = "app.json";
const WORKER = "sw.js";
/** What stands in the built service worker until the manifest is written. */
export const PLACE = "the-hash-of-app.json";

export function assetManifest(): Plugin {
  let folder = "";
  return {
    name: "planetvault-manifest",
    apply: "build",
    configResolved(config) {
      folder = config.build.outDir;
    },
    closeBundle() {
      write(folder);
    },
  };
}

function write(folder: string): void {
  const names = filesIn(folder).filter((name) => name !== MANIFEST && name !== WORKER);
  const files = Object.fromEntries(names.map((name) => [name, hashOf(readFileSync(join(folder, name)))]));
  const manifest = `${JSON.stringify({ v: 1, files }, null, 1)}\n`;
  writeFileSync(join(folder, MANIFEST), manifest);
  const worker = readFileSync(join(folder, WORKER), "utf8");
  if (!worker.includes(PLACE)) throw new Error("the service worker names no manifest");
  writeFileSync(join(folder, WORKER), worker.replaceAll(PLACE, hashOf(manifest)));
}

function filesIn(folder: string): readonly string[] {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1)).sort();
}

function hashOf(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
