/** What a client remembers between calls: keys, pins, heads of chains. */

import type { Locker } from "../sealing/lockers.js";

/** Where a device keeps the keys of its own locker, so that no script ever sees them. */
export interface DeviceStore {
  load(): Promise<Locker | null>;
  /** A new locker, kept before it is returned; null if the platform can't hold one. */
  make(): Promise<Locker | null>;
}

/** Names and values, kept where secrets are safe: `IndexedDbMemory` in a browser, an app's own in a keychain or a file. */
export interface Memory {
  /** Without one, the secret of the device's locker is a value like any other. */
  readonly device?: DeviceStore;
  get(name: string): Promise<string | undefined>;
  /** Names that begin with `prefix`, in ascending order, with their values. */
  under(prefix: string): Promise<readonly (readonly [string, string])[]>;
  /** Write all of it or nothing; null forgets a name. */
  keep(changes: Readonly<Record<string, string | null>>): Promise<void>;
}

/** A memory that lasts as long as the process. */
export class FleetingMemory implements Memory {
  readonly #values = new Map<string, string>();

  async get(name: string): Promise<string | undefined> {
    return this.#values.get(name);
  }

  async under(prefix: string): Promise<readonly (readonly [string, string])[]> {
    const found = [...this.#values].filter(([name]) => name.startsWith(prefix));
    return found.sort(([one], [other]) => (one < other ? -1 : 1));
  }

  async keep(changes: Readonly<Record<string, string | null>>): Promise<void> {
    for (const [name, value] of Object.entries(changes)) {
      if (value === null) this.#values.delete(name);
      else this.#values.set(name, value);
    }
  }
}

/** One after the other: what a client does about one thing happens in turns. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  take<T>(name: string, run: () => Promise<T>): Promise<T> {
    const before = this.#last.get(name) ?? Promise.resolve();
    const mine = before.then(run, run);
    this.#last.set(
      name,
      mine.catch(() => undefined),
    );
    return mine;
  }
}
