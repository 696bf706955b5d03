/**
 * What is too large for memory waits in the origin's private file system: the sealed bytes of a file that is fetched, so
 * that a fetch which broke off goes on, and the opened file until the browser has saved it. It opens in a worker alone.
 */

import type { Bytes } from "planetvault/encoding";
import type { SealedStore } from "planetvault/files/index";

const FOLDER = "files";
const MINUTE = 60_000;
/** How long an opened file stays for the browser to copy it, and how long half a fetch waits to be gone on with. */
const OPENED_MS = 10 * MINUTE;
const SEALED_MS = 7 * 24 * 60 * MINUTE;
const SEALED = ".sealed";

/** This browser puts nothing aside, or has no room left. */
export class NoRoom extends Error {
  override readonly name = "NoRoom";
}

export class Aside implements SealedStore {
  private constructor(
    private readonly folder: FileSystemDirectoryHandle,
    private readonly file: FileSystemFileHandle,
    private readonly access: FileSystemSyncAccessHandle,
  ) {}

  /** The sealed bytes of an item, as far as they came. */
  static sealed(item: string): Promise<Aside> {
    return Aside.#open(item + SEALED);
  }

  /** An empty file for what is opened. */
  static async opened(item: string): Promise<Aside> {
    const aside = await Aside.#open(item);
    await aside.clear();
    return aside;
  }

  /** @throws NoRoom if this browser has no such files. */
  static async #open(name: string): Promise<Aside> {
    try {
      const folder = await folderOf();
      const file = await folder.getFileHandle(name, { create: true });
      return new Aside(folder, file, await file.createSyncAccessHandle());
    } catch (cause) {
      throw new NoRoom("this browser puts no large file aside", { cause });
    }
  }

  /** Remove what has waited for too long. */
  static async sweep(now: number): Promise<void> {
    const folder = await folderOf().catch(() => null);
    if (folder === null) return;
    for await (const [name, entry] of folder.entries()) {
      if (!(entry instanceof FileSystemFileHandle)) continue;
      const age = now - (await entry.getFile()).lastModified;
      // One that is in use just now, perhaps by another tab, stays.
      if (age > (name.endsWith(SEALED) ? SEALED_MS : OPENED_MS))
        await folder.removeEntry(name).catch(() => {});
    }
  }

  static async forgetAll(): Promise<void> {
    const root = await navigator.storage.getDirectory().catch(() => null);
    await root?.removeEntry(FOLDER, { recursive: true }).catch(() => {});
  }

  async size(): Promise<number> {
    return this.access.getSize();
  }

  /** @throws NoRoom if it does not fit. */
  async append(octets: Bytes): Promise<void> {
    try {
      const written = this.access.write(octets, { at: this.access.getSize() });
      if (written === octets.length) return;
    } catch (cause) {
      throw new NoRoom("there is no room on this device", { cause });
    }
    throw new NoRoom("there is no room on this device");
  }

  async read(start: number, end: number): Promise<Bytes> {
    const octets = new Uint8Array(end - start);
    return octets.subarray(0, this.access.read(octets, { at: start }));
  }

  async clear(): Promise<void> {
    this.access.truncate(0);
  }

  /** Let go of it. What is in it stays; an empty one goes. */
  async close(): Promise<void> {
    const isEmpty = this.access.getSize() === 0;
    this.access.close();
    if (isEmpty) await this.folder.removeEntry(this.file.name);
  }

  /** What is in it, to be read from where it lies; removed after ten minutes, or when the app is opened after that. */
  async take(): Promise<File> {
    this.access.close();
    setTimeout(() => void this.folder.removeEntry(this.file.name).catch(() => {}), OPENED_MS);
    return this.file.getFile();
  }
}

async function folderOf(): Promise<FileSystemDirectoryHandle> {
  return (await navigator.storage.getDirectory()).getDirectoryHandle(FOLDER, { create: true });
}
