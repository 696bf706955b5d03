import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { toHex } from "planetvault/encoding";
import { readTrust } from "planetvault/evidence/trust";
import type { EvidenceHolds, Fails, Holds } from "../src/check/examine.ts";
import { examineAny } from "../src/check/examine.ts";
import { unproved } from "../src/check/limits.ts";
import { VECTORS } from "./files.ts";

const read = (folder: string, name: string): Uint8Array => readFileSync(join(VECTORS, folder, name));
const words = (folder: string, name: string): Record<string, string> =>
  JSON.parse(new TextDecoder().decode(read(folder, name)));

async function examined(folder: string, name: string): Promise<Holds | EvidenceHolds | Fails> {
  const trust = words(folder, "trusts.json")[name] ?? "trust.json";
  return examineAny(read(folder, `${name}.tlog-proof`), await readTrust(read(folder, trust)));
}

async function evidence(name: string): Promise<EvidenceHolds> {
  const found = await examined("evidence", name);
  assert.ok(found.holds && found.of === "evidence", name);
  return found;
}

test("every file of evidence has the verdict that it must have, but that a receipt's is one of its own", async () => {
  for (const [name, verdict] of Object.entries(words("evidence", "expectations.json"))) {
    if (name === "materials_of_a_receipt") continue;
    const found = await examined("evidence", name);
    assert.equal(found.holds ? "ok" : found.fault, verdict, name);
  }
  const receipt = await examined("evidence", "materials_of_a_receipt");
  assert.ok(receipt.holds && receipt.of === "receipt");
});

test("the two ways lead from the evidence to the head, and from the head to the checkpoint", async () => {
  for (const name of ["evidence", "evidence_alone_in_its_log"]) {
    const { own, cover, verified } = await evidence(name);
    const head = Buffer.from(verified.head.record.root, "base64url").toString("hex");
    assert.equal(own.steps.at(-1)?.node ?? own.leaf, head);
    assert.equal(cover.steps.at(-1)?.node, toHex(verified.checkpoint.root));
  }
});

test("what is not proved of evidence is its own, and what holds it is told as of a receipt", async () => {
  const always = ["notWhatItSays", "notWhoseKey", "notContrary"];
  const alone = ["notWitnessed", "notAnchored", "notVaultKeys"];
  assert.deepEqual(unproved(await evidence("evidence"), false), [...always, ...alone]);
  assert.deepEqual(unproved(await evidence("evidence_cosigned"), true), [...always, "notAnchored"]);
});

test("a block speaks for itself, without the vault's word, and a development chain for nobody", async () => {
  for (const [folder, name] of [
    ["evidence", "block_sealed"],
    ["proofs", "block_pinned"],
  ] as const) {
    const found = await examined(folder, name);
    assert.ok(found.holds);
    assert.ok(found.verified.chain !== null && found.verified.anchor === null);
    assert.equal(unproved(found, true).at(-1), "notDevelopment");
    const real = { ...found, trusted: found.trusted && { ...found.trusted, development: false } };
    assert.ok(!unproved(real, true).some((limit) => /^not(Anchored|Chain|Development)$/.test(limit)));
  }
});
