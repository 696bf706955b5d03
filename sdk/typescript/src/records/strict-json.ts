/**
 * JSON read strictly (docs/spec/signed-record.md, Payload): what two readers could take for two things is refused.
 *
 * `JSON.parse` lets a repeated name, `-0` and half a surrogate pair pass, so this is a reader of its own. Numbers are
 * whole and at most 2⁵³ − 1 in size; objects are maps, so that no name means anything to the language.
 */

import { fromUtf8, HALF_A_PAIR } from "../encoding.js";
import { FormatError } from "../errors.js";

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject extends ReadonlyMap<string, Json> {}

/** Levels of nesting: an object, a list in it, an object in that. */
const MOST_LEVELS = 3;
const NUMBER = /-?(?:0|[1-9][0-9]{0,15})(?![0-9.eE])/y;
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const SPACE = /[ \t\n\r]*/y;
const HEX = /[0-9a-fA-F]{4}/y;
const WORDS: readonly (readonly [string, Json])[] = [
  ["null", null],
  ["true", true],
  ["false", false],
];
const ESCAPES = new Map(
  Object.entries({ '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" }),
);

/**
 * The one value that these bytes say.
 *
 * @throws FormatError if they are not strict JSON, or nested deeper than a record is, or than `levels`.
 */
export function readJson(octets: Uint8Array, levels: number = MOST_LEVELS): Json {
  return new Reader(fromUtf8(octets), levels).whole();
}

class Reader {
  #at = 0;

  constructor(
    private readonly text: string,
    private readonly levels: number,
  ) {}

  whole(): Json {
    const value = this.#value(1);
    if (this.#next() !== "") throw new FormatError("something follows the JSON value");
    return value;
  }

  #value(level: number): Json {
    const next = this.#next();
    if (next === "{" || next === "[") {
      if (level > this.levels) throw new FormatError("nested too deeply");
      return next === "{" ? this.#object(level) : this.#list(level);
    }
    if (next === '"') return this.#string();
    for (const [word, value] of WORDS) {
      if (this.text.startsWith(word, this.#at)) {
        this.#at += word.length;
        return value;
      }
    }
    return this.#number();
  }

  #object(level: number): Json {
    const members = new Map<string, Json>();
    this.#each("}", () => {
      if (this.#next() !== '"') throw new FormatError("a member without a name");
      const name = this.#string();
      if (members.has(name)) throw new FormatError("two members of one name");
      this.#expect(":");
      members.set(name, this.#value(level + 1));
    });
    return members;
  }

  #list(level: number): Json {
    const values: Json[] = [];
    this.#each("]", () => values.push(this.#value(level + 1)));
    return values;
  }

  #each(end: string, read: () => void): void {
    this.#at++;
    if (this.#next() !== end) {
      read();
      while (this.#next() === ",") {
        this.#at++;
        read();
      }
    }
    this.#expect(end);
  }

  #string(): string {
    this.#at++;
    let text = "";
    for (;;) {
      text += this.#match(PLAIN) ?? "";
      const next = this.text[this.#at++];
      if (next === '"') break;
      if (next !== "\\") throw new FormatError("a text that does not end, or a control character in it");
      text += this.#escape();
    }
    if (HALF_A_PAIR.test(text)) throw new FormatError("half a surrogate pair");
    return text;
  }

  #escape(): string {
    const letter = this.text[this.#at++] ?? "";
    const unit = letter === "u" ? this.#match(HEX) : undefined;
    const escaped = unit === undefined ? ESCAPES.get(letter) : String.fromCharCode(Number.parseInt(unit, 16));
    if (escaped === undefined) throw new FormatError("an unknown escape");
    return escaped;
  }

  #number(): number {
    const digits = this.#match(NUMBER);
    const value = Number(digits);
    if (digits === undefined || digits === "-0" || !Number.isSafeInteger(value)) {
      throw new FormatError("not a JSON value, or not a whole number in range");
    }
    return value;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  /** The next character after white space, not yet taken; nothing at the end. */
  #next(): string {
    this.#match(SPACE);
    return this.text[this.#at] ?? "";
  }

  #expect(character: string): void {
    if (this.#next() !== character) throw new FormatError(`JSON without its ${character}`);
    this.#at++;
  }
}
