/** What runs inside the browser: all vectors, fetched from the server of the test, and their outcomes. */

import { runEvidence } from "../vectors/evidence.js";
import type { Outcome } from "../vectors/outcome.js";
import type { PoolVector } from "../vectors/pools.js";
import { runPool } from "../vectors/pools.js";
import { runProof } from "../vectors/proofs.js";
import type { RecordVector } from "../vectors/records.js";
import { runRecord } from "../vectors/records.js";
import type { SealingVector } from "../vectors/sealing.js";
import { runSealing } from "../vectors/sealing.js";

interface ProofVector {
  readonly name: string;
  readonly expect: string;
  readonly file: string;
  readonly trust: string;
}

interface Vectors {
  readonly records: readonly RecordVector[];
  readonly sealing: readonly SealingVector[];
  readonly proofs: readonly ProofVector[];
  readonly evidence: readonly ProofVector[];
  readonly pools: readonly PoolVector[];
}

async function each<T>(vectors: readonly T[], run: (vector: T) => Promise<Outcome>): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const vector of vectors) outcomes.push(await run(vector));
  return outcomes;
}

async function runAll(): Promise<Record<string, Outcome[]>> {
  const { records, sealing, proofs, evidence, pools } = (await (await fetch("/vectors")).json()) as Vectors;
  const encoder = new TextEncoder();
  const proved = (vectors: readonly ProofVector[], run: typeof runProof): Promise<Outcome[]> =>
    each(vectors, ({ name, expect, file, trust }) => run(name, expect, encoder.encode(file), trust));
  return {
    records: await each(records, runRecord),
    proofs: await proved(proofs, runProof),
    evidence: await proved(evidence, runEvidence),
    sealing: await each(sealing, runSealing),
    pools: await each(pools, runPool),
  };
}

Object.assign(globalThis, { runAll });
