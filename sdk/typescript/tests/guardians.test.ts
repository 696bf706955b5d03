import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import {
  BrokenText,
  DigitsDiffer,
  NothingRemembered,
  OpensNothing,
  Refused,
  StillWaiting,
  Vetoed,
} from "../src/client/errors.js";
import type { Memory } from "../src/client/memory.js";
import { FleetingMemory } from "../src/client/memory.js";
import { random } from "../src/digest.js";
import { InputError } from "../src/errors.js";
import {
  addGuardians,
  Guardian,
  Guardians,
  numberOfInvitation,
  openings,
  Recovery,
  veto,
} from "../src/guardians/index.js";
import { Owner } from "../src/owner/owner.js";
import { ROOT } from "./files.js";
import type { RunningVault } from "./running-vault.js";
import { PYTHON, runVault, withoutPython } from "./running-vault.js";

const COLUMNS = { name: ["Rain at Nine"] };
const LIN = "Lin";

/** An owner with something in her vault, and three guardians of whom any two are enough. */
interface Guarded {
  readonly vault: RunningVault;
  readonly owner: Owner;
  readonly guardians: readonly [Guardian, Guardian, Guardian];
}

async function withGuardians(run: (one: Guarded) => Promise<void>): Promise<void> {
  const vault = await runVault();
  try {
    const owner = await Owner.create(vault.url, new FleetingMemory());
    await owner.write("music.play", "2027-01", COLUMNS);
    await run({ vault, owner, guardians: await guarded(owner) });
  } finally {
    await vault.stop();
  }
}

const newGuardian = (): Promise<Guardian> => Guardian.on(new FleetingMemory());

async function guarded(owner: Owner): Promise<readonly [Guardian, Guardian, Guardian]> {
  const guardians = [await newGuardian(), await newGuardian(), await newGuardian()] as const;
  const invitations = guardians.map(({ invitation }) => invitation);
  const letters = await addGuardians(owner, invitations, { threshold: 2 });
  for (const [at, guardian] of guardians.entries()) await guardian.keep(letters[at] ?? "", LIN);
  return guardians;
}

async function recovered(...guardians: readonly Guardian[]): Promise<Recovery> {
  const recovery = await Recovery.on(new FleetingMemory());
  for (const guardian of guardians)
    await recovery.take(await guardian.send(LIN, recovery.plea, recovery.number));
  return recovery;
}

async function opened(vault: RunningVault, recovery: Recovery, memory: Memory): Promise<Owner> {
  return Owner.openWith(vault.url, memory, await recovery.opener());
}

const aSecond = (): Promise<void> => new Promise((resume) => setTimeout(resume, 1100));

test(
  "two of three open the account after the waiting period, and one opens nothing",
  {
    skip: withoutPython,
  },
  () =>
    withGuardians(async ({ vault, owner, guardians: [mum, , ada] }) => {
      await assert.rejects((await recovered(mum)).opener(), OpensNothing);
      assert.deepEqual(await (await recovered(mum, mum)).gathered(), { here: 1, needed: 2 });
      const [recovery, memory] = [await recovered(ada, mum), new FleetingMemory()];
      await assert.rejects(opened(vault, recovery, memory), (error) => {
        const days = error instanceof StillWaiting ? (Date.parse(error.opens) - Date.now()) / 86_400_000 : 0;
        return days > 6.9 && days < 7.1;
      });
      assert.equal((await openings(owner))[0]?.state, "waiting");
      await owner.rotate();
      vault.endWaiting();
      const again = await opened(vault, recovery, memory);
      const [item = ""] = await again.items();
      assert.deepEqual((await again.open(item)).columns["name"], COLUMNS.name);
      assert.equal((await openings(owner))[0]?.state, "open");
      await recovery.forget();
      assert.equal((await Owner.open(vault.url, memory)).account.unlocked.account, await owner.account.id());
    }),
);

test(
  "any device stops an opening as long as it waits, and a removed locker opens nothing",
  {
    skip: withoutPython,
  },
  () =>
    withGuardians(async ({ vault, owner, guardians: [mum, tom] }) => {
      const [recovery, memory] = [await recovered(mum, tom), new FleetingMemory()];
      await assert.rejects(opened(vault, recovery, memory), StillWaiting);
      const [first] = await openings(owner);
      assert.ok(first !== undefined);
      await veto(owner, first);
      await assert.rejects(opened(vault, recovery, memory), Vetoed);
      await aSecond(); // a later opening has a later time, in whole seconds
      await assert.rejects(opened(vault, recovery, memory), StillWaiting);
      const [second] = await openings(owner);
      assert.ok(second !== undefined && second.opening !== first.opening && second.state === "waiting");
      vault.endWaiting();
      await assert.rejects(
        veto(owner, second),
        (error) => error instanceof Refused && error.code === "conflict",
      );
      await owner.removeLocker(second.locker);
      await assert.rejects(opened(vault, recovery, memory), OpensNothing);
      assert.deepEqual(await openings(owner), []);
    }),
);

test(
  "a guardian sends nothing to a plea with another number, and keeps no letter but her own",
  {
    skip: withoutPython,
  },
  () =>
    withGuardians(async ({ owner, guardians: [mum, tom] }) => {
      const [hers, thief] = [await recovered(), await recovered()];
      await assert.rejects(mum.send(LIN, thief.plea, hers.number), DigitsDiffer);
      await assert.rejects(mum.send(LIN, mum.invitation, hers.number), BrokenText);
      await assert.rejects(mum.send("Maya", hers.plea, hers.number), NothingRemembered);
      const both = [mum.invitation, tom.invitation];
      const [letter = "", other = ""] = await addGuardians(owner, both, { threshold: 2 });
      await assert.rejects(tom.keep(letter, "Maya"), BrokenText);
      await assert.rejects(mum.keep(letter, LIN), BrokenText);
      await assert.rejects(mum.keep(letter, "\u0007"), BrokenText);
      await mum.keep(letter.replaceAll(/.{60}/g, "$&\n"), "Maya");
      await tom.keep(other, "Maya");
      assert.deepEqual(
        (await mum.kept()).map(({ name }) => name),
        [LIN, "Maya"],
      );
      await hers.take(await mum.send(LIN, hers.plea, ` ${hers.number}\n`));
      await assert.rejects(hers.take(await tom.send("Maya", hers.plea, hers.number)), BrokenText);
      await mum.forget("Maya");
      await assert.rejects(mum.send("Maya", hers.plea, hers.number), NothingRemembered);
    }),
);

test(
  "guardians that make no sense are refused, and a secret that was never split opens nothing",
  {
    skip: withoutPython,
  },
  () =>
    withGuardians(async ({ vault, owner, guardians }) => {
      const [mum, ...others] = guardians.map(({ invitation }) => invitation) as [string, string, string];
      for (const threshold of [0, 1, 4])
        await assert.rejects(addGuardians(owner, [mum, ...others], { threshold }), InputError);
      await assert.rejects(addGuardians(owner, [mum, mum], { threshold: 2 }), BrokenText);
      await assert.rejects(addGuardians(owner, [mum, mum.slice(0, -4)], { threshold: 2 }), BrokenText);
      assert.equal(await numberOfInvitation(mum), guardians[0].number);
      const never = new Guardians(random(16));
      await assert.rejects(Owner.openWith(vault.url, new FleetingMemory(), never), OpensNothing);
    }),
);

test(
  "a recovery goes on where it was, and a share on paper is as good as one that was sent",
  {
    skip: withoutPython,
  },
  () =>
    withGuardians(async ({ guardians: [mum, tom] }) => {
      const memory = new FleetingMemory();
      const before = await Recovery.on(memory);
      await before.take(await mum.send(LIN, before.plea, before.number));
      const again = await Recovery.on(memory);
      assert.equal(again.number, before.number);
      assert.equal(await again.vault(), "vault.example");
      const words = (await tom.kept())[0]?.words ?? "";
      assert.deepEqual(await again.takeWords(` ${words.toUpperCase()}\n`), { here: 2, needed: 2 });
      await again.opener();
      await again.forget();
      assert.deepEqual(await memory.under("recovery/"), []);
    }),
);

// -- with the other implementation -------------------------------------------------------

/** The commands of the Python SDK, with a folder for the texts that travel. */
class Desk {
  readonly #folder = mkdtempSync(`${tmpdir()}/planetvault-desk-`);

  run(side: "guardian" | "recover" | "owner", memory: string, ...given: readonly string[]): string {
    const command = ["-m", "planetvault", side, "--memory", join(this.#folder, memory), ...given];
    return execFileSync(PYTHON, command, { cwd: ROOT, stdio: ["ignore", "pipe", "ignore"] }).toString();
  }

  file(name: string, text: string): string {
    writeFileSync(join(this.#folder, name), text);
    return join(this.#folder, name);
  }

  read(name: string): string {
    return readFileSync(join(this.#folder, name), "utf8");
  }

  get folder(): string {
    return this.#folder;
  }

  clear(): void {
    rmSync(this.#folder, { recursive: true });
  }
}

test("guardians in Python bring back an owner in TypeScript", { skip: withoutPython }, async () => {
  const [vault, desk] = [await runVault(), new Desk()];
  try {
    const owner = await Owner.create(vault.url, new FleetingMemory());
    await owner.write("music.play", "2027-01", COLUMNS);
    const names = ["mum", "tom"];
    const invitations = names.map((name) => desk.run("guardian", name, "invitation"));
    const letters = await addGuardians(owner, invitations, { threshold: 2, waitingSeconds: 3600 });
    for (const [at, name] of names.entries())
      desk.run("guardian", name, "keep", LIN, desk.file(`${name}.letter`, letters[at] ?? ""));
    const [recovery, memory] = [await recovered(), new FleetingMemory()];
    const plea = desk.file("plea", recovery.plea);
    for (const name of names)
      await recovery.take(desk.run("guardian", name, "send", LIN, plea, "--number", recovery.number));
    await assert.rejects(opened(vault, recovery, memory), StillWaiting);
    vault.endWaiting();
    assert.deepEqual(await (await opened(vault, recovery, memory)).items(), await owner.items());
  } finally {
    desk.clear();
    await vault.stop();
  }
});

test("guardians in TypeScript bring back an owner in Python", {
  skip: withoutPython,
}, async () => {
  const [vault, desk] = [await runVault(), new Desk()];
  const hers = ["--vault", vault.url];
  const open = (): string => desk.run("recover", "new", "open", ...hers);
  try {
    desk.run("owner", "lin", ...hers, "create");
    const [mum, tom] = [await newGuardian(), await newGuardian()];
    const texts = [desk.file("mum.invitation", mum.invitation), desk.file("tom.invitation", tom.invitation)];
    desk.run("owner", "lin", ...hers, "guardians", "--threshold", "2", "--into", desk.folder, ...texts);
    const plea = desk.run("recover", "new", "plea");
    const number = await numberOfInvitation(plea.replace("-plea:", "-guardian:"));
    for (const [name, guardian] of [["mum", mum] as const, ["tom", tom] as const]) {
      await guardian.keep(desk.read(`${name}.letter`), LIN);
      const back = desk.file(`${name}.back`, await guardian.send(LIN, plea, number));
      try {
        desk.run("recover", "new", "take", back);
      } catch (error) {
        assert.equal((error as { status?: number }).status, 1, "one share is missing after the first");
      }
    }
    const stillWaiting = (error: unknown): boolean => (error as { status?: number }).status === 1;
    assert.throws(open, stillWaiting);
    vault.endWaiting();
    assert.match(open(), /a device of the account now/);
  } finally {
    desk.clear();
    await vault.stop();
  }
});
