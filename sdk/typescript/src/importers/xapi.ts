/** xAPI 1.0.3 statements: what a learner did, without who it was. */

import { durationMs, text, yesNo } from "./cells.js";
import type { RowIdentity } from "./identity.js";
import type { Frame } from "./json-rows.js";
import { ARRAY, jsonRows } from "./json-rows.js";
import type { DataRecord } from "./record.js";
import type { Format, Row } from "./rows.js";
import { Fraction, isRow, RowError, UNKNOWN_FIELD } from "./rows.js";
import type { Times } from "./times.js";

const VOIDED = "http://adlnet.gov/expapi/verbs/voided";
const RESULT: Frame = {
  opening: /^\s*\{\s*(?:"more"\s*:\s*"[^"]*"\s*,\s*)?"statements"\s*:\s*\[/,
  closing: /^\s*(?:,\s*"more"\s*:\s*(?:"[^"]*"|null)\s*)?\}\s*$/,
};
/** By path: what is read of a statement, and what is known and left out. The empty path is the statement itself. */
const PARTS: readonly (readonly [path: string, kept: string, leftOut: string])[] = [
  ["", "id verb object result context timestamp stored version", "actor authority attachments"],
  ["verb", "id display", ""],
  ["object", "id objectType definition", ""],
  [
    "object.definition",
    "name type",
    "description moreInfo extensions interactionType correctResponsesPattern choices scale source target steps",
  ],
  ["result", "completion success score duration", "response extensions"],
  [
    "context",
    "contextActivities language",
    "registration instructor team revision platform statement extensions",
  ],
];
const E_MAIL = /(?<![\w.+-])[\w.+-]+@[\w-]+\.\w/;
const LANGUAGES = ["en", "en-US", "en-GB"];

/** The object under a name, or an empty one. */
function part(row: unknown, name: string): Row {
  const value = isRow(row) ? row[name] : undefined;
  return isRow(value) ? value : {};
}

/** One text of a language map: English if there, else the first by language code. */
function said(names: Row): string | null {
  for (const language of [...LANGUAGES, ...Object.keys(names).sort()]) {
    const told = names[language];
    if (told !== undefined && told !== null) return text(told);
  }
  return null;
}

/** The object's IRI without query and fragment; null if it names a person. */
function refOf(iri: unknown): string | null {
  const told = (text(iri) ?? "").split(/[?#]/, 1)[0] ?? "";
  const authority = (told.split("://")[1] ?? "").split("/")[0] ?? "";
  const personal = told.startsWith("mailto:") || authority.includes("@") || E_MAIL.test(told);
  return told === "" || personal ? null : told;
}

/** The name of what it belongs to: the nearest parent, else the first grouping. */
function courseOf(row: Row): string | null {
  const around = part(part(row, "context"), "contextActivities");
  for (const relation of ["parent", "grouping"]) {
    const listed = around[relation];
    const first: unknown = Array.isArray(listed) ? listed[0] : listed;
    const name = said(part(part(first, "definition"), "name"));
    if (name !== null) return name;
  }
  return null;
}

function scoreOf(row: Row): number | null {
  const scaled = part(part(row, "result"), "score")["scaled"];
  if (scaled === undefined || scaled === null) return null;
  const value = scaled instanceof Fraction ? scaled.value : scaled;
  if (typeof value !== "number" || value < -1 || value > 1) throw new RowError("BAD_NUMBER");
  return value;
}

async function record(row: Row, identity: RowIdentity, times: Times): Promise<DataRecord> {
  const verb = text(part(row, "verb")["id"]);
  if (verb === null) throw new RowError("NOT_A_ROW");
  if (verb === VOIDED) throw new RowError("VOIDED");
  const thing = part(row, "object");
  const type = thing["objectType"] === undefined ? "Activity" : thing["objectType"];
  if (type !== "Activity" && type !== "GroupActivity") throw new RowError("ABOUT_A_PERSON");
  const native = text(row["id"]);
  if (native === null) throw new RowError("NO_IDENTITY");
  const [ref, definition, result] = [refOf(thing["id"]), part(thing, "definition"), part(row, "result")];
  const activityType = text(definition["type"]);
  return {
    v: 1,
    kind: "education.activity",
    id: await identity.recordId("statement", native.toLowerCase()),
    name: said(part(definition, "name")) ?? ref ?? activityType ?? "",
    type: activityType,
    in: courseOf(row),
    ref,
    verb,
    at: times.iso(row["timestamp"] || row["stored"]),
    precision: "second",
    completed: yesNo(result["completion"]),
    success: yesNo(result["success"]),
    score: scoreOf(row),
    duration_ms: durationMs(result["duration"]),
  };
}

function holdsSomething(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return isRow(value) ? Object.keys(value).length > 0 : Boolean(value);
}

function leftOut(row: Row): readonly string[] {
  const names: string[] = [];
  let unknown = false;
  for (const [path, kept, dropped] of PARTS) {
    const here = path === "" ? row : path.split(".").reduce((inner: Row, step) => part(inner, step), row);
    const left = dropped.split(" ").filter((name) => name !== "");
    names.push(
      ...left
        .filter((name) => holdsSomething(here[name]))
        .map((name) => (path === "" ? name : `${path}.${name}`)),
    );
    const known = new Set([...left, ...kept.split(" ")]);
    unknown ||= Object.keys(here).some((name) => !known.has(name));
  }
  const told = part(row, "object")["id"];
  if (typeof told === "string" && refOf(told) !== told) names.push("object.id");
  return unknown ? [...names, UNKNOWN_FIELD] : names;
}

export const STATEMENTS: Format = {
  provider: "xapi",
  title: "xAPI statements",
  knows: (_, head) =>
    /^\s*[[{]/.test(head) && ["actor", "verb", "object"].every((name) => head.includes(`"${name}"`)),
  rows: (text) =>
    jsonRows(text, [RESULT, ARRAY].find((frame) => frame.opening.test(text.slice(0, 4096))) ?? null),
  record,
  leftOut,
};
