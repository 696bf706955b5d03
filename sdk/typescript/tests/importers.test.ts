import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { test } from "node:test";
import { fromHex, utf8 } from "../src/encoding.js";
import { ImportError } from "../src/errors.js";
import { FORMATS, mergeTables, readExport } from "../src/importers/index.js";
import { ROOT } from "./files.js";

const GOLDEN = `${ROOT}tests/sdk/importers/golden/`;
const SECRET = new Uint8Array(32);
const NOW = new Date("2026-01-02T03:04:05Z");

interface Expected {
  readonly owner_secret: string;
  readonly imported_at: string;
  readonly rows: readonly unknown[];
  readonly tables: Record<string, unknown>;
  readonly summary: { readonly formats: readonly string[] };
}

const cases = readdirSync(GOLDEN).filter(
  (name) => !name.startsWith("__") && statSync(GOLDEN + name).isDirectory(),
);
const titles = new Set<string>();

for (const name of cases) {
  test(`the golden export ${name} becomes what is committed`, async () => {
    const expected = JSON.parse(readFileSync(`${GOLDEN}${name}/expected.json`, "utf8")) as Expected;
    const [file = ""] = readdirSync(GOLDEN + name).filter((each) => each !== "expected.json");
    const files = [{ name: file, bytes: readFileSync(`${GOLDEN}${name}/${file}`) }];
    const read = await readExport(files, fromHex(expected.owner_secret), new Date(expected.imported_at));
    const tables = read.tables.map(({ kind, period, columns }) => [`${kind} ${period}`, columns] as const);
    assert.deepEqual(JSON.parse(JSON.stringify(read.rows)), expected.rows);
    assert.deepEqual(JSON.parse(JSON.stringify(Object.fromEntries(tables))), expected.tables);
    assert.deepEqual(JSON.parse(JSON.stringify(read.summary)), expected.summary);
    for (const { kind, columns } of read.tables)
      assert.deepEqual(mergeTables(kind, columns, columns), columns);
    for (const title of read.summary.formats) titles.add(title);
  });
}

test("there is a golden export for every format", () => {
  assert.deepEqual([...titles].sort(), FORMATS.map((format) => format.title).sort());
});

test("what is cut off, nested too deeply or of nobody is refused", async () => {
  const row = '{"endTime":"2025-03-04 20:15","artistName":"a","trackName":"b","msPlayed":1}';
  for (const text of [
    `[${row}`,
    `[${row}] and more`,
    `[${row.slice(0, -1)},"x":${"[".repeat(40)}`,
    "[1,2]",
    "",
  ]) {
    const files = [{ name: "export.json", bytes: utf8(text) }];
    await assert.rejects(readExport(files, SECRET, NOW), ImportError);
  }
});

test("a fraction is no whole number, and a name of the language is only a name", async () => {
  const rows = [
    '{"endTime":"2025-03-04 20:15","artistName":"a","trackName":"b","msPlayed":1.0}',
    '{"endTime":"2025-03-04 20:15","artistName":"a","trackName":"b","msPlayed":1,"__proto__":{"msPlayed":2}}',
  ];
  const files = [{ name: "export.json", bytes: utf8(`[${rows.join()}]`) }];
  const { rows: outcomes } = await readExport(files, SECRET, NOW);
  assert.deepEqual(outcomes[0], { skipped: "BAD_NUMBER", row: 1, left_out: [] });
  assert.ok(outcomes[1] !== undefined && "kept" in outcomes[1]);
  assert.equal(outcomes[1].kept["played_ms"], 1);
});
