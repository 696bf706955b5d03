/** Reads a bundle: every file against the index, which one of the account's lockers signed (docs/spec/bundle.md). */

import { Answer } from "../client/answer.js";
import { sha256 } from "../digest.js";
import type { Bytes } from "../encoding.js";
import { concat, fromBase64url, fromUtf8, toBase64url } from "../encoding.js";
import { FormatError, SignatureError } from "../errors.js";
import { verifySignature } from "../keys.js";
import type { AccountChain } from "../records/account-chain.js";
import * as shape from "../records/shape.js";
import type { Json } from "../records/strict-json.js";
import { readJson } from "../records/strict-json.js";
import { SIGNED } from "./archive.js";
import type { Archive, Place } from "./directory.js";
import { BundleBroken, readDirectory, readFile } from "./directory.js";

const [INDEX, SIGNATURE] = ["index.json", "index.signature"];
/** Of `money.json`: an object, a list in it, an object in that, and a list. */
const MOST_LEVELS = 4;

/** What a bundle says about itself. */
export interface Index {
  readonly vault: string;
  readonly account: string;
  readonly made: string;
  /** The SHA-256 of every file, by its name. */
  readonly files: ReadonlyMap<string, string>;
  /** Its own SHA-256: it names everything else in the bundle. */
  readonly hash: string;
}

export class BundleReader {
  private constructor(
    private readonly archive: Archive,
    private readonly places: ReadonlyMap<string, Place>,
    private readonly signed: Bytes,
    readonly index: Index,
  ) {}

  /** @throws BundleBroken if it is no bundle, or holds other files than its index names. */
  static async open(archive: Archive): Promise<BundleReader> {
    const places = await readDirectory(archive);
    const place = places.get(INDEX);
    if (place === undefined || !places.has(SIGNATURE)) throw new BundleBroken("this is not a bundle");
    const signed = await readFile(archive, INDEX, place);
    const index = indexOf(
      reading(INDEX, () => readJson(signed)),
      toBase64url(await sha256(signed)),
    );
    const named = [...index.files.keys()].every((name) => places.has(name));
    if (!named || index.files.size + 2 !== places.size)
      throw new BundleBroken("the bundle holds other files than its index names");
    return new BundleReader(archive, places, signed, index);
  }

  /**
   * A file of the index.
   *
   * @throws BundleBroken if it is missing, or not what the index says.
   */
  async read(name: string): Promise<Bytes> {
    const place = this.places.get(name);
    if (place === undefined || !this.index.files.has(name))
      throw new BundleBroken(`the bundle has no ${name}`);
    const octets = await readFile(this.archive, name, place);
    if (toBase64url(await sha256(octets)) !== this.index.files.get(name))
      throw new BundleBroken(`${name} is not what the index says`);
    return octets;
  }

  /**
   * The kid of the locker that signed the index.
   *
   * @throws SignatureError or FormatError if none did that stands.
   */
  async verifySigner({ lockers }: AccountChain): Promise<string> {
    const octets = await readFile(this.archive, SIGNATURE, this.places.get(SIGNATURE) as Place);
    const [kid = "", signature = "", more] = fromUtf8(octets).split(".");
    const locker = lockers.get(kid);
    if (locker === undefined || more !== undefined)
      throw new SignatureError("no locker that stands signed the index");
    await verifySignature(locker.sign_key, concat(SIGNED, this.signed), fromBase64url(signature));
    return kid;
  }

  /** Signed records, one a line. */
  async lines(name: string): Promise<readonly string[]> {
    const octets = await this.read(name);
    const lines = reading(name, () => fromUtf8(octets)).split("\n");
    if (lines.pop() !== "") throw new BundleBroken(`${name} is cut off`);
    return lines;
  }

  async object(name: string): Promise<Answer> {
    return new Answer({ [name]: await this.#json(name) }).object(name);
  }

  async objects(name: string): Promise<readonly Answer[]> {
    return new Answer({ [name]: await this.#json(name) }).objects(name);
  }

  /** Sealed bytes, by a name or an id. */
  async sealed(name: string): Promise<ReadonlyMap<string, Bytes>> {
    return new Answer({ [name]: await this.#json(name) }).bytesByName(name);
  }

  /** What the vault showed of the account, as it shows it (docs/spec/http.md). */
  async account(): Promise<Answer> {
    const [lockers, secrets] = [this.#json("account/lockers.json"), this.#json("account/secrets.json")];
    const chain = await this.lines("account/chain");
    return new Answer({ account: this.index.account, chain, lockers: await lockers, secrets: await secrets });
  }

  /** The names of all files that begin so, in ascending order. */
  under(prefix: string): readonly string[] {
    return [...this.index.files.keys()].filter((name) => name.startsWith(prefix)).sort();
  }

  async #json(name: string): Promise<unknown> {
    const octets = await this.read(name);
    return plain(reading(name, () => readJson(octets, MOST_LEVELS)));
  }
}

function indexOf(value: Json, hash: string): Index {
  const said = reading(INDEX, () => READ_INDEX(value));
  return { ...said, hash };
}

const READ_INDEX = shape.object({
  v: shape.one,
  vault: shape.origin,
  account: shape.id,
  made: shape.time,
  files: (value: Json): ReadonlyMap<string, string> => {
    if (!(value instanceof Map)) throw new FormatError("not an object");
    return new Map([...value].map(([name, hash]) => [String(name), shape.hash(hash as Json)]));
  },
});

/** Strict JSON as an answer has it. */
function plain(value: Json): unknown {
  if (Array.isArray(value)) return value.map((each: Json) => plain(each));
  if (!(value instanceof Map)) return value;
  return Object.fromEntries([...value].map(([name, each]) => [name, plain(each as Json)]));
}

function reading<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    throw new BundleBroken(`${name} is malformed`, { cause });
  }
}
