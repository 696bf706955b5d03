/** Files of hers: put, listed, fetched, deleted, and chosen for the grants that may open them (docs/decisions/0028-files-are-chosen-one-by-one.md). */

import { Refused } from "planetvault/client/errors";
import type { Bytes } from "planetvault/encoding";
import type { GetOptions, OwnerFiles, StoredFile } from "planetvault/files/index";
import { FILE } from "planetvault/owner/covering";
import type { GivenGrant } from "planetvault/owner/owner";
import { Aside } from "./aside.ts";
import { Disputing } from "./disputing.ts";
import type { Table } from "./shelf.ts";
import type * as shown from "./shown.ts";

/** Up to here a file is opened in memory, and nothing of it is put aside. */
const SMALL_BYTES = 16 * 1024 ** 2;

export class Filing extends Disputing {
  #files: OwnerFiles | null = null;
  #putting = new AbortController();
  #fetching = new AbortController();

  /** Every file as the shelf has it, the newest first. */
  async files(): Promise<readonly shown.ShownFile[]> {
    const tables = (await this.shelved()).tables().filter(({ kind }) => kind === FILE);
    return tables.map(shownOf).sort((one, other) => (one.at > other.at ? -1 : 1));
  }

  /** Seal a file and send it, part by part; its item's id. Broken off or stopped, it goes on with the same file. */
  async putFile(file: File): Promise<string> {
    const files = await this.#filing();
    this.#putting = new AbortController();
    const item = await files.put(file, {
      reading: (done, of) => this.tell({ about: "file-read", done, of }),
      progress: (done, of) => this.tell({ about: "file-send", done, of }),
      signal: this.#putting.signal,
    });
    await this.shelve(item);
    return item;
  }

  /** A file, opened, and only once every byte of it was found to be the one she sealed. */
  async fetchFile(item: string): Promise<Blob> {
    await Aside.sweep(Date.now());
    const stored = await (await this.#filing()).file(item);
    this.#fetching = new AbortController();
    const options: GetOptions = {
      progress: (done, of) => this.tell({ about: "file-fetch", done, of }),
      signal: this.#fetching.signal,
    };
    return stored.size <= SMALL_BYTES ? this.#inMemory(stored, options) : this.#byAside(stored, options);
  }

  async #inMemory(stored: StoredFile, options: GetOptions): Promise<Blob> {
    const pieces: Bytes[] = [];
    for await (const piece of (await this.#filing()).get(stored, options)) pieces.push(piece);
    return new Blob(pieces, { type: stored.mediaType });
  }

  async #byAside(stored: StoredFile, options: GetOptions): Promise<Blob> {
    const store = await Aside.sealed(stored.item);
    try {
      return await this.#toAside(stored, { ...options, store });
    } finally {
      await store.close();
    }
  }

  async #toAside(stored: StoredFile, options: GetOptions): Promise<Blob> {
    const opened = await Aside.opened(stored.item);
    try {
      for await (const piece of (await this.#filing()).get(stored, options)) await opened.append(piece);
    } catch (error) {
      await opened.clear();
      await opened.close();
      throw error;
    }
    return opened.take();
  }

  /** Stop what is being put; the same file goes on from there. */
  async stopPutting(): Promise<void> {
    this.#putting.abort();
  }

  /** Stop what is being fetched; a large file goes on from there. */
  async stopFetching(): Promise<void> {
    this.#fetching.abort();
  }

  async deleteFile(item: string): Promise<void> {
    const files = await this.#filing();
    await files.delete(await files.file(item));
    await (await this.shelved()).takeOff([item]);
  }

  /** Let a standing grant open a file. */
  async lendFile(item: string, grant: string): Promise<void> {
    await (await this.#filing()).share(item, await this.#given(grant));
    await this.shelve(item);
  }

  /** Let it open the file no more. */
  async takeFileBack(item: string, grant: string): Promise<void> {
    await (await this.#filing()).unshare(item, await this.#given(grant));
    await this.shelve(item);
  }

  async #filing(): Promise<OwnerFiles> {
    const { OwnerFiles } = await import("planetvault/files/index");
    this.#files ??= new OwnerFiles(await this.opened());
    return this.#files;
  }

  async #given(hash: string): Promise<GivenGrant> {
    const grant = (await (await this.opened()).grants()).find((given) => given.hash === hash);
    if (grant === undefined) throw new Refused("not-found", 404, "there is no such grant", "");
    return grant;
  }
}

function shownOf({ item, columns }: Table): shown.ShownFile {
  const first = (name: string): unknown => columns[name]?.[0];
  const grants = first("grants");
  return {
    item,
    name: String(first("name")),
    type: String(first("type")),
    size: Number(first("size_bytes")),
    at: String(first("at")),
    grants: Array.isArray(grants) ? grants.map(String) : [],
  };
}
