import assert from "node:assert/strict";
import { test } from "node:test";
import { compactVerify, importJWK } from "jose";
import { computes, isSigned, sign as signWith } from "../src/curve.js";
import { fromBase64url, toBase64url, utf8 } from "../src/encoding.js";
import { FormatError, InputError, OpenError, SignatureError } from "../src/errors.js";
import { SigningKey } from "../src/keys.js";
import { REVOCATION, readJson, sign, verify } from "../src/records/index.js";
import * as sealing from "../src/sealing/index.js";
import { vectorsIn } from "./files.js";
import type { RecordVector } from "./vectors/records.js";

const CONTENT = {
  grant: toBase64url(new Uint8Array(32)),
  erase: false,
  uses: 0,
  time: "2027-03-01T12:00:00Z",
};

test("any JWS library can check a record that was signed here", async () => {
  const key = await SigningKey.generate();
  const { jws, record } = await sign(REVOCATION, CONTENT, key);
  const jwk = await importJWK({ kty: "OKP", crv: "Ed25519", x: key.publicKey }, "Ed25519");
  const { payload, protectedHeader } = await compactVerify(jws, jwk);
  assert.deepEqual(JSON.parse(new TextDecoder().decode(payload)), record);
  assert.equal(protectedHeader.kid, key.kid);
});

test("a record out of range is not signed", async () => {
  const key = await SigningKey.generate();
  await assert.rejects(sign(REVOCATION, { ...CONTENT, uses: -1 }, key), FormatError);
  await assert.rejects(sign(REVOCATION, { ...CONTENT, uses: 2 ** 53 }, key), FormatError);
});

test("no byte of a record may be changed", async () => {
  const key = await SigningKey.generate();
  const { jws } = await sign(REVOCATION, CONTENT, key);
  for (let at = 0; at < jws.length; at += 5) {
    const changed = `${jws.slice(0, at)}${jws[at] === "A" ? "B" : "A"}${jws.slice(at + 1)}`;
    await assert.rejects(
      verify(changed, REVOCATION, () => key.publicKey),
      (error) => {
        return error instanceof FormatError || error instanceof SignatureError;
      },
    );
  }
});

test("the equation computed here agrees with the platform's on every vector", async () => {
  let good = 0;
  for (const { jws, key } of vectorsIn<RecordVector>("records")) {
    const [header, payload, signature, ...more] = (jws ?? "").split(".");
    if (signature === undefined || more.length > 0 || key === undefined) continue;
    const message = new TextEncoder().encode(`${header}.${payload}`);
    let octets: Uint8Array<ArrayBuffer>;
    try {
      octets = fromBase64url(signature);
    } catch {
      continue;
    }
    const platform = await isSigned(fromBase64url(key), message, octets);
    if (platform) good++;
    if (platform) assert.ok(await computes(fromBase64url(key), message, octets));
  }
  assert.ok(good > 100);
});

test("a signature by the platform is one by the equation, and no other bit is", async () => {
  const key = await SigningKey.generate();
  const message = utf8("a message");
  const signature = await signWith(key.seed(), message);
  assert.ok(await computes(fromBase64url(key.publicKey), message, signature));
  signature[40] = (signature[40] ?? 0) ^ 1;
  assert.ok(!(await computes(fromBase64url(key.publicKey), message, signature)));
});

test("nesting of any depth is refused at once", () => {
  assert.throws(() => readJson(utf8("[".repeat(60_000))), FormatError);
  assert.throws(() => readJson(utf8('{"a":'.repeat(10_000))), FormatError);
});

test("a sealing key that is not usable is refused", async () => {
  const { publicKey } = await sealing.OpeningKey.fromSeed(new Uint8Array(32));
  const place = sealing.context("wrap-roots");
  const outOfRange = publicKey.slice().fill(255, 0, 3);
  const zero = publicKey.slice().fill(0, 1184);
  for (const key of [publicKey.slice(1), outOfRange, zero]) {
    await assert.rejects(sealing.hseal(key, place, new Uint8Array(32)), InputError);
  }
});

test("a blob sealed as a stream is read whole and from any place, and not if it was cut", async () => {
  const file = new Uint8Array(40_000).map((_, at) => at % 251);
  const { reference, blob } = await sealing.sealBlob(file, "application/octet-stream", "file");
  assert.deepEqual(await sealing.openBlob(reference, blob), file);
  const source = { size: blob.length, read: async (start: number, end: number) => blob.subarray(start, end) };
  const reader = await sealing.BlobReader.open(reference, source);
  assert.deepEqual(await reader.read(16_000, 1000), file.slice(16_000, 17_000));
  await assert.rejects(sealing.openBlob(reference, blob.slice(0, -16_400)), OpenError);
});

test("a phrase is read again whatever its case and spaces, and one wrong word is refused", async () => {
  const entropy = new Uint8Array(16).map((_, at) => 17 * at);
  const phrase = await sealing.phraseOf(entropy);
  assert.deepEqual(await sealing.entropyOf(`  ${phrase.toUpperCase().replaceAll(" ", "  ")} `), entropy);
  const words = phrase.split(" ");
  await assert.rejects(sealing.entropyOf(["zebra", ...words.slice(1)].join(" ")), InputError);
});
