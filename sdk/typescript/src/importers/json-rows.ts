/**
 * The rows of a JSON export, one at a time.
 *
 * A reader of its own: `JSON.parse` gives 12 for 12.0, cannot stop at one row, and knows no limit of depth. Objects have
 * no prototype, so that no name means anything to the language.
 */

import { ImportError } from "../errors.js";
import type { NumberedRow } from "./rows.js";
import { Fraction } from "./rows.js";

const LONGEST_ROW = 1_048_576;
const MOST_LEVELS = 32;
const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
// Runs of plain characters are one step each, so that a long text needs no deep stack.
const STRING = /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*"/y;
const WORD = /true|false|null|NaN|-?Infinity/y;
const SPACE = /[ \t\r\n]*/y;
const WORDS = new Map<string, unknown>([
  ["true", true],
  ["false", false],
]);

/** What stands before the rows and after them; without one, rows stand one after another. */
export interface Frame {
  readonly opening: RegExp;
  readonly closing: RegExp;
}

export const ARRAY: Frame = { opening: /^\s*\[/, closing: /^\s*$/ };

/** @throws ImportError if the file is cut off, damaged, or has a row that is too long or too deep. */
export function* jsonRows(text: string, frame: Frame | null): Generator<NumberedRow> {
  const reader = new RowReader(text, frame === null ? 0 : (frame.opening.exec(text)?.[0].length ?? -1));
  for (let number = 1; reader.hasRow(frame !== null); number++) yield [number, reader.row(number)];
  if (frame !== null && !frame.closing.test(reader.rest())) throw damaged();
}

function damaged(): ImportError {
  return new ImportError("the file is damaged, or was cut off: export it again");
}

class RowReader {
  constructor(
    private readonly text: string,
    private at: number,
  ) {
    if (at < 0) throw damaged();
  }

  /** Whether another row begins here. */
  hasRow(framed: boolean): boolean {
    this.#next();
    while (this.#next() === ",") this.at++;
    const next = this.#next();
    if (next === "" && framed) throw damaged();
    return next !== "" && !(framed && next === "]");
  }

  row(number: number): unknown {
    const start = this.at;
    const value = this.#value(1);
    if (this.at - start > LONGEST_ROW) throw new ImportError(`row ${number} is too long`);
    return value;
  }

  /** What follows the end of the rows. */
  rest(): string {
    return this.text.slice(this.at + 1);
  }

  #value(level: number): unknown {
    const next = this.#next();
    if (next === "{" || next === "[") {
      if (level > MOST_LEVELS) throw new ImportError("a row is nested too deeply");
      return next === "{" ? this.#object(level) : this.#list(level);
    }
    if (next === '"') return this.#string();
    const word = this.#match(WORD)?.[0];
    return word === undefined ? this.#number() : (WORDS.get(word) ?? null);
  }

  #object(level: number): unknown {
    const members = Object.create(null) as Record<string, unknown>;
    this.#each("}", () => {
      if (this.#next() !== '"') throw damaged();
      const name = this.#string();
      this.#expect(":");
      members[name] = this.#value(level + 1);
    });
    return members;
  }

  #list(level: number): unknown {
    const values: unknown[] = [];
    this.#each("]", () => values.push(this.#value(level + 1)));
    return values;
  }

  #each(end: string, read: () => void): void {
    this.at++;
    if (this.#next() !== end) {
      read();
      while (this.#next() === ",") {
        this.at++;
        read();
      }
    }
    this.#expect(end);
  }

  #string(): string {
    const found = this.#match(STRING)?.[0];
    if (found === undefined) throw damaged();
    return JSON.parse(found) as string;
  }

  #number(): number | Fraction {
    const [digits, part, exponent] = this.#match(NUMBER) ?? [];
    if (digits === undefined) throw damaged();
    const value = Number(digits);
    const isWhole = part === undefined && exponent === undefined && Number.isSafeInteger(value);
    return isWhole ? value : new Fraction(value);
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    this.at += found?.[0].length ?? 0;
    return found;
  }

  #next(): string {
    this.#match(SPACE);
    return this.text[this.at] ?? "";
  }

  #expect(character: string): void {
    if (this.#next() !== character) throw damaged();
    this.at++;
  }
}
