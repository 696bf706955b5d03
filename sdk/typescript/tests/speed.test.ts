import assert from "node:assert/strict";
import { test } from "node:test";
import { random, sha256 } from "../src/digest.js";
import { toBase64url, utf8 } from "../src/encoding.js";
import { SigningKey } from "../src/keys.js";
import { RECEIPT, sign, verify } from "../src/records/index.js";
import * as sealing from "../src/sealing/index.js";

const TIMES = 50;

/** Milliseconds that one of many takes. */
async function timed(run: () => Promise<unknown>): Promise<number> {
  await run();
  const begun = performance.now();
  for (let time = 0; time < TIMES; time++) await run();
  return (performance.now() - begun) / TIMES;
}

test("sealing and opening take milliseconds", async (place) => {
  const root = sealing.newRoot(random(16));
  const collection = sealing.newCollection(root, "music.play");
  const names = [
    "name",
    "by",
    "in",
    "media",
    "ref",
    "played_ms",
    "start",
    "end",
    "precision",
    "completed",
    "platform",
    "id",
  ];
  const fields = new Map(names.map((name) => [name, utf8(JSON.stringify(Array(500).fill("Rain at Nine")))]));
  const where = { itemId: random(16), version: 1 };
  const item = { label: "2027-03", rows: 500, fields };
  const sealed = await sealing.sealItem(collection, where, item);
  const key = await sealing.openItemKey(collection, sealed, toBase64url(await sha256(sealed.key)));
  const hashes = await sealing.hashesOf(sealed.fields);
  const grantKey = await sealing.deriveGrantKey(root, random(16), 1);
  const envelope = await sealing.makeEnvelope(collection, key, hashes, names.slice(0, 6), new Date());
  const blob = await sealing.sealEnvelope(grantKey, envelope);
  const granted = new Map(
    [...sealed.fields].filter(([id]) => envelope.fields.some((field) => field.fieldId === id)),
  );
  const opener = await sealing.OpeningKey.fromSeed(random(32));
  const parties = { partner: "radio.example", ownerKid: random(32) };
  const { shares, commitment } = await sealing.sealGrantKey(grantKey, opener.publicKey, parties);

  const sealingTime = await timed(() => sealing.sealItem(collection, where, item));
  const openingTime = await timed(async () => {
    const opened = await sealing.openEnvelope(grantKey, where.itemId, 1, blob);
    return sealing.openGranted(opened, granted);
  });
  const keyTime = await timed(() =>
    sealing.openGrantKey(opener, grantKey.grantId, shares, commitment, parties),
  );
  place.diagnostic(`an item of 12 fields and 500 rows, sealed: ${sealingTime.toFixed(2)} ms`);
  place.diagnostic(`its six granted fields, opened: ${openingTime.toFixed(2)} ms`);
  place.diagnostic(`a grant key, opened once a grant: ${keyTime.toFixed(2)} ms`);
  assert.ok(sealingTime < 500 && openingTime < 500 && keyTime < 500);
});

test("a receipt is verified in a millisecond or so", async (place) => {
  const [key, hash] = [await SigningKey.generate(), toBase64url(random(32))];
  const opened = [{ item: toBase64url(random(16)), version: 1, sealed: hash }];
  const said = { vault: "vault.example", grant: hash, use: hash, revocation: null, partner: "radio.example" };
  const terms = {
    purpose: "dpv:Personalisation",
    opened,
    price: 1,
    fee: 0,
    currency: "EUR",
    seq: 1,
    prev: null,
  };
  const time = "2027-03-01T12:00:00Z";
  const { jws } = await sign(RECEIPT, { ...said, ...terms, owner_link: hash, time }, key);
  const taken = await timed(() => verify(jws, RECEIPT, () => key.publicKey));
  place.diagnostic(`a receipt, verified: ${taken.toFixed(2)} ms`);
  assert.ok(taken < 100);
});
