/** The archive of a bundle: a ZIP without compression, written front to back, whose index names each file's hash and is signed. */

import { sha256 } from "../digest.js";
import type { Bytes } from "../encoding.js";
import { concat, toBase64url, utf8 } from "../encoding.js";
import { InputError } from "../errors.js";
import type { SigningKey } from "../keys.js";
import { centralEntry, endOf, localHeader, MOST_FILE_BYTES, MOST_FILES, toldOf } from "./zip.js";

export const SIGNED = utf8("planetvault/bundle/v1\0");

/** Takes the bytes of a bundle one after the other: a file's, a stream's, or parts of a Blob. */
export type Sink = (octets: Bytes) => void | Promise<void>;

export class BundleWriter {
  readonly #hashes = new Map<string, string>();
  readonly #directory: Bytes[] = [];
  #offset = 0;

  constructor(private readonly sink: Sink) {}

  has(name: string): boolean {
    return this.#hashes.has(name);
  }

  /** Put one file in. */
  async add(name: string, octets: Uint8Array): Promise<void> {
    await this.#put(name, octets);
    this.#hashes.set(name, toBase64url(await sha256(octets)));
  }

  addJson(name: string, value: unknown): Promise<void> {
    return this.add(name, utf8(JSON.stringify(value)));
  }

  /** Put signed records in, one a line. */
  addLines(name: string, raws: readonly string[]): Promise<void> {
    return this.add(name, utf8(raws.map((raw) => `${raw}\n`).join("")));
  }

  /** Sign the list of all files, and end the archive. */
  async finish(said: Readonly<Record<string, string>>, key: SigningKey): Promise<void> {
    const files = Object.fromEntries([...this.#hashes].sort(([one], [other]) => (one < other ? -1 : 1)));
    const index = utf8(JSON.stringify({ v: 1, ...said, files }));
    await this.#put("index.json", index);
    const signature = toBase64url(await key.sign(concat(SIGNED, index)));
    await this.#put("index.signature", utf8(`${key.kid}.${signature}`));
    const begin = this.#offset;
    for (const entry of this.#directory) await this.#write(entry);
    await this.#write(endOf(this.#directory.length, this.#offset - begin, begin));
  }

  async #put(name: string, octets: Uint8Array): Promise<void> {
    if (this.#directory.length > MOST_FILES || octets.length > MOST_FILE_BYTES)
      throw new InputError("a bundle has at most 1,000,000 files, of at most 64 MiB each");
    const told = toldOf(name, octets);
    this.#directory.push(centralEntry(told, this.#offset));
    await this.#write(localHeader(told));
    await this.#write(octets.slice());
  }

  async #write(octets: Bytes): Promise<void> {
    await this.sink(octets);
    this.#offset += octets.length;
  }
}
