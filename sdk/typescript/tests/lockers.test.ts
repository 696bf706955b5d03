import assert from "node:assert/strict";
import { test } from "node:test";
import { LockedOut, OpensNothing, OwnLocker } from "../src/client/errors.js";
import { FleetingMemory } from "../src/client/memory.js";
import { random } from "../src/digest.js";
import { ProofError } from "../src/errors.js";
import { Passkey, Password, RecoveryPhrase } from "../src/owner/openers.js";
import { Owner } from "../src/owner/owner.js";
import type { RunningVault } from "./running-vault.js";
import { runVault, withoutPython } from "./running-vault.js";

const COLUMNS = { name: ["Rain at Nine"] };

async function rowsOf(owner: Owner): Promise<readonly unknown[]> {
  const items = await owner.items();
  return Promise.all(items.map(async (item) => (await owner.open(item)).columns["name"]));
}

test("lockers come and go, and each opens the account on a new device", { skip: withoutPython }, async () => {
  const vault = await runVault();
  try {
    await comeAndGo(vault);
  } finally {
    await vault.stop();
  }
});

async function comeAndGo(vault: RunningVault): Promise<void> {
  const laptop = await Owner.create(vault.url, new FleetingMemory());
  await laptop.write("music.play", "2027-01", COLUMNS);
  const phrase = await RecoveryPhrase.create();
  const openers = [phrase, new Passkey(random(32)), Password.create("a password of hers")];
  for (const opener of openers) await laptop.addLocker(opener);
  const devices: Owner[] = [];
  for (const opener of openers) {
    const device = await Owner.openWith(vault.url, new FleetingMemory(), opener);
    assert.deepEqual(await rowsOf(device), [COLUMNS.name]);
    devices.push(device);
  }
  const kinds = (await laptop.lockers()).map(({ kind, here }) => (here ? "here" : kind));
  const each = ["passkey", "password", "recovery", "device", "device", "device", "here"];
  assert.deepEqual(kinds.sort(), each.sort());

  const [phone] = devices;
  assert.ok(phone !== undefined);
  await phone.compare(await laptop.heads());
  const lost = (await phone.lockers()).find(({ here }) => here)?.kid ?? "";
  await assert.rejects(phone.removeLocker(lost), OwnLocker);
  await laptop.removeLocker(lost);
  await laptop.write("music.play", "2027-02", COLUMNS);
  await assert.rejects(phone.items(), LockedOut);
  await laptop.rotate();

  const tablet = await Owner.openWith(vault.url, new FleetingMemory(), phrase);
  assert.equal((await rowsOf(tablet)).length, 2);
  await tablet.write("music.play", "2027-03", COLUMNS);
  await assert.rejects(laptop.compare(await tablet.heads()).then(() => tablet.compare("nothing")));
  assert.equal((await laptop.items()).length, 3);
  await assert.rejects(
    Owner.openWith(vault.url, new FleetingMemory(), await RecoveryPhrase.create()),
    OpensNothing,
  );
  const other = await Owner.create(vault.url, new FleetingMemory());
  await assert.rejects(laptop.compare(await other.heads()), ProofError);
}

test("a password is changed without touching data, and the old one opens nothing", {
  skip: withoutPython,
}, async () => {
  const vault = await runVault();
  try {
    const owner = await Owner.create(vault.url, new FleetingMemory());
    await owner.write("music.play", "2027-01", COLUMNS);
    const [before, after] = [Password.create("before"), Password.create("after")];
    const old = await owner.addLocker(before);
    await owner.changePassword(old, after);
    await assert.rejects(Owner.openWith(vault.url, new FleetingMemory(), before), OpensNothing);
    const device = await Owner.openWith(vault.url, new FleetingMemory(), after);
    assert.deepEqual(await rowsOf(device), [COLUMNS.name]);
  } finally {
    await vault.stop();
  }
});
