/**
 * Signing keys that a browser holds: WebCrypto's Ed25519, not extractable, in IndexedDB. Whoever reads the disk, and a
 * script that gets into the page, takes none of them away.
 *
 * A browser without Ed25519 that can be trusted has no such holder; keys are then sealed in the memory.
 */

import { done, finished } from "../client/indexed-db-memory.js";
import { privateKeyOf, trusted } from "../curve.js";
import type { Bytes } from "../encoding.js";
import { SigningKey } from "../keys.js";
import type { KeyHolder } from "./keyring.js";

const KEYS = "keys";

interface HeldKey {
  readonly key: CryptoKey;
  readonly publicKey: string;
}

export class BrowserKeys implements KeyHolder {
  private constructor(private readonly database: IDBDatabase) {}

  /** The keys of this name; undefined where the platform can't hold one. */
  static async open(name: string): Promise<BrowserKeys | undefined> {
    if (!(await trusted())) return undefined;
    const asked = indexedDB.open(name, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(KEYS);
    return new BrowserKeys(await done(asked));
  }

  async hold(seed: Bytes): Promise<SigningKey> {
    const { kid, publicKey } = await SigningKey.fromSeed(seed);
    const key = await privateKeyOf(seed);
    const store = this.database.transaction(KEYS, "readwrite").objectStore(KEYS);
    store.put({ key, publicKey } satisfies HeldKey, kid);
    await finished(store.transaction);
    return SigningKey.held(key, publicKey);
  }

  async find(kid: string): Promise<SigningKey | null> {
    const store = this.database.transaction(KEYS).objectStore(KEYS);
    const held = (await done(store.get(kid))) as HeldKey | undefined;
    return held === undefined ? null : SigningKey.held(held.key, held.publicKey);
  }

  /** Forget every key. */
  async clear(): Promise<void> {
    const store = this.database.transaction(KEYS, "readwrite").objectStore(KEYS);
    store.clear();
    await finished(store.transaction);
  }
}
