/** What a device holds of an account: where it is remembered, her items on their shelf, and the account itself once it is open. */

import type { IndexedDbMemory } from "planetvault/client/indexed-db-memory";
import { Owner } from "planetvault/owner/owner";
import { Shelf } from "./shelf.ts";
import type * as shown from "./shown.ts";

export class Holding {
  #owner: Promise<Owner> | null = null;
  #shelf: Shelf | null = null;

  protected constructor(
    protected readonly store: IndexedDbMemory,
    protected readonly url: string,
    protected readonly tell: (progress: shown.Progress) => void,
  ) {}

  /** The account of this device, made or opened at the first call. */
  protected opened(): Promise<Owner> {
    this.#owner ??= Owner.create(this.url, this.store).catch((error: unknown) => {
      this.#owner = null;
      throw error;
    });
    return this.#owner;
  }

  /** Her items, as this device opened them. */
  protected async shelved(): Promise<Shelf> {
    this.#shelf ??= await Shelf.read(this.store);
    return this.#shelf;
  }

  /** Put an item on the shelf as it is now. */
  protected async shelve(item: string): Promise<void> {
    const { version, kind, period, rows, columns } = await (await this.opened()).open(item);
    await (await this.shelved()).put({ item, version, kind, period, rows, columns });
  }

  /** An account was opened on this device by what its owner carries. */
  protected async adopt(coming: Promise<Owner>): Promise<void> {
    this.#owner = Promise.resolve(await coming);
  }
}
