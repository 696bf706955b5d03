/** Lists inside sealed plaintext, written one way and read strictly (docs/spec/sealing.md, Lists). */

import type { Bytes } from "../encoding.js";
import { concat, fromUtf8, HALF_A_PAIR, u16be, u64be, utf8 } from "../encoding.js";
import { InputError, OpenError } from "../errors.js";
import { wholeNumber } from "./context.js";

export const MOST_TEXT_BYTES = 256;
export const MOST_COUNT = 256;
/** The end of the year 9999. */
export const LAST_SECOND = 253_402_300_799;

export function writeNumber(value: number): Bytes {
  return u64be(wholeNumber(value));
}

export function writeCount(value: number): Bytes {
  if (value > MOST_COUNT) throw new InputError("a list has at most 256 entries");
  return u16be(value);
}

export function writeText(value: string): Bytes {
  if (HALF_A_PAIR.test(value)) throw new InputError("a text is well-formed Unicode");
  const octets = utf8(value);
  if (octets.length > MOST_TEXT_BYTES) throw new InputError("a text has at most 256 bytes of UTF-8");
  return concat(u16be(octets.length), octets);
}

/** Reads such a list from the front; anything amiss is an OpenError. */
export class LayoutReader {
  #at = 0;

  constructor(private readonly octets: Bytes) {}

  take(size: number): Bytes {
    const end = this.#at + size;
    if (end > this.octets.length) throw new OpenError();
    const taken = this.octets.slice(this.#at, end);
    this.#at = end;
    return taken;
  }

  number(most = Number.MAX_SAFE_INTEGER): number {
    const value = new DataView(this.take(8).buffer).getBigUint64(0);
    if (value > BigInt(most)) throw new OpenError();
    return Number(value);
  }

  /** Whole seconds since 1970. */
  time(): number {
    return this.number(LAST_SECOND);
  }

  count(): number {
    return this.#short(MOST_COUNT);
  }

  text(): string {
    const octets = this.take(this.#short(MOST_TEXT_BYTES));
    try {
      return fromUtf8(octets);
    } catch {
      throw new OpenError();
    }
  }

  /** Demand that nothing is left. */
  end(): void {
    if (this.#at !== this.octets.length) throw new OpenError();
  }

  #short(most: number): number {
    const value = new DataView(this.take(2).buffer).getUint16(0);
    if (value > most) throw new OpenError();
    return value;
  }
}
