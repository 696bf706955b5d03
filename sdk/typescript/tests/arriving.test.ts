/** An owner leaves one vault for another, with everything she has. Two real vaults, of two names. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, openAsBlob, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { broughtBy } from "../src/arriving/brought.js";
import { arrive, BundleBroken, type CheckedBundle, Device, past } from "../src/arriving/index.js";
import { exportBundle } from "../src/bundle/index.js";
import { BundleReader } from "../src/bundle/reader.js";
import { Connection } from "../src/client/connection.js";
import { BrokenAnswer, MemoryFault, OpensNothing, Refused } from "../src/client/errors.js";
import { FleetingMemory, type Memory } from "../src/client/memory.js";
import type { Bytes } from "../src/encoding.js";
import { concat, fromBase64url, fromUtf8, same, toHex } from "../src/encoding.js";
import { deleteItem, eraseAccount } from "../src/erasing/index.js";
import { OpenError, ProofError } from "../src/errors.js";
import { OwnerFiles } from "../src/files/index.js";
import { Password, RecoveryPhrase } from "../src/owner/openers.js";
import { Owner } from "../src/owner/owner.js";
import { Partner } from "../src/partner/partner.js";
import { type Locker, newDeviceLocker } from "../src/sealing/lockers.js";
import { PACKAGE, ROOT } from "./files.js";
import { PYTHON, type RunningVault, runVault, withoutPython } from "./running-vault.js";

const HERE = "here.example";
const THERE = "there.example";
const skip = withoutPython;
const OFFER = {
  clusters: ["music.play/what"],
  purposes: ["dpv:ServicePersonalisation"],
  reason: "To suggest what to hear next.",
  price: 50_000,
  budget: 500_000,
  max_uses: 10,
  look_back_days: 4000,
  future_items: true,
  duration_days: 90,
  retention_days: 30,
};

let [here, there]: [RunningVault, RunningVault] = [] as never;
before(async () => {
  if (skip) return;
  const running = [HERE, THERE].map((name) => runVault({ PLANETVAULT_ORIGIN: name }));
  [here, there] = (await Promise.all(running)) as [RunningVault, RunningVault];
});
after(async () => {
  await Promise.all([here?.stop(), there?.stop()]);
});

function columns(title: string) {
  return { id: [`a:${title}`], name: [title], by: [["Alder Lane"]], end: ["2026-03-01T07:12:00Z"] };
}

/** Somebody with a few months at a vault, and words that open them. */
async function somebody(memory: Memory = new FleetingMemory()) {
  const [owner, phrase] = [await Owner.create(here.url, memory), await RecoveryPhrase.create()];
  await owner.addLocker(phrase);
  for (const month of ["2026-03", "2026-04"]) await owner.write("music.play", month, columns(month));
  return { owner, memory, phrase };
}

async function bundleOf(owner: Owner): Promise<Blob> {
  const parts: Blob[] = [];
  await exportBundle(owner, (octets) => {
    parts.push(new Blob([octets]));
  });
  return new Blob(parts);
}

/** What every item says, but the bundles that came along. */
async function contents(owner: Owner): Promise<ReadonlyMap<string, unknown>> {
  const found = new Map<string, unknown>();
  for (const item of await owner.items()) {
    const { kind, period, columns: said } = await owner.open(item);
    if (kind !== "document.file") found.set(`${kind} ${period}`, said);
  }
  return found;
}

async function whole(pieces: AsyncIterable<Bytes>): Promise<Bytes> {
  const parts: Bytes[] = [];
  for await (const piece of pieces) parts.push(piece);
  return concat(...parts);
}

/** The partner asks, she says yes, and it uses what she has. */
async function used(partner: Partner, owner: Owner, domain: string): Promise<void> {
  await partner.ask({ ...OFFER, owner: await owner.connect(domain) });
  const [ask] = await owner.asks();
  assert.ok(ask !== undefined);
  await owner.grant(ask, owner.preview(ask));
  const [grant] = await partner.grants();
  assert.ok(grant !== undefined);
  await partner.use(grant, await partner.items(grant));
}

/** Requests; the one after `most` is answered with a no, whether it arrived or not. */
function breaking(most: number, arrives: boolean) {
  let sent = 0;
  const send: typeof fetch = async (address, request) => {
    if (++sent <= most) return fetch(address, request);
    if (arrives) await fetch(address, request);
    return Response.json({ code: "broken-off", status: 400 }, { status: 400 });
  };
  return { fetch: send, sent: () => sent };
}

/** A vault that changes what it shows at one path. */
function lying(path: string, lie: (shown: Record<string, unknown>) => unknown): typeof fetch {
  return async (address, request) => {
    const answer = await fetch(address, request);
    if (new URL(String(address)).pathname !== path || (request?.method ?? "GET") !== "GET") return answer;
    return Response.json(lie((await answer.json()) as Record<string, unknown>), { status: answer.status });
  };
}

/** A vault that must not be asked for anything. */
const nobody: typeof fetch = async (address) => {
  if (String(address).endsWith("/v1/trust")) return fetch(address);
  throw new Error(`asked for ${String(address)}`);
};

test("she moves with everything, and goes on as before", { skip }, async () => {
  const domain = "music.example";
  const { owner, memory, phrase } = await somebody();
  const partner = await Partner.create(domain, "Music Example", here.url, new FleetingMemory());
  await here.topUp(domain, 100_000_000);
  const lost = await Owner.openWith(here.url, new FleetingMemory(), phrase);
  const gone = (await lost.lockers()).find((locker) => locker.here);
  await lost.write("music.play", "2026-05", columns("2026-05"));
  await owner.removeLocker(gone?.kid ?? "");
  const { item } = (await owner.write("music.play", "2026-06", columns("2026-06"))).record;
  await deleteItem(owner, item);
  const photo = new Uint8Array(9 * 1024 * 1024 - 17).map((_, at) => at ^ (at >> 8));
  await new OwnerFiles(owner).put(new Blob([photo]), { name: "photo.jpg", mediaType: "image/jpeg" });
  await used(partner, owner, domain);

  const arrived = new FleetingMemory();
  const moved = await arrive(there.url, arrived, await bundleOf(owner), new Device(memory));
  assert.equal(moved.account.unlocked.account, owner.account.unlocked.account);
  assert.deepEqual(await contents(moved), await contents(owner));
  assert.deepEqual([...(await contents(moved)).keys()].length, 3);
  const files = new OwnerFiles(moved);
  const found = (await files.list()).find(({ name }) => name === "photo.jpg");
  assert.ok(found !== undefined && same(await whole(files.get(found)), photo));
  assert.equal((await moved.lockers()).length, (await owner.lockers()).length);
  await assert.rejects(moved.open(item), ProofError);

  const pasts: CheckedBundle[] = [];
  for await (const { checked } of past(moved)) pasts.push(checked);
  const [receipt] = await owner.receipts();
  const earned = (receipt?.receipt.record.price ?? 0) - (receipt?.receipt.record.fee ?? 0);
  assert.deepEqual(
    pasts.map((one) => [one.vault, one.receipts, one.earned]),
    [[HERE, 1, earned]],
  );
  assert.ok(earned > 0);
  assert.deepEqual(await moved.receipts(), []);
  assert.equal((await moved.statement()).record.vault, THERE);

  const again = await Partner.create(domain, "Music Example", there.url, new FleetingMemory());
  await there.topUp(domain, 100_000_000);
  assert.equal(await moved.connect(domain), await owner.connect(domain));
  await used(again, moved, domain);
  assert.deepEqual(
    (await moved.receipts()).map((one) => [one.receipt.record.vault, one.receipt.record.seq]),
    [[THERE, 1]],
  );
  await moved.rotate();
  await moved.write("music.play", "2026-07", columns("After the move"));
  const reopened = await Owner.open(there.url, arrived);
  assert.equal((await contents(reopened)).size, 4);
});

test("words alone, or a password, move her when every device is lost", { skip }, async () => {
  const { owner, phrase } = await somebody();
  const [password, other] = [Password.create("a password of hers"), Password.create("an older one")];
  for (const opener of [other, password]) await owner.addLocker(opener);
  const bundle = await bundleOf(owner);
  const moved = await arrive(there.url, new FleetingMemory(), bundle, new RecoveryPhrase(phrase.words));
  assert.deepEqual(await contents(moved), await contents(owner));
  assert.equal((await moved.lockers()).length, 5);
  const second = await arrive(there.url, new FleetingMemory(), bundle, password);
  assert.equal((await second.lockers()).length, 6);
  for (const opener of [phrase, password])
    assert.deepEqual(
      await contents(await Owner.openWith(there.url, new FleetingMemory(), opener)),
      await contents(owner),
    );
  await second.compare(await moved.heads());
  assert.equal((await new OwnerFiles(second).list()).length, 1);
});

test("the first vault erases her, and the second keeps all; the first takes her back no more", {
  skip,
}, async () => {
  const { owner, memory } = await somebody();
  const [kept, bundle] = [await contents(owner), await bundleOf(owner)];
  const moved = await arrive(there.url, new FleetingMemory(), bundle, new Device(memory));
  await eraseAccount(owner);
  assert.deepEqual(await contents(moved), kept);
  const back = arrive(here.url, new FleetingMemory(), bundle, new Device(memory));
  await assert.rejects(back, Refused);
});

for (const [arrives, when] of [
  [false, "before a request arrived"],
  [true, "before its answer came"],
] as const)
  test(`a move that broke off ${when} goes on where it was`, { skip }, async () => {
    const { owner, phrase } = await somebody();
    await new OwnerFiles(owner).put(new Blob(["a letter to herself"]), { name: "letter.txt" });
    const [bundle, memory] = [await bundleOf(owner), new FleetingMemory()];
    let failed = 0;
    for (let most = 1; ; most++) {
      const { fetch: send, sent } = breaking(most, arrives);
      try {
        await arrive(there.url, memory, bundle, phrase, { fetch: send });
        assert.ok(sent() <= most);
        break;
      } catch (error) {
        if (!(error instanceof Refused && error.code === "broken-off")) throw error;
        failed++;
      }
    }
    assert.ok(failed > 10, `${failed} steps`);
    const moved = await arrive(there.url, memory, bundle, phrase);
    assert.deepEqual(await contents(moved), await contents(owner));
    assert.equal((await moved.lockers()).length, 3);
    const names = (await new OwnerFiles(moved).list()).map(({ name }) => name.split(" ")[0]);
    assert.deepEqual(names.sort(), [HERE, "letter.txt"]);
  });

// -- refusals ----------------------------------------------------------------------------

test("who has a bundle and no locker of it moves nobody, and asks the vault for nothing", {
  skip,
}, async () => {
  const { owner } = await somebody();
  const gone = await RecoveryPhrase.create();
  const kid = await owner.addLocker(gone);
  await owner.removeLocker(kid);
  const bundle = await bundleOf(owner);
  const thief = await somebody();
  for (const opener of [
    gone,
    await RecoveryPhrase.create(),
    Password.create("a guess"),
    new Device(thief.memory),
    new Device(new FleetingMemory()),
  ])
    await assert.rejects(
      arrive(there.url, new FleetingMemory(), bundle, opener, { fetch: nobody }),
      OpensNothing,
    );
});

test("a bundle that was changed on the way moves nobody, and the vault is not asked", { skip }, async () => {
  const { owner, phrase } = await somebody();
  const octets = new Uint8Array(await (await bundleOf(owner)).arrayBuffer());
  for (const part of [0.1, 0.3, 0.5, 0.7]) {
    const changed = octets.slice();
    const at = Math.floor(part * octets.length);
    changed[at] = (changed[at] ?? 0) ^ 1;
    const moving = arrive(there.url, new FleetingMemory(), new Blob([changed]), phrase, { fetch: nobody });
    await assert.rejects(moving, BundleBroken);
  }
});

test("a memory of another account is left as it is", { skip }, async () => {
  const { owner, phrase } = await somebody();
  const bundle = await bundleOf(owner);
  const memory = new FleetingMemory();
  const other = await Owner.create(there.url, memory);
  await other.write("music.play", "2026-03", columns("Not hers"));
  const before = await memory.under("");
  const moving = arrive(there.url, memory, bundle, phrase, { fetch: nobody });
  await assert.rejects(moving, MemoryFault);
  assert.deepEqual(await memory.under(""), before);
  assert.equal((await contents(await Owner.open(there.url, memory))).size, 1);
});

test("a longer history does not move over an account that is there", { skip }, async () => {
  const { owner, memory, phrase } = await somebody();
  const moved = await arrive(there.url, new FleetingMemory(), await bundleOf(owner), phrase);
  const kept = await contents(moved);
  await owner.rotate();
  const later = await bundleOf(owner);
  for (const opener of [phrase, new Device(memory)]) {
    const again = arrive(there.url, new FleetingMemory(), later, opener);
    await assert.rejects(again, (error) => error instanceof Refused && error.code === "conflict");
  }
  assert.deepEqual(await contents(moved), kept);
});

test("an older journal rolls nothing back, and a longer one adds nothing to it", { skip }, async () => {
  const { owner, phrase } = await somebody();
  const older = await bundleOf(owner);
  await owner.write("music.play", "2026-04", columns("Anew"));
  await owner.write("music.play", "2026-05", columns("2026-05"));
  const newer = await bundleOf(owner);
  const moved = await arrive(there.url, new FleetingMemory(), newer, phrase);
  const again = await arrive(there.url, new FleetingMemory(), older, phrase);
  assert.deepEqual(await contents(again), await contents(owner));
  assert.deepEqual(await contents(moved), await contents(owner));

  const another = await somebody();
  const first = await bundleOf(another.owner);
  await another.owner.write("music.play", "2026-05", columns("2026-05"));
  const second = await bundleOf(another.owner);
  const early = await arrive(there.url, new FleetingMemory(), first, another.phrase);
  const late = arrive(there.url, new FleetingMemory(), second, another.phrase);
  await assert.rejects(late, ProofError);
  assert.equal((await contents(early)).size, 2);
  assert.equal((await early.lockers()).length, 3);
});

test("an arrival is for one vault, and by a locker that stands", { skip }, async () => {
  const { owner, memory } = await somebody();
  const reader = await BundleReader.open(await bundleOf(owner));
  const vault = new Connection(there.url);
  const said = async (name: string, minutes = 0) => {
    const clock = (): Date => new Date(Date.now() + minutes * 60_000);
    return (await broughtBy(reader, name, clock, new Device(memory))).body as Record<string, unknown>;
  };
  for (const body of [await said("elsewhere.example"), await said(THERE, 6), await said(THERE, -6)])
    await assert.rejects(vault.put("POST", "/v1/arrivals", body), Refused);
  const good = await said(THERE);
  for (const body of [
    { ...good, chain: (good["chain"] as string[]).slice(0, -1) },
    { ...good, lockers: (good["lockers"] as unknown[]).slice(1) },
    { ...good, arrival: String((await said(THERE))["arrival"]).replace(/.{4}$/, "AAAA") },
  ])
    await assert.rejects(vault.put("POST", "/v1/arrivals", body), Refused);
  assert.equal((await vault.put("POST", "/v1/arrivals", good)).id("account"), owner.account.unlocked.account);
});

test("a vault that shows less than it was given, or something else, is found out", { skip }, async () => {
  const { owner, phrase } = await somebody();
  const bundle = await bundleOf(owner);
  const moving = (send: typeof fetch) =>
    arrive(there.url, new FleetingMemory(), bundle, phrase, { fetch: send });
  let shown = 0;
  const shorter = lying("/v1/account", (told) => {
    const { seq, head } = told["journal"] as { seq: number; head: string | null };
    // Behind the first look at it, which says what is there already.
    return shown++ < 2 ? told : { ...told, journal: { seq: seq - 1, head } };
  });
  await assert.rejects(
    moving(shorter),
    (error) => error instanceof ProofError || error instanceof BrokenAnswer,
  );
  const chainless = lying("/v1/account", (told) => ({
    ...told,
    chain: (told["chain"] as string[]).slice(0, -1),
  }));
  await assert.rejects(moving(chainless), ProofError);
  const swapped = lying("/v1/account", (told) => {
    const rows = told["lockers"] as { root_mac: string }[];
    return { ...told, lockers: rows.map((row) => ({ ...row, root_mac: "A".repeat(43) })) };
  });
  await assert.rejects(moving(swapped), OpenError);
  const moved = await moving(fetch);
  const [item = ""] = await moved.items();
  const { account } = moved;
  const tampered = lying(`/v1/items/${item}`, (told) => {
    const fields = told["fields"] as Record<string, string>;
    const [one = "", other = ""] = Object.keys(fields);
    return { ...told, fields: { ...fields, [one]: fields[other], [other]: fields[one] } };
  });
  const reopened = await Owner.open(there.url, account.memory, { fetch: tampered });
  await assert.rejects(
    reopened.open(item),
    (error) => error instanceof OpenError || error instanceof ProofError,
  );
});

// -- with the other implementation -------------------------------------------------------

test("she leaves with Python and arrives with TypeScript", { skip }, async () => {
  const folder = mkdtempSync(`${tmpdir()}/planetvault-moving-`);
  const path = join(folder, "hers.bundle");
  const python = spawn(PYTHON, [`${PACKAGE}tests/moving.py`, "leave", here.url, path], {
    cwd: ROOT,
    env: { ...process.env, PYTHONPATH: `${ROOT}sdk/python:${ROOT}` },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: python.stdout })[Symbol.asyncIterator]();
  const hear = async (): Promise<string> => String((await lines.next()).value);
  try {
    assert.equal(await hear(), "ready");
    await here.topUp("python.example", 100_000_000);
    python.stdin.write("it has money\n");
    const phrase = new RecoveryPhrase(await hear());
    const kid = await hear();
    if (python.exitCode === null) await once(python, "exit");
    const moved = await arrive(there.url, new FleetingMemory(), await openAsBlob(path), phrase);
    const titles = [...(await contents(moved)).values()].map((said) => (said as { name: string[] }).name[0]);
    assert.deepEqual(titles, ["Rain at Nine"]);
    const files = new OwnerFiles(moved);
    const letter = (await files.list()).find(({ name }) => name === "letter.txt");
    assert.ok(letter !== undefined);
    assert.equal(fromUtf8(await whole(files.get(letter))), "a letter to herself");
    for await (const { checked } of past(moved))
      assert.deepEqual([checked.vault, checked.receipts], [HERE, 1]);
    await Partner.create("python.example", "Python Example", there.url, new FleetingMemory());
    assert.equal(toHex(fromBase64url(await moved.connect("python.example"))), kid);
    await moved.write("music.play", "2026-03", columns("After the move"));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("she leaves with TypeScript, and a device that holds its own keys arrives", { skip }, async () => {
  const { owner, phrase } = await somebody();
  const held: Locker[] = [];
  const make = async (): Promise<Locker> => {
    const locker = await newDeviceLocker();
    held.push(locker);
    return locker;
  };
  const memory = Object.assign(new FleetingMemory(), { device: { load: async () => held[0] ?? null, make } });
  const moved = await arrive(there.url, memory, await bundleOf(owner), new Device(owner.account.memory));
  assert.equal(await memory.get("device"), undefined);
  assert.deepEqual(await contents(moved), await contents(owner));
  assert.equal((await moved.lockers()).length, 3);
  assert.equal((await contents(await Owner.open(there.url, memory))).size, 2);
  await moved.compare(await (await Owner.openWith(there.url, new FleetingMemory(), phrase)).heads());
});
