/** The archive of a bundle: a ZIP without compression, written front to back, whose index names each file's hash and is signed. */

import { sha256 } from "../digest.js";
import type { Bytes } from "../encoding.js";
import { concat, toBase64url, utf8 } from "../encoding.js";
import { InputError } from "../errors.js";
import type { SigningKey } from "../keys.js";

const SIGNED = utf8("planetvault/bundle/v1\0");
/** What a ZIP without its 64-bit extension holds (APPNOTE 4.4.1.4). */
const MOST_FILES = 65_534;
const MOST_BYTES = 0xffff_fffe;
const VERSION = 20;
const UTF8_NAMES = 1 << 11;
/** 1 January 1980: the archive says nothing of when a file was written. */
const LONG_AGO = 0x0021;

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
    const [begin, count] = [this.#offset, this.#directory.length];
    for (const entry of this.#directory) await this.#write(entry);
    const end = [0x06054b50, [0, 0, count, count], [this.#offset - begin, begin], [0]] as const;
    await this.#write(concat(u32(end[0]), u16(...end[1]), u32(...end[2]), u16(...end[3])));
  }

  async #put(name: string, octets: Uint8Array): Promise<void> {
    const [title, at] = [utf8(name), this.#offset];
    if (this.#directory.length >= MOST_FILES || at + octets.length + title.length > MOST_BYTES)
      throw new InputError("a bundle made here has at most 65,534 files and 4 GiB");
    const size = octets.length;
    const common = concat(
      u16(VERSION, UTF8_NAMES, 0, 0, LONG_AGO),
      u32(crc32(octets), size, size),
      u16(title.length, 0),
    );
    await this.#write(concat(u32(0x04034b50), common, title));
    await this.#write(octets.slice());
    this.#directory.push(concat(u32(0x02014b50), u16(VERSION), common, u16(0, 0, 0), u32(0, at), title));
  }

  async #write(octets: Bytes): Promise<void> {
    await this.sink(octets);
    this.#offset += octets.length;
  }
}

/** Numbers as ZIP writes them: little-endian. */
const u16 = (...values: readonly number[]): Bytes => numbers(2, values);
const u32 = (...values: readonly number[]): Bytes => numbers(4, values);

function numbers(size: 2 | 4, values: readonly number[]): Bytes {
  const octets = new Uint8Array(size * values.length);
  const view = new DataView(octets.buffer);
  for (const [at, value] of values.entries())
    if (size === 2) view.setUint16(2 * at, value, true);
    else view.setUint32(4 * at, value, true);
  return octets;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, octet) => {
  let rest = octet;
  for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ (rest & 1 ? 0xedb8_8320 : 0);
  return rest;
});

function crc32(octets: Uint8Array): number {
  let rest = 0xffff_ffff;
  for (const octet of octets) rest = (rest >>> 8) ^ (TABLE[(rest ^ octet) & 0xff] ?? 0);
  return (rest ^ 0xffff_ffff) >>> 0;
}
