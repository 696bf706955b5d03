/**
 * The journal of an account, between the entries of its chain: one history, told in two chains
 * (docs/spec/manifest.md, The journal).
 *
 * Each manifest names the newest entry, each entry the newest manifest. So a locker that was removed finds no place for
 * what it signs, not even with the vault's help.
 */

import { ProofError, SignatureError } from "../errors.js";
import type { AccountChain } from "./account-chain.js";
import type { Manifest } from "./kinds.js";
import { MANIFEST } from "./kinds.js";
import type { Signed } from "./signed.js";
import { must, verify } from "./signed.js";

/** The newest manifest of each item, by item. */
export type Newest = ReadonlyMap<string, Signed<Manifest>>;

/** A walk along a journal; it knows the newest manifest of each item it has met. */
export class JournalWalk {
  readonly #newest: Map<string, Signed<Manifest>>;
  #last: Signed<Manifest> | null;
  /** How many entries of the chain come before the newest manifest. */
  #entries: number;

  /** Begin after these manifests, the newest of each item so far; or at the beginning. */
  constructor(
    private readonly chain: AccountChain,
    newest: Newest = new Map(),
  ) {
    this.#newest = new Map(newest);
    const [last] = [...newest.values()].sort((one, other) => other.record.seq - one.record.seq);
    this.#last = last ?? null;
    this.#entries = last === undefined ? 0 : numberOf(this.chain, last.record.chain);
  }

  get newest(): Newest {
    return this.#newest;
  }

  get seq(): number {
    return this.#last?.record.seq ?? 0;
  }

  /** The hash of the newest manifest; null before the first. */
  get head(): string | null {
    return this.#last?.hash ?? null;
  }

  /**
   * Go to the manifest that comes next.
   *
   * @throws FormatError if it is malformed.
   * @throws SignatureError if no locker signed it that stands after the entry it names.
   * @throws ProofError if it does not follow, or an entry in between names another manifest.
   */
  async step(raw: string | Uint8Array): Promise<Signed<Manifest>> {
    const manifest = await verifyManifest(raw, this.chain);
    const { account, seq, prev, chain, item, version } = manifest.record;
    must(account === this.chain.entries[0]?.record.account, "a manifest of another account");
    must(seq === this.seq + 1 && prev === this.head, "a manifest follows another one");
    const before = this.#newest.get(item)?.record.version ?? 0;
    must(version === before + 1, "a manifest skips or repeats a version of its item");
    const number = numberOf(this.chain, chain);
    must(number >= this.#entries, "a manifest names an older entry than the one before");
    this.#verifyEntries(number);
    [this.#last, this.#entries] = [manifest, number];
    this.#newest.set(item, manifest);
    return manifest;
  }

  /** @throws ProofError if the journal can't end here: a later entry names another manifest. */
  end(): this {
    this.#verifyEntries(this.chain.entries.length);
    return this;
  }

  #verifyEntries(number: number): void {
    const between = this.chain.entries.slice(this.#entries, number);
    must(
      between.every((entry) => entry.record.journal === this.head),
      "an account entry names another manifest than the newest of its time",
    );
  }
}

/** A manifest by a locker that stands after the entry it names, wherever it is in the journal. */
export function verifyManifest(raw: string | Uint8Array, chain: AccountChain): Promise<Signed<Manifest>> {
  return verify(raw, MANIFEST, (said, kid) => {
    const number = numberOf(chain, said.chain);
    const term = chain.terms.get(kid);
    if (term === undefined || number < term.begun || number >= term.ended)
      throw new SignatureError("no locker that stands signed the manifest");
    return term.key;
  });
}

function numberOf(chain: AccountChain, entry: string): number {
  const number = chain.numbers.get(entry);
  if (number === undefined) throw new ProofError("a manifest names an entry that the chain does not have");
  return number;
}
