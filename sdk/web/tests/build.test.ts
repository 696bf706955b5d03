import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { ASSETS, PACKAGE } from "./files.ts";

const MOST_FIRST_BYTES = 80 * 1024;

function filesIn(folder: string): ReadonlyMap<string, Buffer> {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true }).filter((each) =>
    each.isFile(),
  );
  const paths = entries.map((entry) => join(entry.parentPath, entry.name)).sort();
  return new Map(paths.map((path) => [path.slice(folder.length + 1), readFileSync(path)]));
}

test("what the vault serves equals a fresh build, byte for byte", (place) => {
  const folder = mkdtempSync(`${tmpdir()}/planetvault-build-`);
  try {
    execFileSync("npx", ["--no", "vite", "build", "--logLevel", "warn"], {
      cwd: PACKAGE,
      env: { ...process.env, OUT: folder },
      stdio: "inherit",
    });
    const [fresh, packaged] = [filesIn(folder), filesIn(ASSETS)];
    assert.deepEqual([...fresh.keys()], [...packaged.keys()]);
    for (const [name, content] of fresh) assert.ok(packaged.get(name)?.equals(content), name);
    place.diagnostic(`${fresh.size} files are the same in a fresh build`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** The scripts that a script loads before it runs; those it loads later are named differently. */
function loadedWith(name: string, found: Set<string>): Set<string> {
  if (found.has(name)) return found;
  found.add(name);
  const script = readFileSync(join(ASSETS, name), "utf8");
  for (const [, other] of script.matchAll(/(?:^|[;}\s])(?:import|export)[^"'()]*?["'](\.[^"']+)["']/g)) {
    loadedWith(join(dirname(name), other ?? ""), found);
  }
  return found;
}

test("a first visit loads at most 80 KB of JavaScript after gzip", (place) => {
  const page = readFileSync(join(ASSETS, "index.html"), "utf8");
  const named = [...page.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map(([, name]) => name ?? "");
  assert.ok(named.length > 0, "the page loads no script");
  const scripts = named.reduce((all, name) => loadedWith(name, all), new Set<string>());
  const size = [...scripts].reduce((sum, name) => sum + gzipSync(readFileSync(join(ASSETS, name))).length, 0);
  place.diagnostic(`first load: ${size} bytes of JavaScript in ${scripts.size} files`);
  assert.ok(size <= MOST_FIRST_BYTES && size > 5000, `${size} bytes`);
});

test("nothing in the app comes from anywhere else", () => {
  // Names that look like addresses: of XML and xAPI vocabularies, and of invented places. None is ever fetched.
  const known =
    /^https?:\/\/(www\.w3\.org\/|svelte\.dev\/|localhost|c2sp\.org\/|adlnet\.gov\/|lms\.example|music\.example\/)/;
  for (const [name, content] of filesIn(ASSETS)) {
    // Licences, which libraries bring with them, may name a place.
    const code = content.toString("latin1").replace(/\/\*[\s\S]*?\*\//g, "");
    const addresses = code.match(/https?:\/\/[\w.-]+\/?/g) ?? [];
    assert.deepEqual(
      addresses.filter((address) => !known.test(address)),
      [],
      name,
    );
  }
});
