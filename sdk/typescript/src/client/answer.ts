/** What the vault answers: JSON that nobody signed, so it is checked and not believed. Unknown names are passed over. */

import type { Bytes } from "../encoding.js";
import { fromBase64url, fromUtf8 } from "../encoding.js";
import { FormatError } from "../errors.js";
import * as shape from "../records/shape.js";
import { BrokenAnswer } from "./errors.js";

const LONGEST_TEXT = 4096;
const JWS = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/** A JSON object of an answer; each getter checks what it returns, or throws BrokenAnswer. */
export class Answer {
  constructor(private readonly values: Readonly<Record<string, unknown>>) {}

  static read(octets: Uint8Array): Answer {
    try {
      return answerOf(JSON.parse(fromUtf8(octets)), "answer");
    } catch (cause) {
      if (cause instanceof BrokenAnswer) throw cause;
      throw new BrokenAnswer("the answer is not JSON", { cause });
    }
  }

  has(name: string): boolean {
    return Object.hasOwn(this.values, name) && this.values[name] !== null;
  }

  text(name: string): string {
    const value = this.values[name];
    if (typeof value !== "string" || value.length > LONGEST_TEXT) throw lacks(name);
    return value;
  }

  textOrNull(name: string): string | null {
    return this.has(name) ? this.text(name) : null;
  }

  texts(name: string): readonly string[] {
    return this.#list(name).map((value) => new Answer({ value }).text("value"));
  }

  whole(name: string): number {
    return this.#read(name, shape.count);
  }

  boolean(name: string): boolean {
    return this.#read(name, shape.boolean);
  }

  id(name: string): string {
    return this.#read(name, shape.id);
  }

  hash(name: string): string {
    return this.#read(name, shape.hash);
  }

  hashOrNull(name: string): string | null {
    return this.has(name) ? this.hash(name) : null;
  }

  hashes(name: string): readonly string[] {
    return this.#list(name).map((value) => read(value, name, shape.hash));
  }

  time(name: string): string {
    return this.#read(name, shape.time);
  }

  record(name: string): string {
    return recordOf(this.values[name], name);
  }

  recordOrNull(name: string): string | null {
    return this.has(name) ? this.record(name) : null;
  }

  records(name: string): readonly string[] {
    return this.#list(name).map((value) => recordOf(value, name));
  }

  bytes(name: string): Bytes {
    return bytesOf(this.values[name], name);
  }

  bytesList(name: string): readonly Bytes[] {
    return this.#list(name).map((value) => bytesOf(value, name));
  }

  /** Bytes by a name or an id. */
  bytesByName(name: string): ReadonlyMap<string, Bytes> {
    const { values } = answerOf(this.values[name], name);
    return new Map(Object.entries(values).map(([key, value]) => [key, bytesOf(value, name)]));
  }

  object(name: string): Answer {
    return answerOf(this.values[name], name);
  }

  objects(name: string): readonly Answer[] {
    return this.#list(name).map((value) => answerOf(value, name));
  }

  /** Names with texts and whole numbers, as the parameters of a locker are. */
  plain(): Readonly<Record<string, string | number>> {
    const entries = Object.keys(this.values).map((name) => {
      return [name, typeof this.values[name] === "number" ? this.whole(name) : this.text(name)] as const;
    });
    return Object.fromEntries(entries);
  }

  #list(name: string): readonly unknown[] {
    const value = this.values[name];
    if (!Array.isArray(value)) throw lacks(name);
    return value;
  }

  #read<T>(name: string, reader: shape.Reader<T>): T {
    return read(this.values[name], name, reader);
  }
}

function read<T>(value: unknown, name: string, reader: shape.Reader<T>): T {
  try {
    return reader(value as never);
  } catch (error) {
    if (error instanceof FormatError) throw lacks(name);
    throw error;
  }
}

function lacks(name: string): BrokenAnswer {
  return new BrokenAnswer(`the answer lacks a proper ${name}`);
}

function answerOf(value: unknown, name: string): Answer {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw lacks(name);
  return new Answer(value as Record<string, unknown>);
}

function recordOf(value: unknown, name: string): string {
  if (typeof value !== "string" || !JWS.test(value)) throw lacks(name);
  return value;
}

function bytesOf(value: unknown, name: string): Bytes {
  try {
    return fromBase64url(String(value));
  } catch {
    throw lacks(name);
  }
}
