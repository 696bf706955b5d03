import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { alarmsOf, outcomes, quantile, readFigures, total } from "../src/operator/figures.ts";
import { withoutBrowser } from "./files.ts";
import type { RunningVault } from "./running-vault.ts";
import { OPERATOR_TOKEN, runVault } from "./running-vault.ts";
import type { Visitor } from "./visitor.ts";
import { violations, visit } from "./visitor.ts";

const SCRAPED = readFigures(`# HELP planetvault_halts Reasons
# TYPE planetvault_halts gauge
planetvault_halts 0.0
planetvault_queue_age_seconds 61.0
planetvault_uses_total{outcome="allowed"} 90.0
planetvault_uses_total{outcome="grant-revoked"} 3.0
planetvault_request_seconds_bucket{le="0.002",method="POST",route="/v1/uses",status="200"} 50.0
planetvault_request_seconds_bucket{le="0.01",method="POST",route="/v1/uses",status="200"} 98.0
planetvault_request_seconds_bucket{le="+Inf",method="POST",route="/v1/uses",status="200"} 98.0
planetvault_request_seconds_bucket{le="+Inf",method="POST",route="/v1/uses",status="503"} 2.0
planetvault_request_seconds_count{method="POST",route="/v1/uses",status="200"} 98.0
planetvault_request_seconds_count{method="POST",route="/v1/uses",status="503"} 2.0
`);

test("figures are read as they are scraped", () => {
  assert.equal(total(SCRAPED, "request_seconds_count"), 100);
  assert.equal(total(SCRAPED, "nothing_of_that_name"), 0);
  assert.deepEqual(outcomes(SCRAPED), [
    ["allowed", 90],
    ["grant-revoked", 3],
  ]);
  assert.equal(quantile(SCRAPED, 0.5), 0.002);
  assert.equal(quantile(SCRAPED, 0.98), 0.01);
  assert.equal(quantile(SCRAPED, 0.99), Number.POSITIVE_INFINITY);
  assert.equal(quantile(readFigures(""), 0.5), null);
});

test("alarms ring on what deserves them, and on nothing else", () => {
  assert.deepEqual(alarmsOf(SCRAPED), ["queue", "errors"]);
  assert.deepEqual(alarmsOf(readFigures("planetvault_books_difference_micros -5.0")), ["books"]);
  assert.deepEqual(alarmsOf(readFigures("planetvault_halts 1.0")), ["halted"]);
  assert.deepEqual(alarmsOf(readFigures("planetvault_anchor_lag_seconds 9000.0")), []);
  const lagging = "planetvault_anchor_lag_seconds 9000.0\nplanetvault_anchored_entries 4.0";
  assert.deepEqual(alarmsOf(readFigures(lagging)), ["anchors"]);
  assert.deepEqual(alarmsOf(readFigures("")), []);
});

test("an operator looks at a vault", { skip: withoutBrowser }, async (place) => {
  let vault: RunningVault;
  let visitor: Visitor;
  before(async () => {
    vault = await runVault();
    visitor = await visit(vault.url);
    await visitor.page.goto("/#/operator");
  });
  after(async () => {
    await visitor.leave();
    await vault.stop();
  });
  const look = async (token: string): Promise<void> => {
    await visitor.page.getByLabel("Operator's token").fill(token);
    await visitor.page.getByRole("button", { name: "Look" }).click();
  };

  await place.test("with another token she sees nothing", async () => {
    await look("a token that is not the operator's");
    await visitor.page.getByText("The vault does not take this token.").waitFor();
    assert.equal(await visitor.page.getByText("The log").count(), 0);
  });

  await place.test("with hers she sees how it stands", async () => {
    await look(OPERATOR_TOKEN);
    await visitor.page.getByText("Nothing rings.").waitFor();
    await visitor.page.getByText("0 micros").waitFor();
    assert.deepEqual(await violations(visitor.page), []);
  });
});
