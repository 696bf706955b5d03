/** A meeting of twins, this side of it: opens what the other sealed, and seals what the other opens; in any engine. */

import { random, sha256 } from "../../src/digest.js";
import { fromBase64url, fromHex, toBase64url, toHex, utf8 } from "../../src/encoding.js";
import { SigningKey } from "../../src/keys.js";
import { REVOCATION, sign, verify } from "../../src/records/index.js";
import * as sealing from "../../src/sealing/index.js";

/** What both sides know; bytes are hex. */
export interface Given {
  readonly account: string;
  readonly root: string;
  readonly item: string;
  readonly grant: string;
  readonly partner: string;
  readonly owner_kid: string;
  readonly seed: string;
  readonly values: Record<string, string>;
  readonly granted: readonly string[];
}

/** What one twin seals, and the other opens; bytes are hex. */
export interface Made {
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

export function newMeeting(): Given {
  return {
    account: toHex(random(16)),
    root: toHex(random(32)),
    item: toHex(random(16)),
    grant: toHex(random(16)),
    partner: "radio.example",
    owner_kid: toHex(random(32)),
    seed: toHex(random(32)),
    values: VALUES,
    granted: GRANTED,
  };
}

/** What the other side should have opened. */
export function expected({ values, granted }: Given) {
  return { values, granted: Object.fromEntries(granted.map((name) => [name, values[name]])), uses: 7 };
}

/** The public key that the partner of this meeting is sealed to, in hex. */
export async function sealingKeyOf({ seed }: Given): Promise<string> {
  return toHex((await sealing.OpeningKey.fromSeed(fromHex(seed))).publicKey);
}

const toText = (hex: string): string => toBase64url(fromHex(hex));
const toHexOf = (text: string): string => toHex(fromBase64url(text));
const rootOf = (given: Given) => new sealing.AccountRoot(fromHex(given.account), 0, fromHex(given.root));
const partiesOf = (given: Given) => ({ partner: given.partner, ownerKid: fromHex(given.owner_kid) });

/** Open what the other side sealed. */
export async function opened(given: Given, made: Made): Promise<ReturnType<typeof expected>> {
  const [root, parties] = [rootOf(given), partiesOf(given)];
  const opener = await sealing.OpeningKey.fromSeed(fromHex(given.seed));
  const collection = await sealing.openCollection(
    [root],
    fromHex(made.collection.id),
    fromHex(made.collection.sealed),
  );
  const fields = new Map(Object.entries(made.item.fields).map(([id, blob]) => [toText(id), fromHex(blob)]));
  const hashes = new Map(Object.entries(made.hashes).map(([id, hash]) => [toText(id), toText(hash)]));
  const sealed = { itemId: fromHex(given.item), version: 3, key: fromHex(made.item.key), fields };
  const item = await sealing.openItem(collection, sealed, hashes, toText(made.item.key_hash));

  const commitment = { shares: made.commitment.shares.map(fromHex), key: fromHex(made.commitment.key) };
  const shares = made.shares.map(fromHex);
  const grantKey = await sealing.openGrantKey(opener, fromHex(given.grant), shares, commitment, parties);
  const envelope = await sealing.openEnvelope(grantKey, sealed.itemId, 3, fromHex(made.envelope));
  const granted = new Set(envelope.fields.map((field) => field.fieldId));
  const came = new Map([...fields].filter(([id]) => granted.has(id)));
  const columns = textsIn(await sealing.openGranted(envelope, came));

  const signer = await SigningKey.fromSeed(root.key);
  const { uses } = (await verify(made.record, REVOCATION, () => signer.publicKey)).record;
  return { values: textsIn(item.fields), granted: columns, uses };
}

/** Seal for the other side to open. */
export async function sealed(given: Given): Promise<Made> {
  const [root, parties] = [rootOf(given), partiesOf(given)];
  const opener = await sealing.OpeningKey.fromSeed(fromHex(given.seed));
  const collection = sealing.newCollection(root, "music.play");
  const fields = new Map(Object.entries(given.values).map(([name, value]) => [name, utf8(value)]));
  const place = { itemId: fromHex(given.item), version: 3 };
  const item = await sealing.sealItem(collection, place, { label: "2027-02", rows: 1, fields });
  const keyHash = toBase64url(await sha256(item.key));
  const hashes = await sealing.hashesOf(item.fields);
  const key = await sealing.openItemKey(collection, item, keyHash);
  const grantKey = await sealing.deriveGrantKey(root, fromHex(given.grant), 1);
  const { shares, commitment } = await sealing.sealGrantKey(grantKey, opener.publicKey, parties, 2);
  const envelope = await sealing.makeEnvelope(collection, key, hashes, given.granted, new Date());
  const said = { grant: toBase64url(random(32)), erase: true, uses: 7, time: "2027-03-01T12:00:00Z" };
  const record = await sign(REVOCATION, said, await SigningKey.fromSeed(root.key));
  return {
    collection: {
      id: toHex(collection.collectionId),
      sealed: toHex(await sealing.sealCollection(root, collection)),
    },
    item: {
      key: toHex(item.key),
      key_hash: toHexOf(keyHash),
      fields: Object.fromEntries([...item.fields].map(([id, blob]) => [toHexOf(id), toHex(blob)])),
    },
    hashes: Object.fromEntries([...hashes].map(([id, hash]) => [toHexOf(id), toHexOf(hash)])),
    shares: shares.map(toHex),
    commitment: { shares: commitment.shares.map(toHex), key: toHex(commitment.key) },
    envelope: toHex(await sealing.sealEnvelope(grantKey, envelope)),
    record: record.jws,
  };
}

function textsIn(fields: ReadonlyMap<string, Uint8Array>): Record<string, string> {
  return Object.fromEntries([...fields].map(([name, value]) => [name, new TextDecoder().decode(value)]));
}
