/** An account's chain: which lockers stand, and which root keys it commits to (docs/spec/account.md). */

import { FormatError } from "../errors.js";
import { kidOf, verifyPublicKey } from "../keys.js";
import type { Account } from "./kinds.js";
import { ACCOUNT } from "./kinds.js";
import type { Signed } from "./signed.js";
import { must, verify } from "./signed.js";

export const MOST_ENTRIES = 1024;

/** A chain that was verified. */
export interface AccountChain {
  readonly entries: readonly Signed<Account>[];
  /** The hash of the newest entry. */
  readonly head: string;
  /** The lockers that stand, by kid: for each the record that brought it. */
  readonly lockers: ReadonlyMap<string, Account>;
  /** The commitment to the root key of each generation, from 0 on, in base64url. */
  readonly commitments: readonly string[];
  /** The number of each entry, from 1 on, by its hash. */
  readonly numbers: ReadonlyMap<string, number>;
  /** When each locker stood, by kid, those that were removed included. */
  readonly terms: ReadonlyMap<string, LockerTerm>;
}

/** A locker's key, the number of the entry that brought it, and of the one that removed it, or infinity. */
export interface LockerTerm {
  readonly key: string;
  readonly begun: number;
  readonly ended: number;
}

interface Growing {
  readonly entries: Signed<Account>[];
  readonly lockers: Map<string, Account>;
  readonly commitments: string[];
  readonly numbers: Map<string, number>;
  readonly terms: Map<string, LockerTerm>;
}

/**
 * The chain that these records are, oldest first.
 *
 * @throws FormatError, SignatureError or ProofError as the page says for each step.
 */
export async function verifyAccount(raws: readonly (string | Uint8Array)[]): Promise<AccountChain> {
  if (raws.length < 1 || raws.length > MOST_ENTRIES) throw new FormatError("a chain has 1 to 1,024 entries");
  const chain: Growing = {
    entries: [],
    lockers: new Map(),
    commitments: [],
    numbers: new Map(),
    terms: new Map(),
  };
  for (const raw of raws) await append(chain, raw);
  return { ...chain, head: chain.entries.at(-1)?.hash ?? "" };
}

async function append(chain: Growing, raw: string | Uint8Array): Promise<void> {
  const before = chain.entries.at(-1);
  const entry = await verify(raw, ACCOUNT, (record) => {
    verifyPublicKey(record.sign_key);
    return before === undefined
      ? record.sign_key
      : [...chain.lockers.values()].map((locker) => locker.sign_key);
  });
  const kid = await kidOf(entry.record.sign_key);
  follows(entry.record, before);
  turns(entry.record, before?.record);
  names(chain, entry, kid);
  const { action, seq, sign_key: key } = entry.record;
  const term = chain.terms.get(kid) ?? { key, begun: seq, ended: Number.POSITIVE_INFINITY };
  if (action === "create" || action === "add") chain.lockers.set(kid, entry.record);
  if (action === "remove") chain.lockers.delete(kid);
  if (action !== "add") chain.commitments.push(entry.record.root_commitment);
  chain.terms.set(kid, action === "remove" ? { ...term, ended: seq } : term);
  chain.numbers.set(entry.hash, seq);
  chain.entries.push(entry);
}

function follows(record: Account, before: Signed<Account> | undefined): void {
  must(record.seq === (before?.record.seq ?? 0) + 1, "an entry is missing from the chain");
  must(record.prev === (before?.hash ?? null), "an entry follows another one");
  must(before === undefined || record.account === before.record.account, "an entry of another account");
  must(
    (record.action === "create") === (before === undefined),
    "an account is created by its first entry alone",
  );
  must(before !== undefined || record.journal === null, "an account begins with an empty journal");
}

/** The root key turns at each removal and rotation, and only there. */
function turns(record: Account, before: Account | undefined): void {
  const turning = record.action === "remove" || record.action === "rotate";
  must(record.generation === (before?.generation ?? 0) + Number(turning), "another generation than the next");
  const kept = before === undefined || (record.root_commitment === before.root_commitment) === !turning;
  must(kept, "the root key turns at a removal or rotation, and only there");
}

function names(chain: Growing, entry: Signed<Account>, kid: string): void {
  const { action, kind, sealing_key } = entry.record;
  if (action === "add") must(!chain.terms.has(kid), "a locker that was there before comes back");
  if (action !== "remove" && action !== "rotate") return;
  const locker = chain.lockers.get(kid);
  must(locker !== undefined, "names a locker that does not stand");
  must(locker.kind === kind && locker.sealing_key === sealing_key, "describes the locker differently");
  must(
    (action === "rotate") === (entry.kid === kid),
    "a locker rotates for itself, and is removed by another",
  );
}
