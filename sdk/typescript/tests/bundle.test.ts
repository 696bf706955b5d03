import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { checkBundle, exportBundle } from "../src/bundle/index.js";
import { FleetingMemory } from "../src/client/memory.js";
import { concat, utf8 } from "../src/encoding.js";
import { OwnerFiles } from "../src/files/index.js";
import { addGuardians, Guardian } from "../src/guardians/index.js";
import { Password, RecoveryPhrase } from "../src/owner/openers.js";
import { Owner } from "../src/owner/owner.js";
import { Partner } from "../src/partner/partner.js";
import { PACKAGE, ROOT } from "./files.js";
import { PYTHON, runVault, withoutPython } from "./running-vault.js";

const DOMAIN = "music.example";
const COLUMNS = { id: ["a:1"], name: ["Rain at Nine"], by: [["Alder Lane"]], end: ["2026-03-01T07:12:00Z"] };
const OFFER = {
  clusters: ["music.play/what"],
  purposes: ["dpv:ServicePersonalisation"],
  reason: "To suggest what to hear next.",
  price: 50_000,
  budget: 500_000,
  max_uses: 10,
  look_back_days: 4000,
  future_items: true,
  duration_days: 90,
  retention_days: 30,
};

const env = { ...process.env, PYTHONPATH: `${ROOT}sdk/python:${ROOT}` };

function planetvault(...given: readonly string[]): string {
  return execFileSync(PYTHON, ["-m", "planetvault", ...given], { cwd: ROOT, env }).toString();
}

async function bundleOf(owner: Owner): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  await exportBundle(owner, (octets) => {
    parts.push(octets);
  });
  return concat(...parts);
}

test("a bundle holds everything, and Python finds it whole, audits it and moves with it to another vault", {
  skip: withoutPython,
}, async () => {
  const [vault, other] = [await runVault(), await runVault()];
  const folder = mkdtempSync(`${tmpdir()}/planetvault-bundle-`);
  const path = join(folder, "hers.bundle");
  try {
    const partner = await Partner.create(DOMAIN, "Music Example", vault.url, new FleetingMemory());
    await vault.topUp(DOMAIN, 100_000_000);
    const owner = await Owner.create(vault.url, new FleetingMemory());
    writeFileSync(path, await bundleOf(owner));
    planetvault("check-bundle", path);

    const phrase = await RecoveryPhrase.create();
    for (const opener of [phrase, Password.create("a password of hers")]) await owner.addLocker(opener);
    const guardians = [await Guardian.on(new FleetingMemory()), await Guardian.on(new FleetingMemory())];
    await addGuardians(
      owner,
      guardians.map(({ invitation }) => invitation),
      { threshold: 2 },
    );
    await owner.rotate();
    await owner.write("music.play", "2026-03", COLUMNS);
    await new OwnerFiles(owner).put(new Blob([utf8("a letter to herself")]), { name: "letter.txt" });
    await partner.ask({ ...OFFER, owner: await owner.connect(DOMAIN) });
    const [ask] = await owner.asks();
    assert.ok(ask !== undefined);
    await owner.grant(ask, owner.preview(ask));
    const [grant] = await partner.grants();
    assert.ok(grant !== undefined);
    await partner.use(grant, await partner.items(grant));
    const [given] = await owner.grants();
    assert.ok(given !== undefined);
    await owner.revoke(given);

    const bundle = await bundleOf(owner);
    writeFileSync(path, bundle);
    const checked = planetvault("check-bundle", path);
    assert.match(checked, /2 receipts/);
    assert.equal((await checkBundle(new Blob([bundle.slice()]))).receipts, 2);
    planetvault("audit", path);
    const script = `${PACKAGE}tests/moving.py`;
    const command = [script, "arrive", other.url, path, phrase.words];
    const arrived = execFileSync(PYTHON, command, { cwd: ROOT, env });
    assert.equal(arrived.toString(), "Rain at Nine; a letter to herself; 2 receipts\n");

    const changed = bundle.slice();
    changed[changed.length >> 1] = (changed[changed.length >> 1] ?? 0) ^ 1;
    writeFileSync(path, changed);
    assert.throws(() => planetvault("check-bundle", path));
  } finally {
    rmSync(folder, { recursive: true });
    await vault.stop();
    await other.stop();
  }
});
