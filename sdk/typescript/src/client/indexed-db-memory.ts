/**
 * A memory in IndexedDB, for browsers. Every value is sealed under an AES key that cannot be extracted; the keys with
 * which the device signs and vouches are made by the platform and cannot be extracted either. So a script that gets
 * into the page can use them while it runs, and takes none of them away.
 */

import { trusted } from "../curve.js";
import { random } from "../digest.js";
import type { Bytes } from "../encoding.js";
import { concat, fromUtf8, toBase64url, utf8 } from "../encoding.js";
import { SigningKey } from "../keys.js";
import { OpeningKey } from "../sealing/hseal.js";
import { Locker } from "../sealing/lockers.js";
import { MemoryFault } from "./errors.js";
import type { DeviceStore, Memory } from "./memory.js";

const VALUES = "values";
const KEYS = "keys";
const WRAPPING = "wrapping";
const DEVICE = "device";
const IV_BYTES = 12;

interface Sealed {
  readonly iv: Bytes;
  readonly sealed: ArrayBuffer;
}

interface DeviceKeys {
  readonly signing: CryptoKey;
  readonly publicKey: string;
  readonly vouching: CryptoKey;
  readonly opening: Sealed;
}

export class IndexedDbMemory implements Memory {
  readonly device: DeviceStore = { load: () => this.#load(), make: () => this.#make() };

  private constructor(
    private readonly database: IDBDatabase,
    private readonly wrapping: CryptoKey,
  ) {}

  /** Open the memory of this name, or begin it. Each owner or partner has one of her own. */
  static async open(name = "planetvault"): Promise<IndexedDbMemory> {
    const asked = indexedDB.open(name, 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore(VALUES);
      asked.result.createObjectStore(KEYS);
    };
    const database = await done(asked);
    return new IndexedDbMemory(database, await wrappingKey(database));
  }

  async get(name: string): Promise<string | undefined> {
    const kept = (await done(this.#values("readonly").get(name))) as Sealed | undefined;
    return kept === undefined ? undefined : fromUtf8(await this.#open(name, kept));
  }

  async under(prefix: string): Promise<readonly (readonly [string, string])[]> {
    const range = IDBKeyRange.bound(prefix, `${prefix}\uffff`);
    const store = this.#values("readonly");
    const [names, kept] = await Promise.all([done(store.getAllKeys(range)), done(store.getAll(range))]);
    const opened = names.map(async (name, at) => {
      return [String(name), fromUtf8(await this.#open(String(name), kept[at] as Sealed))] as const;
    });
    return Promise.all(opened);
  }

  async keep(changes: Readonly<Record<string, string | null>>): Promise<void> {
    const sealed = await Promise.all(
      Object.entries(changes).map(async ([name, value]) => {
        return [name, value === null ? null : await this.#seal(name, utf8(value))] as const;
      }),
    );
    // A transaction ends by itself when it is left alone, so everything was sealed before it begins.
    const store = this.#values("readwrite");
    for (const [name, value] of sealed) {
      if (value === null) store.delete(name);
      else store.put(value, name);
    }
    await finished(store.transaction);
  }

  close(): void {
    this.database.close();
  }

  async #make(): Promise<Locker | null> {
    if (!(await trusted())) return null;
    const signing = (await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"])) as CryptoKeyPair;
    const publicKey = toBase64url(new Uint8Array(await crypto.subtle.exportKey("raw", signing.publicKey)));
    const hmac = { name: "HMAC", hash: "SHA-256", length: 256 };
    const vouching = await crypto.subtle.generateKey(hmac, false, ["sign"]);
    const opening = await this.#seal(DEVICE, random(32));
    const keys: DeviceKeys = { signing: signing.privateKey, publicKey, vouching, opening };
    await put(this.database, DEVICE, keys);
    return this.#load();
  }

  async #load(): Promise<Locker | null> {
    const store = this.database.transaction(KEYS).objectStore(KEYS);
    const keys = (await done(store.get(DEVICE))) as DeviceKeys | undefined;
    if (keys === undefined) return null;
    const signing = await SigningKey.held(keys.signing, keys.publicKey);
    const opening = await OpeningKey.fromSeed(await this.#open(DEVICE, keys.opening));
    return Locker.held(signing, opening, async (place) => {
      // kdf with a key that the platform holds: HKDF-Expand to 32 bytes is one HMAC (RFC 5869 §2.3).
      const message = concat(place, Uint8Array.of(1));
      return new Uint8Array(await crypto.subtle.sign("HMAC", keys.vouching, message));
    });
  }

  async #seal(name: string, value: Bytes): Promise<Sealed> {
    const iv = random(IV_BYTES);
    const how = { name: "AES-GCM", iv, additionalData: utf8(name) };
    return { iv, sealed: await crypto.subtle.encrypt(how, this.wrapping, value) };
  }

  async #open(name: string, { iv, sealed }: Sealed): Promise<Bytes> {
    const how = { name: "AES-GCM", iv, additionalData: utf8(name) };
    try {
      return new Uint8Array(await crypto.subtle.decrypt(how, this.wrapping, sealed));
    } catch (cause) {
      throw new MemoryFault("what this browser remembers was changed by something else", { cause });
    }
  }

  #values(mode: IDBTransactionMode): IDBObjectStore {
    return this.database.transaction(VALUES, mode).objectStore(VALUES);
  }
}

async function wrappingKey(database: IDBDatabase): Promise<CryptoKey> {
  const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, [
    "encrypt",
    "decrypt",
  ]);
  // Of two pages that begin at once, the first one's key stays.
  const store = database.transaction(KEYS, "readwrite").objectStore(KEYS);
  const kept = (await done(store.get(WRAPPING))) as CryptoKey | undefined;
  if (kept !== undefined) return kept;
  store.add(made, WRAPPING);
  await finished(store.transaction);
  return made;
}

async function put(database: IDBDatabase, name: string, value: unknown): Promise<void> {
  const store = database.transaction(KEYS, "readwrite").objectStore(KEYS);
  store.add(value, name);
  await finished(store.transaction);
}

export function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(fault(request.error));
  });
}

export function finished(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(fault(transaction.error));
  });
}

function fault(cause: unknown): MemoryFault {
  return new MemoryFault("this browser does not keep what it should remember", { cause });
}
