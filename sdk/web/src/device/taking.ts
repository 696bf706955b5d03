/** Everything of hers in one ZIP: tables as they are opened, and every record as it was signed. */

import { strToU8, zipSync } from "fflate";
import type { Cell } from "planetvault/columns";
import type { Table } from "./shelf.ts";

export interface Everything {
  readonly tables: readonly Table[];
  readonly grants: readonly { readonly hash: string; readonly jws: string; readonly text: string | null }[];
  readonly receipts: readonly { readonly hash: string; readonly jws: string; readonly use: string | null }[];
  readonly trust: string;
}

const README = `Planet Vault: everything of yours

data/      your rows, one CSV file (RFC 4180, UTF-8) a kind and period, columns as in docs/spec/data-record.md
grants/    every grant as it was signed (.jws), and the words you agreed to (.txt)
receipts/  every receipt as the vault signed it (.jws), and the use it answers (.use.jws)
trust.json the keys of the vault, as your device pinned them
`;

/** Stored without compression, so that anything reads it. */
export function zipOf({ tables, grants, receipts, trust }: Everything): Uint8Array<ArrayBuffer> {
  const files: Record<string, Uint8Array> = { "README.txt": strToU8(README), "trust.json": strToU8(trust) };
  const put = (name: string, text: string | null): void => {
    if (text !== null) files[name] = strToU8(text);
  };
  for (const table of tables) put(`data/${table.kind}/${table.period}.csv`, csvOf(table));
  for (const { hash, jws, text } of grants) {
    put(`grants/${hash}.jws`, jws);
    put(`grants/${hash}.txt`, text);
  }
  for (const { hash, jws, use } of receipts) {
    put(`receipts/${hash}.jws`, jws);
    put(`receipts/${hash}.use.jws`, use);
  }
  return zipSync(files, { level: 0 }) as Uint8Array<ArrayBuffer>;
}

function csvOf(table: Table): string {
  const names = Object.keys(table.columns);
  const rows = Array.from({ length: table.rows }, (_, row) =>
    names.map((name) => table.columns[name]?.[row] ?? null),
  );
  return [names, ...rows].map((row) => `${row.map(cellOf).join(",")}\r\n`).join("");
}

/** A text that a spreadsheet would take for a formula gets an apostrophe before it. */
function cellOf(value: Cell): string {
  if (value === null) return "";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  const text = Array.isArray(value) ? value.join("; ") : String(value);
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
}
