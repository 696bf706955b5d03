/** What to do with a vector of signed records: tests/vectors/README.md, step by step. */

import { toBase64url } from "../../src/encoding.js";
import { SignatureError } from "../../src/errors.js";
import { kidOf } from "../../src/keys.js";
import type { Receipt, Signed } from "../../src/records/index.js";
import * as records from "../../src/records/index.js";
import type { Outcome } from "./outcome.js";
import { difference, outcomeOf } from "./outcome.js";

export interface RecordVector {
  readonly name: string;
  readonly expect: string;
  readonly noun: string;
  readonly jws?: string;
  readonly key?: string;
  readonly payload?: unknown;
  readonly hash?: string;
  readonly entry?: string | null;
  readonly history?: readonly string[];
  readonly hashes?: readonly string[];
  readonly lockers?: readonly string[];
  readonly journal?: readonly string[];
  readonly pinned?: string;
  readonly kid?: string;
  readonly owner_link?: unknown;
}

export function runRecord(vector: RecordVector): Promise<Outcome> {
  return outcomeOf(vector.name, vector.expect, () => check(vector));
}

async function check(vector: RecordVector): Promise<string | undefined> {
  if (vector.history !== undefined) return checkHistory(vector, vector.history);
  const kind = records.KINDS.find((each) => each.noun === vector.noun);
  if (kind === undefined) throw new Error(`no kind ${vector.noun}`);
  const signed = await readOne(vector, kind);
  if (vector.owner_link !== undefined) {
    const told = records.readJson(new TextEncoder().encode(JSON.stringify(vector.owner_link)));
    await records.verifyOwnerLink(records.readOwnerLink(told), signed.record as Receipt);
    return undefined;
  }
  const entry = records.entryOf(kind, signed);
  const found = {
    payload: signed.record,
    hash: signed.hash,
    entry: entry === null ? null : toBase64url(entry),
  };
  return difference(found, { payload: vector.payload, hash: vector.hash, entry: vector.entry });
}

async function readOne(vector: RecordVector, kind: records.AnyKind): Promise<Signed<unknown>> {
  const raw = new TextEncoder().encode(vector.jws ?? "");
  if (vector.noun === "grant") return records.verifyGrant(raw);
  if (vector.noun === "denial") return records.verifyDenial(raw);
  if (vector.noun === "partner") return (await records.verifyPartner([raw]))[0] as Signed<unknown>;
  return records.verify(raw, kind, () => vector.key ?? "");
}

async function checkHistory(vector: RecordVector, history: readonly string[]): Promise<string | undefined> {
  if (vector.journal !== undefined) {
    const walk = new records.JournalWalk(await records.verifyAccount(history));
    const hashes: string[] = [];
    for (const raw of vector.journal) hashes.push((await walk.step(raw)).hash);
    walk.end();
    return difference(hashes, vector.hashes);
  }
  if (vector.noun === "account") {
    const chain = await records.verifyAccount(history);
    const found = {
      hashes: chain.entries.map((entry) => entry.hash),
      lockers: [...chain.lockers.keys()].sort(),
    };
    return difference(found, { hashes: vector.hashes, lockers: vector.lockers });
  }
  const entries = await records.verifyPartner(history);
  if (vector.pinned !== undefined && vector.kid !== undefined) {
    const signer = await records.verifySigner(entries, vector.pinned, vector.kid);
    if ((await kidOf(signer.record.sign_key)) !== vector.kid) throw new SignatureError("another signer");
  }
  return difference(
    entries.map((entry) => entry.hash),
    vector.hashes,
  );
}
