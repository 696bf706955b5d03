import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { random, sha256 } from "../src/digest.js";
import { fromBase64url, fromHex, toBase64url, toHex, utf8 } from "../src/encoding.js";
import { SigningKey } from "../src/keys.js";
import { REVOCATION, sign, verify } from "../src/records/index.js";
import * as sealing from "../src/sealing/index.js";
import { PACKAGE, ROOT } from "./files.js";
import { PYTHON, withoutPython } from "./running-vault.js";

/** What one twin seals, and the other opens; bytes are hex. */
interface Made {
  readonly collection: { readonly id: string; readonly sealed: string };
  readonly item: { readonly key: string; readonly key_hash: string; readonly fields: Record<string, string> };
  readonly hashes: Record<string, string>;
  readonly shares: readonly string[];
  readonly commitment: { readonly shares: readonly string[]; readonly key: string };
  readonly envelope: string;
  readonly record: string;
}

const VALUES = { name: '["Rain at Nine","Guérison"]', by: "[[],[]]", country: "x".repeat(20_000) };
const GRANTED = ["by", "name"];
const OPENED = { name: VALUES.name, by: VALUES.by };
const seed = random(32);
const given = {
  account: toHex(random(16)),
  root: toHex(random(32)),
  item: toHex(random(16)),
  grant: toHex(random(16)),
  partner: "radio.example",
  owner_kid: toHex(random(32)),
  seed: toHex(seed),
  values: VALUES,
  granted: GRANTED,
};
const root = new sealing.AccountRoot(fromHex(given.account), 0, fromHex(given.root));
const parties = { partner: given.partner, ownerKid: fromHex(given.owner_kid) };
const toText = (hex: string): string => toBase64url(fromHex(hex));
const toHexOf = (text: string): string => toHex(fromBase64url(text));

async function python(asked: unknown): Promise<unknown> {
  const env = { ...process.env, PYTHONPATH: `${ROOT}sdk/python:${ROOT}` };
  const input = JSON.stringify(asked);
  return JSON.parse(execFileSync(PYTHON, [`${PACKAGE}tests/twins.py`], { cwd: ROOT, env, input }).toString());
}

test("TypeScript opens what Python sealed", { skip: withoutPython }, async () => {
  const opener = await sealing.OpeningKey.fromSeed(seed);
  const made = (await python({ given: { ...given, sealing_key: toHex(opener.publicKey) } })) as Made;
  const collection = await sealing.openCollection(
    [root],
    fromHex(made.collection.id),
    fromHex(made.collection.sealed),
  );
  const fields = new Map(Object.entries(made.item.fields).map(([id, blob]) => [toText(id), fromHex(blob)]));
  const hashes = new Map(Object.entries(made.hashes).map(([id, hash]) => [toText(id), toText(hash)]));
  const sealed = { itemId: fromHex(given.item), version: 3, key: fromHex(made.item.key), fields };
  const item = await sealing.openItem(collection, sealed, hashes, toText(made.item.key_hash));
  assert.deepEqual(textsIn(item.fields), VALUES);

  const commitment = { shares: made.commitment.shares.map(fromHex), key: fromHex(made.commitment.key) };
  const shares = made.shares.map(fromHex);
  const grantKey = await sealing.openGrantKey(opener, fromHex(given.grant), shares, commitment, parties);
  const envelope = await sealing.openEnvelope(grantKey, sealed.itemId, 3, fromHex(made.envelope));
  const granted = new Set(envelope.fields.map((field) => field.fieldId));
  const came = new Map([...fields].filter(([id]) => granted.has(id)));
  assert.deepEqual(textsIn(await sealing.openGranted(envelope, came)), OPENED);

  const signer = await SigningKey.fromSeed(root.key);
  assert.equal((await verify(made.record, REVOCATION, () => signer.publicKey)).record.uses, 7);
});

test("Python opens what TypeScript sealed", { skip: withoutPython }, async () => {
  const opener = await sealing.OpeningKey.fromSeed(seed);
  const collection = sealing.newCollection(root, "music.play");
  const fields = new Map(Object.entries(VALUES).map(([name, value]) => [name, utf8(value)]));
  const place = { itemId: fromHex(given.item), version: 3 };
  const sealed = await sealing.sealItem(collection, place, { label: "2027-02", rows: 1, fields });
  const keyHash = toBase64url(await sha256(sealed.key));
  const hashes = await sealing.hashesOf(sealed.fields);
  const key = await sealing.openItemKey(collection, sealed, keyHash);
  const grantKey = await sealing.deriveGrantKey(root, fromHex(given.grant), 1);
  const { shares, commitment } = await sealing.sealGrantKey(grantKey, opener.publicKey, parties, 2);
  const envelope = await sealing.makeEnvelope(collection, key, hashes, GRANTED, new Date());
  const said = { grant: toBase64url(random(32)), erase: true, uses: 7, time: "2027-03-01T12:00:00Z" };
  const record = await sign(REVOCATION, said, await SigningKey.fromSeed(root.key));
  const made: Made = {
    collection: {
      id: toHex(collection.collectionId),
      sealed: toHex(await sealing.sealCollection(root, collection)),
    },
    item: {
      key: toHex(sealed.key),
      key_hash: toHexOf(keyHash),
      fields: Object.fromEntries([...sealed.fields].map(([id, blob]) => [toHexOf(id), toHex(blob)])),
    },
    hashes: Object.fromEntries([...hashes].map(([id, hash]) => [toHexOf(id), toHexOf(hash)])),
    shares: shares.map(toHex),
    commitment: { shares: commitment.shares.map(toHex), key: toHex(commitment.key) },
    envelope: toHex(await sealing.sealEnvelope(grantKey, envelope)),
    record: record.jws,
  };
  assert.deepEqual(await python({ given, made }), { values: VALUES, granted: OPENED, uses: 7 });
});

function textsIn(fields: ReadonlyMap<string, Uint8Array>): Record<string, string> {
  return Object.fromEntries([...fields].map(([name, value]) => [name, new TextDecoder().decode(value)]));
}
