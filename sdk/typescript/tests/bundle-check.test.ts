/** A bundle is held against everything that was signed in it. No vault is needed, and none runs here. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { BundleWriter } from "../src/bundle/archive.js";
import { type Archive, readDirectory, readFile } from "../src/bundle/directory.js";
import { BundleBroken, checkBundle, Device, openBundle } from "../src/bundle/index.js";
import { BundleReader } from "../src/bundle/reader.js";
import { centralEntry, endOf, localHeader, toldOf } from "../src/bundle/zip.js";
import { OpensNothing } from "../src/client/errors.js";
import { FleetingMemory } from "../src/client/memory.js";
import { random } from "../src/digest.js";
import type { Bytes } from "../src/encoding.js";
import { concat, fromBase64url, fromUtf8, toBase64url, utf8 } from "../src/encoding.js";
import { OpenError } from "../src/errors.js";
import { SigningKey } from "../src/keys.js";
import { Passkey, Password, RecoveryPhrase } from "../src/owner/openers.js";
import { ROOT } from "./files.js";
import { PYTHON, withoutPython } from "./running-vault.js";

const FIRST = `${ROOT}tests/frozen/first`;
const FROZEN = new Uint8Array(readFileSync(`${FIRST}/python.bundle.zip`));
const { words, opened } = JSON.parse(readFileSync(`${FIRST}/python.json`, "utf8")) as {
  readonly words: string;
  readonly opened: readonly { readonly item: string; readonly columns: unknown }[];
};
const phrase = new RecoveryPhrase(words);

/** The frozen bundle, taken apart. */
async function taken() {
  const reader = await BundleReader.open(new Blob([FROZEN]));
  const files = new Map<string, Bytes>();
  for (const name of reader.index.files.keys()) files.set(name, await reader.read(name));
  const { vault, account, made } = reader.index;
  const { signing } = await phrase.locker(fromBase64url(account));
  return { files, said: { vault, account, made }, signing };
}
type Taken = Awaited<ReturnType<typeof taken>>;

/** A bundle with something else in it, which a locker of the account signed all the same. */
async function remade(change: (all: Taken) => void, key?: SigningKey): Promise<Blob> {
  const all = await taken();
  change(all);
  const { files, said, signing } = all;
  const parts: Bytes[] = [];
  const writer = new BundleWriter((octets) => {
    parts.push(octets);
  });
  for (const [name, octets] of files) await writer.add(name, octets);
  await writer.finish(said, key ?? signing);
  return new Blob(parts);
}

const lines = ({ files }: Taken, name: string): string[] =>
  fromUtf8(files.get(name) ?? utf8(""))
    .trimEnd()
    .split("\n");
const setLines = ({ files }: Taken, name: string, kept: readonly string[]): void => {
  files.set(name, utf8(kept.map((line) => `${line}\n`).join("")));
};
function setJson<T>({ files }: Taken, name: string, change: (value: T) => unknown): void {
  const value = JSON.parse(fromUtf8(files.get(name) ?? utf8("null"))) as T;
  files.set(name, utf8(JSON.stringify(change(value) ?? value)));
}
const under = ({ files }: Taken, prefix: string): string[] =>
  [...files.keys()].filter((name) => name.startsWith(prefix)).sort();

interface Stored {
  key: string;
  readonly fields: Record<string, string>;
}

test("a bundle of the first version is whole, and opens to what Python sealed", async () => {
  const checked = await checkBundle(new Blob([FROZEN]));
  assert.deepEqual([checked.receipts, checked.items, checked.vault], [3, opened.length, "vault.localhost"]);
  const columns = new Map<string, unknown>();
  for await (const item of openBundle(new Blob([FROZEN]), phrase)) columns.set(item.item, item.columns);
  assert.deepEqual(columns, new Map(opened.map((item) => [item.item, item.columns])));
});

test("a bundle that was taken apart and signed again as it was is still whole", async () => {
  const checked = await checkBundle(await remade(() => undefined));
  assert.equal(checked.receipts, 3);
});

const BROKEN: readonly (readonly [string, RegExp, (all: Taken) => void])[] = [
  [
    "two items with each other's key",
    /sealed key/,
    (all) => {
      const [one = "", other = ""] = under(all, "items/");
      let first = "";
      setJson<Stored>(all, one, (item) => {
        first = item.key;
      });
      let second = "";
      setJson<Stored>(all, other, (item) => {
        second = item.key;
        item.key = first;
      });
      setJson<Stored>(all, one, (item) => {
        item.key = second;
      });
    },
  ],
  [
    "an item without one of its fields",
    /fields/,
    (all) => {
      const [item = ""] = under(all, "items/");
      setJson<Stored>(all, item, ({ fields }) => {
        delete fields[Object.keys(fields)[0] ?? ""];
      });
    },
  ],
  [
    "an item with two fields in each other's place",
    /fields/,
    (all) => {
      const [item = ""] = under(all, "items/");
      setJson<Stored>(all, item, ({ fields }) => {
        const [one = "", other = ""] = Object.keys(fields);
        [fields[one], fields[other]] = [fields[other] ?? "", fields[one] ?? ""];
      });
    },
  ],
  [
    "an item that is gone",
    /items are not those/,
    ({ files }) => {
      files.delete(under({ files } as Taken, "items/")[0] ?? "");
    },
  ],
  ["an item's collection that is gone", /collection/, (all) => setJson(all, "collections.json", () => ({}))],
  [
    "an older journal",
    /items are not those|newest of its time/,
    (all) => setLines(all, "journal", lines(all, "journal").slice(0, -1)),
  ],
  [
    "a journal with a hole",
    /follows another/,
    (all) => setLines(all, "journal", lines(all, "journal").toSpliced(1, 1)),
  ],
  [
    "an older account chain",
    /lockers|entry that the chain/,
    (all) => setLines(all, "account/chain", lines(all, "account/chain").slice(0, -2)),
  ],
  [
    "a locker less",
    /lockers are not those/,
    (all) => setJson<unknown[]>(all, "account/lockers.json", (rows) => rows.slice(1)),
  ],
  ["no older root keys", /older root keys/, (all) => setJson(all, "account/secrets.json", () => ({}))],
  [
    "another account's name",
    /another account/,
    (all) => {
      all.said.account = toBase64url(random(16));
    },
  ],
  [
    "another vault's name",
    /another vault/,
    (all) => {
      all.said.vault = "other.example";
    },
  ],
  ["a grant that is gone", /grant that is not here/, (all) => setLines(all, "grants", [])],
  [
    "a partner that is gone",
    /partner key/,
    (all) => {
      all.files.delete(under(all, "partners/")[0] ?? "");
    },
  ],
  [
    "a partner under another name",
    /another name/,
    (all) => {
      const [name = ""] = under(all, "partners/");
      all.files.set("partners/other.example", all.files.get(name) ?? utf8(""));
    },
  ],
  [
    "the newest receipt hidden",
    /statement/,
    (all) => setJson<unknown[]>(all, "receipts.json", (rows) => rows.slice(0, -1)),
  ],
  [
    "the first receipt hidden",
    /missing/,
    (all) => setJson<unknown[]>(all, "receipts.json", (rows) => rows.slice(1)),
  ],
  [
    "a receipt without what it answers",
    /answers/,
    (all) => setJson<object[]>(all, "receipts.json", (rows) => rows.map((row) => ({ ...row, use: null }))),
  ],
  [
    "a receipt in another place of hers",
    /place/,
    (all) =>
      setJson<{ link: { blind: string } }[]>(all, "receipts.json", ([row, ...rows]) => {
        if (row !== undefined) row.link.blind = toBase64url(random(32));
        return [row, ...rows];
      }),
  ],
  ["no statement", /three segments|one statement|malformed/, (all) => setLines(all, "statement", [])],
  [
    "two statements",
    /one statement/,
    (all) => setLines(all, "statement", [...lines(all, "statement"), ...lines(all, "statement")]),
  ],
  [
    "JSON that names something twice",
    /malformed/,
    ({ files }) => {
      files.set("collections.json", utf8('{"a":"AQ","a":"AQ"}'));
    },
  ],
  [
    "a list that is cut off",
    /cut off/,
    (all) => {
      all.files.set("journal", (all.files.get("journal") ?? utf8("")).slice(0, -1));
    },
  ],
];

for (const [what, why, change] of BROKEN)
  test(`a bundle with ${what} is refused, whoever signed it`, async () => {
    await assert.rejects(
      remade(change).then(checkBundle),
      (error) => error instanceof BundleBroken && why.test(error.message),
    );
  });

test("a bundle that no locker of the account signed is refused", async () => {
  const stranger = await SigningKey.fromSeed(random(32));
  await assert.rejects(checkBundle(await remade(() => undefined, stranger)), BundleBroken);
});

test("whatever byte of a bundle is changed, it is refused by name or says the same", async () => {
  const whole = await checkBundle(new Blob([FROZEN]));
  for (let attempt = 0; attempt < 60; attempt++) {
    const octets = FROZEN.slice();
    const at = Math.floor((attempt / 60) * octets.length);
    octets[at] = (octets[at] ?? 0) ^ (1 << (attempt % 8));
    // The archive's own words (times, versions, CRC) say nothing that is believed.
    const found = await checkBundle(new Blob([octets])).catch((error: unknown) => error);
    if (!(found instanceof BundleBroken)) assert.deepEqual(found, whole);
  }
});

test("a bundle that is cut off, lengthened, or none is refused", async () => {
  for (const size of [0, 1, 21, 22, 1000, FROZEN.length - 1])
    await assert.rejects(checkBundle(new Blob([FROZEN.slice(0, size)])), BundleBroken);
  await assert.rejects(checkBundle(new Blob([FROZEN, "more"])), BundleBroken);
  await assert.rejects(checkBundle(new Blob([new Uint8Array(4096)])), BundleBroken);
  const commented = concat(FROZEN.slice(0, -2), Uint8Array.of(4, 0), utf8("more"));
  await assert.rejects(checkBundle(new Blob([commented])), BundleBroken);
});

test("an archive that holds a file twice, or one that no index names, is refused", async () => {
  const files = [
    ["a", "one"],
    ["a", "two"],
  ].map(([name = "", text = ""]) => [name, utf8(text)] as const);
  await assert.rejects(readDirectory(new Blob([archiveOf(files)])), BundleBroken);
  const more = [...(await everyFile()), ["notes.txt", utf8("planted")] as const];
  await assert.rejects(checkBundle(new Blob([archiveOf(more)])), BundleBroken);
  await checkBundle(new Blob([archiveOf(await everyFile())]));
});

async function everyFile(): Promise<(readonly [string, Bytes])[]> {
  const archive = new Blob([FROZEN]);
  const places = [...(await readDirectory(archive))];
  return Promise.all(
    places.map(async ([name, place]) => [name, await readFile(archive, name, place)] as const),
  );
}

function archiveOf(files: readonly (readonly [string, Bytes])[]): Bytes {
  let [body, directory] = [new Uint8Array(), new Uint8Array()];
  for (const [name, octets] of files) {
    const told = toldOf(name, octets);
    directory = concat(directory, centralEntry(told, body.length));
    body = concat(body, localHeader(told), octets);
  }
  return concat(body, directory, endOf(files.length, directory.length, body.length));
}

test("a bundle opens for a locker of the account, and for nothing else", async () => {
  const first = async (bundle: Blob, opener: Parameters<typeof openBundle>[1]) =>
    openBundle(bundle, opener).next();
  const bundle = new Blob([FROZEN]);
  const memory = new FleetingMemory();
  await memory.keep({ device: toBase64url(random(32)) });
  for (const opener of [
    await RecoveryPhrase.create(),
    Password.create("a guess"),
    new Passkey(random(32)),
    new Device(memory),
    new Device(new FleetingMemory()),
  ])
    await assert.rejects(first(bundle, opener), OpensNothing);
  const vouched = await remade((all) =>
    setJson<{ root_mac: string }[]>(all, "account/lockers.json", (rows) =>
      rows.map((row) => ({ ...row, root_mac: toBase64url(random(32)) })),
    ),
  );
  await checkBundle(vouched);
  await assert.rejects(first(vouched, phrase), OpenError);
});

// -- the 64-bit extension ----------------------------------------------------------------

function onDisk(path: string): Archive {
  const part = async (start: number, end: number): Promise<ArrayBuffer> => {
    const [file, octets] = [openSync(path, "r"), new Uint8Array(end - start)];
    readSync(file, octets, 0, octets.length, start);
    closeSync(file);
    return octets.buffer;
  };
  return { size: statSync(path).size, slice: (start, end) => ({ arrayBuffer: () => part(start, end) }) };
}

const LIST = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    names = archive.namelist()
    print(len(names), names[-1], archive.read(names[-1]).decode())
`;
const listed = (path: string): string => execFileSync(PYTHON, ["-c", LIST, path]).toString().trim();

test("a file beyond four gigabytes is found again, by Python as well", { skip: withoutPython }, async () => {
  const folder = mkdtempSync(`${tmpdir()}/planetvault-zip-`);
  const path = join(folder, "far.zip");
  try {
    const [near, far, offset] = [utf8("near"), utf8("far away"), 5 * 1024 ** 3];
    const [first, last] = [toldOf("near", near), toldOf("far", far)];
    const header = localHeader(last);
    const begin = offset + header.length + far.length;
    const directory = concat(centralEntry(first, 0), centralEntry(last, offset));
    // Nothing is written in between, so the file takes no space.
    const file = openSync(path, "w");
    writeSync(file, concat(localHeader(first), near), 0, undefined, 0);
    writeSync(file, concat(header, far, directory, endOf(2, directory.length, begin)), 0, undefined, offset);
    closeSync(file);
    const archive = onDisk(path);
    const places = await readDirectory(archive);
    const place = places.get("far");
    assert.ok(place !== undefined && place.offset === offset);
    assert.deepEqual(await readFile(archive, "far", place), far);
    assert.equal(listed(path), "2 far far away");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a bundle of more than 65,535 files is read by both", { skip: withoutPython }, async () => {
  const folder = mkdtempSync(`${tmpdir()}/planetvault-zip-`);
  const path = join(folder, "many.zip");
  try {
    const parts: Bytes[] = [];
    const writer = new BundleWriter((octets) => {
      parts.push(octets);
    });
    for (let file = 0; file < 65_600; file++) await writer.add(`blobs/${file}`, utf8(String(file)));
    const { said, signing } = await taken();
    await writer.finish(said, signing);
    const reader = await BundleReader.open(new Blob(parts));
    assert.equal(reader.under("blobs/").length, 65_600);
    assert.equal(fromUtf8(await reader.read("blobs/65599")), "65599");
    const file = openSync(path, "w");
    for (const octets of parts) writeSync(file, octets);
    closeSync(file);
    assert.match(listed(path), /^65602 index\.signature /);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
