import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { Refused, Unreachable } from "../src/client/errors.js";
import { FleetingMemory } from "../src/client/memory.js";
import { sha256 } from "../src/digest.js";
import type { Bytes } from "../src/encoding.js";
import { concat, fromHex, same, toBase64url, toHex } from "../src/encoding.js";
import { InputError, OpenError } from "../src/errors.js";
import type { SealedStore } from "../src/files/index.js";
import {
  FileChanged,
  filesIn,
  OwnerFiles,
  openStream,
  outlineOf,
  PART_BYTES,
  PartnerFiles,
  sealedSize,
  sealParts,
} from "../src/files/index.js";
import { Owner } from "../src/owner/owner.js";
import { Partner } from "../src/partner/partner.js";
import { ROOT } from "./files.js";
import type { RunningVault } from "./running-vault.js";
import { PYTHON, runVault, withoutPython } from "./running-vault.js";

const DOMAIN = "doctor.example";
const OFFER = {
  clusters: ["document.file/content", "document.file/when"],
  purposes: ["dpv:ServiceProvision"],
  reason: "To read what the clinic wrote you.",
  price: 50_000,
  budget: 5_000_000,
  max_uses: 100,
  look_back_days: 0,
  future_items: true,
  duration_days: 90,
  retention_days: 30,
};

/** Bytes that differ from place to place, and can be made again in Python. */
function pattern(size: number): Bytes {
  const octets = new Uint8Array(size);
  for (let at = 0; at < size; at++) octets[at] = (at * 31 + (at >> 8)) & 0xff;
  return octets;
}

async function whole(pieces: AsyncIterable<Bytes>): Promise<Bytes> {
  const parts: Bytes[] = [];
  for await (const piece of pieces) parts.push(piece);
  return concat(...parts);
}

async function* each(...parts: readonly Bytes[]): AsyncGenerator<Bytes> {
  yield* parts;
}

class FleetingStore implements SealedStore {
  octets: Bytes = new Uint8Array();

  async size(): Promise<number> {
    return this.octets.length;
  }

  async append(octets: Bytes): Promise<void> {
    this.octets = concat(this.octets, octets);
  }

  async read(start: number, end: number): Promise<Bytes> {
    return this.octets.slice(start, end);
  }

  async clear(): Promise<void> {
    this.octets = new Uint8Array();
  }
}

async function planned(file: Blob) {
  return { blobId: new Uint8Array(16), key: new Uint8Array(32), outline: await outlineOf(file) };
}

test("parts of any size join to a stream that opens as it comes", async () => {
  for (const size of [
    0,
    1,
    32,
    16_384,
    100_000,
    2 * PART_BYTES - 1,
    2 * PART_BYTES,
    2 * PART_BYTES + 12_345,
  ]) {
    const octets = pattern(size);
    const file = new Blob([octets]);
    const plan = await planned(file);
    const sealed = await whole(sealParts(plan, file));
    assert.equal(sealed.length, sealedSize(size));
    const said = { mediaType: "a/b", name: "c", sha256: await sha256(sealed), size };
    const reference = { blobId: plan.blobId, key: plan.key, ...said };
    assert.equal(
      toHex(await sha256(await whole(openStream(reference, each(sealed))))),
      toHex(await sha256(octets)),
    );
    const [cut, longer] = [sealed.slice(0, -1), concat(sealed, Uint8Array.of(0))];
    const changed = sealed.slice();
    changed[changed.length >> 1] = (changed[changed.length >> 1] ?? 0) ^ 1;
    for (const bad of [cut, longer, changed])
      await assert.rejects(whole(openStream(reference, each(bad))), OpenError);
  }
});

test("nothing leaves that is not of the file as it was hashed", async () => {
  const octets = pattern(2 * PART_BYTES + 99);
  const plan = await planned(new Blob([octets]));
  const right = await whole(sealParts(plan, new Blob([octets])));
  for (const place of [0, PART_BYTES, 2 * PART_BYTES + 98]) {
    const other = octets.slice();
    other[place] = (other[place] ?? 0) ^ 1;
    const left: Bytes[] = [];
    await assert.rejects(async () => {
      for await (const part of sealParts(plan, new Blob([other]))) left.push(part);
    }, FileChanged);
    const sent = concat(...left);
    assert.ok(same(sent, right.subarray(0, sent.length)));
  }
  await assert.rejects(whole(sealParts(plan, new Blob([octets.slice(1)]))), FileChanged);
});

async function atVault(run: (vault: RunningVault, folder: string) => Promise<void>): Promise<void> {
  const [vault, folder] = [await runVault(), mkdtempSync(`${tmpdir()}/planetvault-files-`)];
  try {
    await run(vault, folder);
  } finally {
    await vault.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

test("a file that is stopped on its way goes on where it was", { skip: withoutPython }, () =>
  atVault(async (vault) => {
    const sent: string[] = [];
    const counted: typeof fetch = async (address, request) => {
      if (String(address).includes("/parts/")) sent.push(String(address).split("/").at(-1) ?? "");
      return fetch(address, request);
    };
    const memory = new FleetingMemory();
    const owner = await Owner.create(vault.url, memory, { fetch: counted });
    const [files, octets] = [new OwnerFiles(owner), pattern(2 * PART_BYTES + 9)];
    const film = new File([octets], "film.mp4");
    const stopping = new AbortController();
    const read: number[] = [];
    const stopped = files.put(film, {
      reading: (here) => read.push(here),
      progress: () => stopping.abort(),
      signal: stopping.signal,
    });
    await assert.rejects(stopped, { name: "AbortError" });
    assert.deepEqual([read, sent], [[PART_BYTES, 2 * PART_BYTES, octets.length], ["0"]]);
    assert.deepEqual(await files.list(), []);
    await assert.rejects(files.put(film, { signal: stopping.signal }), { name: "AbortError" });
    const stored = await files.file(await files.put(film));
    assert.deepEqual(sent, ["0", "1", "2"]);
    const within = new AbortController();
    const broken = files.get(stored, { progress: () => within.abort(), signal: within.signal });
    await assert.rejects(whole(broken), { name: "AbortError" });
    const never = files.get(stored, { signal: stopping.signal });
    await assert.rejects(whole(never), { name: "AbortError" });
    assert.equal(toHex(await sha256(await whole(files.get(stored)))), toHex(await sha256(octets)));
  }),
);

test("the first files, put at once, hang on fields that their items have", { skip: withoutPython }, () =>
  atVault(async (vault) => {
    const hung = new Map<string, string>();
    let puts = 0;
    const seen: typeof fetch = async (address, request) => {
      const { pathname, searchParams } = new URL(String(address));
      if (pathname.startsWith("/v1/blobs/") && request?.method === "PUT") puts++;
      const [item, field] = [searchParams.get("item"), searchParams.get("field")];
      if (item !== null && field !== null) hung.set(item, field);
      return fetch(address, request);
    };
    const owner = await Owner.create(vault.url, new FleetingMemory(), { fetch: seen });
    const files = new OwnerFiles(owner);
    const put = (byte: number) => files.put(new File([Uint8Array.of(byte)], `${byte}.jpg`));
    const items = [...(await Promise.all([put(1), put(2)])), await put(3)];
    for (const item of items) {
      const fields = owner.stored.journal.newest(item)?.record.fields ?? [];
      assert.ok(fields.some(({ field }) => field === hung.get(item)));
    }
    assert.equal(puts, items.length);
  }),
);

test("another write does not wait for the bytes of a file", { skip: withoutPython }, () =>
  atVault(async (vault) => {
    const steps: string[] = [];
    let write = async () => {};
    const slow: typeof fetch = async (address, request) => {
      if (String(address).includes("/v1/blobs/") && request?.method === "PUT") await write();
      return fetch(address, request);
    };
    const owner = await Owner.create(vault.url, new FleetingMemory(), { fetch: slow });
    const files = new OwnerFiles(owner);
    const shared = await files.put(new File([Uint8Array.of(1)], "1.jpg"));
    write = async () => {
      const { columns, period } = await owner.open(shared);
      await owner.write("document.file", period, columns, shared);
      steps.push("written");
    };
    await files.put(new File([Uint8Array.of(2)], "2.jpg"));
    assert.deepEqual([steps, (await files.list()).length], [["written"], 2]);
  }),
);

test("a file is put, granted, chosen, fetched and taken back", { skip: withoutPython }, () =>
  atVault(async (vault) => {
    let dead = false;
    let asked = 0;
    const lossy: typeof fetch = async (address, request) => {
      if (String(address).includes("/blobs/") && request?.method !== "POST") asked++;
      if (dead && String(address).includes("/blobs/") && asked > 2) throw new TypeError("the line went dead");
      return fetch(address, request);
    };
    const partner = await Partner.create(DOMAIN, "Doctor", vault.url, new FleetingMemory(), { fetch: lossy });
    await vault.topUp(DOMAIN, 100_000_000);
    const owner = await Owner.create(vault.url, new FleetingMemory());
    const files = new OwnerFiles(owner);
    const octets = pattern(2 * PART_BYTES + 12_345);
    const seen: number[] = [];
    const film = new File([octets], "film.mp4", { type: "video/mp4; codecs=avc1" });
    const item = await files.put(film, { progress: (here) => seen.push(here) });
    const total = sealedSize(octets.length);
    assert.deepEqual(seen, [PART_BYTES, 2 * PART_BYTES, total]);
    const [stored] = await files.list();
    assert.ok(stored !== undefined);
    assert.deepEqual(
      [stored.item, stored.name, stored.mediaType, stored.size],
      [item, "film.mp4", "video/mp4", octets.length],
    );
    assert.deepEqual(
      await files.read(stored, PART_BYTES - 5, 10),
      octets.slice(PART_BYTES - 5, PART_BYTES + 5),
    );
    assert.deepEqual(await files.read(stored, octets.length, 10), new Uint8Array());

    await partner.ask({ ...OFFER, owner: await owner.connect(DOMAIN) });
    const [ask] = await owner.asks();
    assert.ok(ask !== undefined);
    const grant = await owner.grant(ask, owner.preview(ask));
    const [held] = await partner.grants();
    assert.ok(held !== undefined);
    await files.put(new File(["another"], "other.txt"));
    assert.deepEqual(await partner.items(held), [], "no file is open before it is chosen");
    await files.share(item, grant);
    await files.share(item, grant);
    assert.deepEqual((await files.file(item)).grants, [grant.record.id]);
    assert.deepEqual(await partner.items(held), [item]);

    const [file] = filesIn(await partner.use(held, [item]));
    assert.ok(file !== undefined);
    const theirs = new PartnerFiles(partner);
    assert.deepEqual(await theirs.read(file, 16_380, 20), octets.slice(16_380, 16_400));
    assert.equal(toHex(await sha256(await whole(theirs.get(file)))), toHex(await sha256(octets)));

    // A download that breaks off goes on from what is stored, and hands nothing on before all of it is right.
    const store = new FleetingStore();
    [dead, asked] = [true, 0];
    await assert.rejects(whole(theirs.get(file, { store })), Unreachable);
    assert.equal(store.octets.length, 2 * PART_BYTES);
    [dead, asked] = [false, 0];
    assert.equal(toHex(await sha256(await whole(theirs.get(file, { store })))), toHex(await sha256(octets)));
    assert.equal(asked, 1);
    store.octets = new Uint8Array(total);
    await assert.rejects(whole(theirs.get(file, { store })), OpenError);
    assert.equal(store.octets.length, 0);

    await files.unshare(item, grant);
    await assert.rejects(
      theirs.read(file, 0, 1),
      (error) => error instanceof Refused && error.code === "not-found",
    );
    await files.share(item, grant);
    const [given] = await owner.grants();
    assert.ok(given !== undefined);
    await owner.revoke(given);
    await assert.rejects(
      theirs.read(file, 0, 1),
      (error) => error instanceof Refused && error.code === "forbidden",
    );
    await assert.rejects(files.share(item, grant), InputError);
    await files.delete(stored);
    assert.equal((await files.list()).length, 1);
  }),
);

test(
  "an upload that broke off goes on, and a name that nobody can read is refused",
  { skip: withoutPython },
  () =>
    atVault(async (vault) => {
      let dead = true;
      let puts = 0;
      const lossy: typeof fetch = async (address, request) => {
        if (request?.method === "PUT" && String(address).includes("/parts/") && ++puts > 2 && dead)
          throw new TypeError("the line went dead");
        return fetch(address, request);
      };
      const memory = new FleetingMemory();
      const owner = await Owner.create(vault.url, memory, { fetch: lossy });
      const files = new OwnerFiles(owner);
      const octets = pattern(2 * PART_BYTES + 99);
      await assert.rejects(files.put(new File([octets], "film.mp4")), Unreachable);
      assert.equal((await memory.under("upload/")).length, 1);
      [dead, puts] = [false, 0];
      const item = await files.put(new File([octets], "film.mp4"));
      assert.equal(puts, 1, "what is there is not sent again");
      assert.equal((await memory.under("upload/")).length, 0);
      const back = await whole(files.get(await files.file(item)));
      assert.equal(toHex(await sha256(back)), toHex(await sha256(octets)));
      await assert.rejects(files.put(new Blob([octets])), InputError);
      await assert.rejects(files.put(new File([octets], "a\u0007")), InputError);
      await assert.rejects(files.put(new File([octets], "a"), { mediaType: "Text/Plain" }), InputError);
    }),
);

const PYTHON_OWNER = `
import sys, json
from hashlib import sha256
from planetvault.memory import RamMemory
from planetvault.owner import Owner, RecoveryPhrase
url, words, path, back = sys.argv[1:]
owner = Owner.open_with(url, RamMemory(), RecoveryPhrase(words))
theirs = [sha256(owner.get_blob(file, back).read_bytes()).hexdigest() for file in owner.files()]
owner.put_blob(path)
print(json.dumps(theirs))
`;

test("each language opens the files that the other put", { skip: withoutPython }, () =>
  atVault(async (vault, folder) => {
    const owner = await Owner.create(vault.url, new FleetingMemory());
    const { RecoveryPhrase } = await import("../src/owner/openers.js");
    const phrase = await RecoveryPhrase.create();
    await owner.addLocker(phrase);
    const files = new OwnerFiles(owner);
    const octets = pattern(PART_BYTES + 12_345);
    await files.put(new File([octets], "été.bin"));
    const path = `${folder}/from-python.pdf`;
    writeFileSync(path, pattern(70_000));
    const run = ["-c", PYTHON_OWNER, vault.url, phrase.words, path, `${folder}/back`];
    const env = { ...process.env, PYTHONPATH: `${ROOT}sdk/python:${ROOT}` };
    const read = JSON.parse(execFileSync(PYTHON, run, { cwd: ROOT, env }).toString()) as readonly string[];
    assert.deepEqual(read, [toHex(await sha256(octets))]);
    const [ours, theirs] = await files.list();
    assert.deepEqual(
      [ours?.name, theirs?.name, theirs?.mediaType],
      ["été.bin", "from-python.pdf", "application/pdf"],
    );
    assert.ok(theirs !== undefined);
    assert.deepEqual(await whole(files.get(theirs)), new Uint8Array(readFileSync(path)));
    assert.equal((await owner.open(theirs.item)).columns["grants"]?.length, 1);
  }),
);

test("the same file under the same key is the same stream, and another is quite another", async () => {
  const one = new Blob([pattern(40_000)]);
  const key = fromHex("11".repeat(32));
  const sealed = async (file: Blob) =>
    whole(sealParts({ blobId: new Uint8Array(16), key, outline: await outlineOf(file) }, file, 9999));
  assert.equal(toBase64url(await sealed(one)), toBase64url(await sealed(one)));
  const other = await sealed(new Blob([pattern(40_000).fill(7, 39_999)]));
  assert.notEqual(toHex((await sealed(one)).slice(1, 25)), toHex(other.slice(1, 25)));
});
