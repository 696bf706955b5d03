import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { BrokenText, DigitsDiffer, LockedOut } from "../src/client/errors.js";
import { FleetingMemory } from "../src/client/memory.js";
import { fromBase64url, toHex } from "../src/encoding.js";
import { OpenError, ProofError } from "../src/errors.js";
import { admit, Newcomer } from "../src/joining/index.js";
import { Owner } from "../src/owner/owner.js";
import { PACKAGE, ROOT } from "./files.js";
import type { RunningVault } from "./running-vault.js";
import { PYTHON, runVault, withoutPython } from "./running-vault.js";

const COLUMNS = { name: ["Rain at Nine"] };

async function withVault(run: (vault: RunningVault, owner: Owner) => Promise<void>): Promise<void> {
  const vault = await runVault();
  try {
    const owner = await Owner.create(vault.url, new FleetingMemory());
    await owner.write("music.play", "2027-01", COLUMNS);
    await run(vault, owner);
  } finally {
    await vault.stop();
  }
}

const accountOf = (owner: Owner): string => toHex(fromBase64url(owner.account.unlocked.account));

test("a new device is let in by six digits, and is a device like any other", { skip: withoutPython }, () =>
  withVault(async ({ url }, owner) => {
    const memory = new FleetingMemory();
    const newcomer = await Newcomer.begin(memory);
    assert.throws(() => newcomer.reveal, BrokenText);
    const admission = await admit(owner, `${newcomer.offer.slice(0, 700)}\n${newcomer.offer.slice(700)}`);
    newcomer.answer(admission.answer);
    newcomer.answer(admission.answer);
    await assert.rejects(Owner.join(url, memory, newcomer), LockedOut);
    const digits = await newcomer.digits();
    assert.match(digits, /^\d{6}$/);
    assert.equal(await admission.digits(newcomer.reveal), digits);
    const keys = await admission.verifyDigits(newcomer.reveal, `${digits.slice(0, 3)} ${digits.slice(3)}`);
    await owner.addDevice(keys);
    await owner.addDevice(keys);
    const phone = await Owner.join(url, memory, newcomer);
    const [item = ""] = await phone.items();
    assert.deepEqual((await phone.open(item)).columns["name"], COLUMNS.name);
    assert.equal((await owner.lockers()).length, 2);
    await phone.write("music.play", "2027-02", COLUMNS);
    await owner.rotate();
    assert.equal((await (await Owner.open(url, memory)).items()).length, 2);
    await phone.compare(await owner.heads());
  }),
);

test(
  "whoever stands between the two devices gets other digits, or is found out",
  {
    skip: withoutPython,
  },
  () =>
    withVault(async (_, owner) => {
      const [hers, thief] = [
        await Newcomer.begin(new FleetingMemory()),
        await Newcomer.begin(new FleetingMemory()),
      ];
      const admission = await admit(owner, thief.offer);
      hers.answer((await admit(owner, hers.offer)).answer);
      assert.throws(() => hers.answer(admission.answer), BrokenText);
      thief.answer(admission.answer);
      await assert.rejects(admission.digits(hers.reveal), DigitsDiffer);
      await assert.rejects(admission.verifyDigits(thief.reveal, await hers.digits()), DigitsDiffer);
      await assert.rejects(admit(owner, hers.offer.slice(0, -2)), BrokenText);
      await assert.rejects(admit(owner, hers.reveal), BrokenText);
      const unusable = hers.offer.replace(/:1:.{43}/, `:1:${"A".repeat(43)}`);
      await assert.rejects(admit(owner, unusable), BrokenText);
      assert.equal((await owner.lockers()).length, 1);
    }),
);

test(
  "a vault that shows a new device another trust file, or another account, is found out",
  {
    skip: withoutPython,
  },
  () =>
    withVault(async ({ url }, owner) => {
      const memory = new FleetingMemory();
      const newcomer = await Newcomer.begin(memory);
      const admission = await admit(owner, newcomer.offer);
      newcomer.answer(admission.answer);
      await owner.addDevice(await admission.verifyDigits(newcomer.reveal, await newcomer.digits()));
      const trust = (await (await fetch(`${url}/v1/trust`)).text()).replace('"quorum":0', '"quorum": 0');
      await assert.rejects(Owner.join(url, memory, newcomer, { trust }), ProofError);
      assert.equal(await memory.get("trust"), undefined);
      const told = { ...newcomer.told, rootKid: new Uint8Array(32) };
      await assert.rejects(Owner.join(url, memory, { device: newcomer.device, told }), OpenError);
    }),
);

// -- with the other implementation -------------------------------------------------------

/** A device that runs the other SDK, told one line and telling one line. */
function python(role: "host" | "newcomer", url: string) {
  const device = spawn(PYTHON, [`${PACKAGE}tests/joining.py`, role, url], {
    cwd: ROOT,
    env: { ...process.env, PYTHONPATH: `${ROOT}sdk/python:${ROOT}` },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: device.stdout })[Symbol.asyncIterator]();
  return {
    tell: (text: string): unknown => device.stdin.write(`${text}\n`),
    hear: async (): Promise<string> => String((await lines.next()).value),
    end: async (): Promise<void> => {
      device.stdin.end();
      if (device.exitCode === null) await once(device, "exit");
    },
  };
}

test("a device in Python lets one in TypeScript in", { skip: withoutPython }, () =>
  withVault(async ({ url }) => {
    const [host, memory] = [python("host", url), new FleetingMemory()];
    const newcomer = await Newcomer.begin(memory);
    host.tell(newcomer.offer);
    newcomer.answer(await host.hear());
    host.tell(newcomer.reveal);
    const digits = await newcomer.digits();
    assert.equal(await host.hear(), digits);
    host.tell(digits);
    const account = await host.hear();
    assert.equal(accountOf(await Owner.join(url, memory, newcomer)), account);
    await host.end();
  }),
);

test("a device in TypeScript lets one in Python in", { skip: withoutPython }, () =>
  withVault(async ({ url }, owner) => {
    const newcomer = python("newcomer", url);
    const admission = await admit(owner, await newcomer.hear());
    newcomer.tell(admission.answer);
    const [reveal, digits] = [await newcomer.hear(), await newcomer.hear()];
    await owner.addDevice(await admission.verifyDigits(reveal, digits));
    newcomer.tell("let in");
    assert.equal(await newcomer.hear(), accountOf(owner));
    await newcomer.end();
  }),
);
