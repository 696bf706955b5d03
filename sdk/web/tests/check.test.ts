import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { VECTORS, withoutBrowser } from "./files.ts";
import type { RunningVault } from "./running-vault.ts";
import { runVault } from "./running-vault.ts";
import type { Visitor } from "./visitor.ts";
import { violations, visit } from "./visitor.ts";

const PROOFS = join(VECTORS, "proofs");
const TRUST = join(PROOFS, "trust.json");
const EVIDENCE = join(VECTORS, "evidence");
const proof = (name: string, folder = PROOFS): string => join(folder, `${name}.tlog-proof`);
/** What the digest of the vectors is of: see `seed` in tests/records/examples.py. */
const BILL = Buffer.from("planetvault test seed\0a bill of lading");

test("anybody checks a receipt or evidence in the page", { skip: withoutBrowser }, async (place) => {
  let vault: RunningVault;
  let visitor: Visitor;
  before(async () => {
    vault = await runVault();
    visitor = await visit(vault.url);
    await visitor.page.goto("/#/check");
  });
  after(async () => {
    await visitor.leave();
    await vault.stop();
  });
  const drop = async (...files: string[]): Promise<void> => {
    await visitor.page.locator("input[name=proof]").setInputFiles(files);
    await visitor.page
      .locator("text=/^(This receipt holds|This evidence holds|This does not hold)/")
      .waitFor();
  };

  await place.test("a true one holds, and the page says what it does not prove", async () => {
    await drop(proof("use_anchored"), TRUST);
    await visitor.page.getByText("This receipt holds.").waitFor();
    await visitor.page.getByText("What is not proved").waitFor();
    await visitor.page.getByText("it is a development chain").waitFor();
    assert.deepEqual(await violations(visitor.page), []);
  });

  const expected = JSON.parse(readFileSync(join(PROOFS, "expectations.json"), "utf8")) as Record<
    string,
    string
  >;
  await place.test("every vector has the verdict that it must have", async (each) => {
    const trusts = JSON.parse(readFileSync(join(PROOFS, "trusts.json"), "utf8")) as Record<string, string>;
    for (const [name, verdict] of Object.entries(expected)) {
      await drop(proof(name), join(PROOFS, trusts[name] ?? "trust.json"));
      await visitor.page.getByText(`File: ${name}.tlog-proof`).waitFor();
      const holds = await visitor.page.getByText("This receipt holds.").isVisible();
      assert.equal(holds, verdict === "ok", name);
      if (!holds)
        assert.match(
          (await visitor.page.locator("pre").textContent()) ?? "",
          new RegExp(`^${verdict}:`),
          name,
        );
    }
    each.diagnostic(`${Object.keys(expected).length} proof files had their verdict in the page`);
  });

  await place.test("evidence holds as well, and is held against the document it stands for", async () => {
    const { page } = visitor;
    await drop(proof("block_pinned_and_anchored", EVIDENCE), join(EVIDENCE, "trust.json"));
    await page.getByText("This evidence holds.").waitFor();
    await page.getByText("acme.example put on record: “bill of lading 7”.").waitFor();
    await page.getByText("entry 1 of the log vault.example/evidence/acme").waitFor();
    await page.getByText("That the key was this partner's").waitFor();
    const document = page.locator("input[name=document]");
    const bill = { name: "bill.pdf", mimeType: "application/pdf" };
    await document.setInputFiles({ ...bill, buffer: BILL });
    await page.getByText("Yes: bill.pdf has this SHA-256.").waitFor();
    await document.setInputFiles({ ...bill, buffer: BILL.subarray(1) });
    await page.getByText("No: bill.pdf has another SHA-256.").waitFor();
    assert.deepEqual(await violations(page), []);
    await drop(proof("head_of_another_root", EVIDENCE));
    await page.getByText("This does not hold.").waitFor();
  });

  await place.test("without the vault's own trust file, another's proof does not hold", async () => {
    await visitor.page.getByRole("button", { name: "Use this vault's again" }).click();
    await drop(proof("use"));
    await visitor.page.getByText("This does not hold.").waitFor();
  });

  await place.test("it goes on without a network, and nothing breaks the page's rules", async () => {
    await visitor.page.evaluate("navigator.serviceWorker.ready");
    await visitor.page.reload();
    await visitor.context.setOffline(true);
    await visitor.page.reload();
    await drop(proof("closing"), TRUST);
    await visitor.page.getByText("This receipt holds.").waitFor();
    await visitor.context.setOffline(false);
    assert.deepEqual(visitor.troubles, []);
  });
});
