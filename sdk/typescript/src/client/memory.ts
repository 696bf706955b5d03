/** What a client remembers between calls: keys, pins, heads of chains. */

/** Names and values. An app keeps them where its secrets are safe; `Memory` in IndexedDB or a file is an app's own. */
export interface Memory {
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
