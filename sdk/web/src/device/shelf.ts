/**
 * The shelf: her items as this device opened them, so that browsing needs no network. Each stands under item and version, in
 * the sealed store; what the journal does not name any more is taken off.
 */

import type { Memory } from "planetvault/client/memory";
import type { Columns } from "planetvault/columns";

export interface Table {
  readonly item: string;
  readonly version: number;
  readonly kind: string;
  readonly period: string;
  readonly rows: number;
  readonly columns: Columns;
}

const PREFIX = "shelf/";

export class Shelf {
  readonly #tables = new Map<string, Table>();

  private constructor(private readonly store: Memory) {}

  static async read(store: Memory): Promise<Shelf> {
    const shelf = new Shelf(store);
    for (const [name, value] of await store.under(PREFIX)) {
      shelf.#tables.set(name.slice(PREFIX.length), JSON.parse(value) as Table);
    }
    return shelf;
  }

  /** In ascending order of kind and period. */
  tables(): readonly Table[] {
    const place = (table: Table): string => `${table.kind} ${table.period}`;
    return [...this.#tables.values()].sort((one, other) => (place(one) < place(other) ? -1 : 1));
  }

  version(item: string): number {
    return this.#tables.get(item)?.version ?? 0;
  }

  async put(table: Table): Promise<void> {
    await this.store.keep({ [PREFIX + table.item]: JSON.stringify(table) });
    this.#tables.set(table.item, table);
  }

  /** Take off whatever is none of these items. */
  async keepOnly(items: ReadonlySet<string>): Promise<void> {
    await this.takeOff([...this.#tables.keys()].filter((item) => !items.has(item)));
  }

  async takeOff(gone: readonly string[]): Promise<void> {
    if (gone.length === 0) return;
    await this.store.keep(Object.fromEntries(gone.map((item) => [PREFIX + item, null])));
    for (const item of gone) this.#tables.delete(item);
  }
}
