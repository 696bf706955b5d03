/** The rows of a CSV file (RFC 4180, and what spreadsheets do), each as column → cell. */

import { ImportError } from "../errors.js";
import type { NumberedRow } from "./rows.js";

const LONGEST_ROW = 262_144;
const MOST_COLUMNS = 200;
/** The header stands within so many rows. */
const LONGEST_PREAMBLE = 100;
const QUOTED = /"([^"]*(?:""[^"]*)*)"([^,\r\n]*)/y;
const PLAIN = /[^,\r\n]*/y;

/** Cells by column for each row below the header; a row that does not fit is the list that it is. */
export function* csvRows(
  text: string,
  isHeader: (names: ReadonlySet<string>) => boolean,
): Generator<NumberedRow> {
  let header: readonly string[] | null = null;
  let seen = 0;
  for (const [line, cells] of linesOf(text)) {
    if (header !== null) {
      if (cells.some((cell) => cell !== "")) yield [line, byColumn(header, cells)];
      continue;
    }
    const names = cells.map((cell) => cell.trim());
    const distinct = new Set(names);
    if (isHeader(distinct)) {
      if (distinct.size !== names.length || names.length > MOST_COLUMNS)
        throw new ImportError("columns not told apart");
      header = names;
    } else if (++seen === LONGEST_PREAMBLE) break;
  }
  if (header === null) throw new ImportError("the file has no header of this export");
}

/** Cells with the number of the line on which their row ends. */
function* linesOf(text: string): Generator<readonly [number, readonly string[]]> {
  let [at, line] = [0, 0];
  while (at < text.length) {
    const [start, cells] = [at, [] as string[]];
    for (;;) {
      const quoted = text[at] === '"' ? match(QUOTED, text, at) : null;
      if (text[at] === '"' && quoted === null) throw new ImportError("a quotation in the file does not end");
      const plain = quoted ?? match(PLAIN, text, at);
      at += plain?.[0].length ?? 0;
      cells.push(
        quoted === null ? (plain?.[0] ?? "") : (quoted[1] ?? "").replaceAll('""', '"') + (quoted[2] ?? ""),
      );
      if (text[at] !== ",") break;
      at++;
    }
    if (at - start > LONGEST_ROW) throw new ImportError("a row is too long");
    at += text.startsWith("\r\n", at) ? 2 : 1;
    line += Math.max(text.slice(start, at).split(/\r\n|\r|\n/).length - 1, 1);
    yield [line, cells];
  }
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** Blank cells past the last column are an exporter's habit, others are not. */
function byColumn(header: readonly string[], cells: readonly string[]): unknown {
  if (cells.length < header.length || cells.slice(header.length).some((cell) => cell.trim() !== ""))
    return cells;
  return Object.fromEntries(header.map((name, at) => [name, cells[at]]));
}
