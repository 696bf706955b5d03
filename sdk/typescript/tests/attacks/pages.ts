/** Attacks that need a page: a script that got in, and code that was changed on its way. They run in a browser alone. */

import { IndexedDbMemory } from "../../src/client/indexed-db-memory.js";
import { toBase64url } from "../../src/encoding.js";
import { RecoveryPhrase } from "../../src/owner/openers.js";
import { attempt, equal, holds, refused } from "./attack.js";
import { plays, readAll, SECRET_WORDS, Town } from "./town.js";

let memories = 0;

async function inABrowser(): Promise<readonly [Town, IndexedDbMemory, string]> {
  const name = `attacked ${memories++} ${Date.now()}`;
  const memory = await IndexedDbMemory.open(name);
  return [await Town.found(memory), memory, name];
}

/** Everything that a script on the page finds in a database: every value of every store. */
async function loot(name: string): Promise<readonly unknown[]> {
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const asked = indexedDB.open(name);
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  const found: unknown[] = [];
  for (const store of database.objectStoreNames) {
    const asked = database.transaction(store).objectStore(store).getAll();
    found.push(
      ...(await new Promise<unknown[]>((resolve) => {
        asked.onsuccess = () => resolve(asked.result);
      })),
    );
  }
  database.close();
  return found;
}

function keysIn(value: unknown): readonly CryptoKey[] {
  if (value instanceof CryptoKey) return [value];
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return [];
  return Object.values(value).flatMap(keysIn);
}

function textIn(value: unknown): string {
  if (value instanceof ArrayBuffer) return toBase64url(new Uint8Array(value));
  if (value instanceof Uint8Array) return toBase64url(value);
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null) return "";
  return Object.values(value).map(textIn).join("\n");
}

async function scriptTakesNoKey(): Promise<void> {
  const [town, , name] = await inABrowser();
  await town.owner.addLocker(await RecoveryPhrase.create());
  await town.used();
  const { locker, roots, identity, account } = town.owner.account.unlocked;
  const found = await loot(name);
  const keys = found.flatMap(keysIn);
  equal(keys.length, 3);
  for (const key of keys) {
    holds(!key.extractable, "a key can be extracted");
    for (const format of ["raw", "pkcs8", "jwk"] as const) {
      const taken = await crypto.subtle.exportKey(format, key).then(
        () => true,
        () => false,
      );
      holds(!taken, `a key was taken away as ${format}`);
    }
  }
  const text = found.map(textIn).join("\n");
  const secrets = [...roots.map(({ key }) => key), identity.secret].map(toBase64url);
  for (const secret of [...secrets, account, ...SECRET_WORDS])
    holds(!text.includes(secret), "a secret stands in the browser's database");
  await refused(() => locker.secret());
  await refused(() => locker.signing.seed());
  holds(!JSON.stringify(town.owner).includes(secrets[0] ?? ""), "a secret can be enumerated");
}

async function anotherBrowserCopiesIt(): Promise<void> {
  const [town, memory, name] = await inABrowser();
  await town.owner.write("music.play", "2027-01", plays("2027-01"));
  // All that can be copied as bytes: what is sealed, without the keys that stay in this browser.
  const copy = await IndexedDbMemory.open(`${name} copied`);
  for (const [each, value] of await memory.under("")) {
    if (each === "trust" || each === "account") await copy.keep({ [each]: value });
  }
  await refused(() => town.reopened(copy));
  equal((await readAll(await town.reopened(memory))).length, 1);
}

async function valueChangedInTheDatabase(): Promise<void> {
  const [town, memory, name] = await inABrowser();
  await town.owner.write("music.play", "2027-01", plays("2027-01"));
  const database = await new Promise<IDBDatabase>((resolve) => {
    const asked = indexedDB.open(name);
    asked.onsuccess = () => resolve(asked.result);
  });
  const store = database.transaction("values", "readwrite").objectStore("values");
  const got = store.get("account");
  await new Promise<void>((resolve) => {
    got.onsuccess = () => {
      store.put(got.result, "account/chain");
      resolve();
    };
  });
  await new Promise((resolve) => {
    store.transaction.oncomplete = resolve;
  });
  database.close();
  await refused(() => memory.get("account/chain"));
  await refused(() => town.reopened(memory));
}

/** What the page of tests/attacks/browser.ts tried under the vault's own headers, and whether it ran. */
interface Tried {
  readonly [what: string]: boolean;
}

async function nothingForeignRuns(): Promise<void> {
  const tried = (await (globalThis as unknown as { underPolicy(): Promise<Tried> }).underPolicy()) as Tried;
  equal(tried, {
    module: true,
    ...Object.fromEntries(
      Object.keys(tried)
        .slice(1)
        .map((name) => [name, false]),
    ),
  });
  holds(Object.keys(tried).length > 7, "too little was tried");
}

export const PAGES = [
  attempt(
    29,
    "inline, foreign, evaluated and altered scripts don't run under the vault's policy",
    nothingForeignRuns,
  ),
  attempt(30, "a script in the page takes no key away", scriptTakesNoKey),
  attempt(30, "what can be copied opens nothing in another browser", anotherBrowserCopiesIt),
  attempt(30, "a value put in another's place is refused", valueChangedInTheDatabase),
];
