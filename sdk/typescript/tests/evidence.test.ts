import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { sha256 } from "../src/digest.js";
import { concat, fromUtf8, utf8 } from "../src/encoding.js";
import { AnchorError, FormatError, ProofError } from "../src/errors.js";
import type { Trust } from "../src/evidence/index.js";
import {
  holdsEvidence,
  leafHash,
  nodeHash,
  readTrust,
  verifyConsistency,
  verifyEvidence,
  verifyInclusion,
  verifyProof,
} from "../src/evidence/index.js";
import { VECTORS } from "./files.js";
import { runEvidence } from "./vectors/evidence.js";
import { runProof } from "./vectors/proofs.js";

interface Kind {
  readonly folder: string;
  readonly run: typeof runProof;
  readonly check: (file: Uint8Array, trust: Trust) => Promise<unknown>;
  readonly plain: string;
}

const kinds: readonly Kind[] = [
  { folder: "proofs", run: runProof, check: verifyProof, plain: "use" },
  { folder: "evidence", run: runEvidence, check: verifyEvidence, plain: "evidence" },
];

for (const { folder, run, check, plain } of kinds) {
  const read = (name: string): Uint8Array => readFileSync(`${VECTORS}${folder}/${name}`);
  const words = (name: string): Record<string, string> =>
    JSON.parse(readFileSync(`${VECTORS}${folder}/${name}`, "utf8"));
  const trusts = words("trusts.json");
  const expectations = words("expectations.json");
  const proof = (name: string): Uint8Array => new Uint8Array(read(`${name}.tlog-proof`));

  test(`every file of ${folder} has its expectation`, () => {
    const files = readdirSync(VECTORS + folder).filter((name) => name.endsWith(".tlog-proof"));
    assert.deepEqual(
      files.map((name) => name.replace(".tlog-proof", "")).sort(),
      Object.keys(expectations).sort(),
    );
  });

  for (const [name, expected] of Object.entries(expectations)) {
    test(`${folder}: ${name} comes out as ${expected}`, async () => {
      const reader = fromUtf8(read(trusts[name] ?? "trust.json"));
      const outcome = await run(name, expected, proof(name), reader);
      assert.equal(outcome.found, expected);
    });
  }

  test(`no byte of a file of ${folder} may be changed`, async () => {
    const reader = await readTrust(read("trust.json"));
    const whole = proof("block_pinned_and_anchored");
    await check(whole, reader);
    for (let at = 0; at < whole.length; at += 17) {
      const changed = whole.slice();
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      await assert.rejects(check(changed, reader), AnchorError, `byte ${at}`);
    }
  });

  test(`a file of ${folder} cut short is refused with a typed error`, async () => {
    const reader = await readTrust(read("trust.json"));
    const whole = proof(plain);
    for (let size = 0; size < whole.length; size += 211) {
      await assert.rejects(check(whole.slice(0, size), reader), AnchorError);
    }
  });
}

test("each kind of proof is told from the other, and refused in its place", async () => {
  const [receipt, evidence] = ["proofs/use", "evidence/evidence"].map(
    (name) => new Uint8Array(readFileSync(`${VECTORS}${name}.tlog-proof`)),
  ) as [Uint8Array, Uint8Array];
  const reader = await readTrust(readFileSync(`${VECTORS}evidence/trust.json`));
  assert.deepEqual([holdsEvidence(receipt), holdsEvidence(evidence)], [false, true]);
  await assert.rejects(verifyProof(evidence, reader), FormatError);
  await assert.rejects(verifyEvidence(receipt, reader), FormatError);
});

/** A tree of its own, by the definition of RFC 6962 §2.1, with all that it can prove. */
async function rootOf(entries: readonly Uint8Array[]): Promise<Uint8Array<ArrayBuffer>> {
  const [only] = entries;
  if (only === undefined) return sha256();
  if (entries.length === 1) return leafHash(only);
  const half = halfOf(entries.length);
  return nodeHash(await rootOf(entries.slice(0, half)), await rootOf(entries.slice(half)));
}

const halfOf = (size: number): number => 2 ** Math.floor(Math.log2(size - 1));

async function pathOf(index: number, entries: readonly Uint8Array[]): Promise<Uint8Array<ArrayBuffer>[]> {
  if (entries.length <= 1) return [];
  const half = halfOf(entries.length);
  const [left, right] = [entries.slice(0, half), entries.slice(half)];
  if (index < half) return [...(await pathOf(index, left)), await rootOf(right)];
  return [...(await pathOf(index - half, right)), await rootOf(left)];
}

async function growthOf(
  size: number,
  entries: readonly Uint8Array[],
  whole = true,
): Promise<Uint8Array<ArrayBuffer>[]> {
  if (size === entries.length) return whole ? [] : [await rootOf(entries)];
  const half = halfOf(entries.length);
  const [left, right] = [entries.slice(0, half), entries.slice(half)];
  if (size <= half) return [...(await growthOf(size, left, whole)), await rootOf(right)];
  return [...(await growthOf(size - half, right, false)), await rootOf(left)];
}

const entries = Array.from({ length: 17 }, (_, at) => utf8(`entry ${at}`));

test("every entry of every small log is proved, and nowhere else", async () => {
  for (let size = 1; size <= entries.length; size++) {
    const some = entries.slice(0, size);
    const root = await rootOf(some);
    for (const [at, entry] of some.entries()) {
      const path = await pathOf(at, some);
      await verifyInclusion(entry, BigInt(at), BigInt(size), path, root);
      const other = verifyInclusion(entry, BigInt(at + 1), BigInt(size), path, root);
      await assert.rejects(other, ProofError);
      await assert.rejects(
        verifyInclusion(concat(entry, entry), BigInt(at), BigInt(size), path, root),
        ProofError,
      );
    }
  }
});

test("every small log continues every one before it, and no other", async () => {
  for (let later = 1; later <= entries.length; later++) {
    const grown = { size: BigInt(later), root: await rootOf(entries.slice(0, later)) };
    for (let size = 1; size <= later; size++) {
      const earlier = { size: BigInt(size), root: await rootOf(entries.slice(0, size)) };
      const path = await growthOf(size, entries.slice(0, later));
      await verifyConsistency(earlier, grown, path);
      const forged = { ...earlier, root: await sha256(earlier.root) };
      await assert.rejects(verifyConsistency(forged, grown, path), ProofError);
    }
  }
  await assert.rejects(
    verifyConsistency({ size: 0n, root: await sha256() }, { size: 1n, root: await sha256() }, []),
    FormatError,
  );
});
