import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { clusterOf, columnsOf } from "../src/clusters.js";
import { TOLD as CLUSTERS } from "../src/clusters-told.js";
import { InputError } from "../src/errors.js";
import { BROADER } from "../src/offers/purposes-told.js";
import { TOLD as GRANT } from "../src/owner/grant-told.js";
import type { Terms } from "../src/owner/wording.js";
import { textOf } from "../src/owner/wording.js";
import { ROOT } from "./files.js";
import { PYTHON, withoutPython } from "./running-vault.js";

function said(name: string): unknown {
  return JSON.parse(readFileSync(`${ROOT}sdk/python/planetvault/${name}`, "utf8"));
}

test("clusters, grants and purposes are told in the words of the project's files", () => {
  assert.deepEqual(CLUSTERS, said("clusters.json"));
  assert.deepEqual(GRANT, said("grant_text.json"));
  assert.deepEqual(BROADER, (said("purposes.json") as { readonly broader: unknown }).broader);
});

test("an unknown cluster is an error, never an empty one", () => {
  assert.throws(() => clusterOf("music.play/all"), InputError);
  assert.deepEqual(columnsOf(["music.play/where"]), new Map([["music.play", ["country"]]]));
});

const TERMS: Terms = {
  partner: "acme.example",
  name: "Acme “Audio”",
  reason: "To suggest ”what“ to hear next.",
  clusters: ["commerce.order/money", "music.play/what", "music.play/when"],
  purposes: ["dpv:RecordManagement", "dpv:ServicePersonalisation"],
  price: 50_001,
  fee: 1_250,
  budget: 1_000_000,
  currency: "EUR",
  max_uses: 100,
  period_days: 7,
  period_uses: 3,
  paid_by_period: true,
  look_back_days: 90,
  future_items: true,
  duration_days: 30,
  retention_days: 0,
};

const SAY = `
import json, sys
from planetvault.owner.terms import Terms
from planetvault.owner.wording import text_of
said = json.loads(sys.stdin.read())
lists = {name: tuple(said[name]) for name in ("clusters", "purposes")}
print(json.dumps([text_of(Terms(**{**said, **lists}), language) for language in ("en", "zh-CN")]))
`;

test("a grant is told in the very text that Python tells", { skip: withoutPython }, () => {
  for (const terms of [
    TERMS,
    { ...TERMS, price: 0, look_back_days: 0, future_items: false, retention_days: 7 },
  ]) {
    const answer = execFileSync(PYTHON, ["-c", SAY], {
      cwd: `${ROOT}sdk/python`,
      input: JSON.stringify(terms),
    });
    assert.deepEqual([textOf(terms, "en"), textOf(terms, "zh-CN")], JSON.parse(answer.toString()));
  }
});
