/** What to do with a vector of sealing: each operation as an implementer would write it from the pages. */

import { DigitsDiffer } from "../../src/client/errors.js";
import { sha256 } from "../../src/digest.js";
import type { Bytes } from "../../src/encoding.js";
import { concat, fromBase64url, fromHex, same, toBase64url, toHex } from "../../src/encoding.js";
import { InputError } from "../../src/errors.js";
import { outlineOf } from "../../src/files/outline.js";
import { sealParts } from "../../src/files/stream.js";
import { Admission } from "../../src/joining/admission.js";
import { ANSWER, OFFER, read } from "../../src/joining/texts.js";
import * as sealing from "../../src/sealing/index.js";
import { numberOfKey, openLetter } from "../../src/sealing/letter.js";
import { openNamedSecret } from "../../src/sealing/named-secret.js";
import type { Outcome } from "./outcome.js";
import { difference, outcomeOf } from "./outcome.js";

export interface SealingVector {
  readonly name: string;
  readonly operation: string;
  readonly expect: string;
  readonly inputs: Inputs;
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** The members of a vector, read by their kind. */
type Inputs = Readonly<Record<string, unknown>>;
type Outputs = Readonly<Record<string, unknown>>;

const octets = (from: Inputs, name: string): Bytes => fromHex(from[name] as string);
const text = (from: Inputs, name: string): string => from[name] as string;
const whole = (from: Inputs, name: string): number => from[name] as number;
const inner = (from: Inputs, name: string): Inputs => from[name] as Inputs;
const list = (from: Inputs, name: string): readonly Bytes[] => (from[name] as readonly string[]).map(fromHex);
const toText = (hex: string): string => toBase64url(fromHex(hex));

function blobs(from: Inputs): Map<string, Bytes> {
  return new Map(Object.entries(from).map(([id, blob]) => [toText(id), fromHex(blob as string)]));
}

function root(from: Inputs): sealing.AccountRoot {
  return new sealing.AccountRoot(octets(from, "account_id"), whole(from, "generation"), octets(from, "key"));
}

const rootOutputs = (found: sealing.AccountRoot): Outputs => ({
  account_id: found.accountId,
  generation: found.generation,
  key: found.key,
});

function collection(from: Inputs): sealing.CollectionKey {
  return {
    collectionId: octets(from, "collection_id"),
    kind: text(from, "kind"),
    epoch: whole(from, "epoch"),
    generation: whole(from, "generation"),
    key: octets(from, "key"),
    names: octets(from, "names"),
  };
}

function commitment(from: Inputs): sealing.GrantKeyCommitment {
  return { shares: list(from, "shares"), key: octets(from, "key") };
}

async function lockerOutputs(from: Inputs, locker: sealing.Locker): Promise<Outputs> {
  return {
    secret: locker.secret(),
    kid: locker.kid,
    sign_public: fromBase64url(locker.signing.publicKey),
    root_mac: await locker.rootMac(octets(from, "account_id"), octets(from, "root_kid")),
    ...(locker.kind === "device" ? { sealing_key: locker.opening.publicKey } : {}),
  };
}

const OPERATIONS: Readonly<Record<string, (from: Inputs) => Promise<Outputs>>> = {
  async context(from) {
    const kinds = from["kinds"] as readonly string[];
    const values = from["parts"] as readonly (string | number)[];
    const parts = values.map((part, at) => (kinds[at] === "bytes" ? fromHex(String(part)) : part));
    const made = sealing.context as (label: string, ...parts: unknown[]) => Bytes;
    return { context: made(text(from, "label"), ...parts) };
  },
  async kdf(from) {
    return { derived: await sealing.kdf(octets(from, "key"), octets(from, "context")) };
  },
  async unpad(from) {
    return { value: sealing.unpad(octets(from, "padded")) };
  },
  async unseal(from) {
    return {
      plaintext: await sealing.unseal(octets(from, "key"), octets(from, "context"), octets(from, "blob")),
    };
  },
  async hunseal(from) {
    const key = await sealing.OpeningKey.fromSeed(octets(from, "seed"));
    const plaintext = await key.hunseal(octets(from, "context"), octets(from, "blob"));
    return { public: key.publicKey, kid: key.kid, plaintext };
  },
  async locker_device(from) {
    return lockerOutputs(from, await sealing.deviceLocker(octets(from, "secret")));
  },
  async locker_passkey(from) {
    return lockerOutputs(
      from,
      await sealing.passkeyLocker(octets(from, "prf_output"), octets(from, "account_id")),
    );
  },
  async locker_password(from) {
    const stretching = {
      salt: octets(from, "salt"),
      passes: whole(from, "passes"),
      memoryKib: whole(from, "memory_kib"),
    };
    const place = [octets(from, "secret_key"), octets(from, "account_id")] as const;
    return lockerOutputs(from, await sealing.passwordLocker(text(from, "password"), ...place, stretching));
  },
  async locker_recovery(from) {
    const entropy = await sealing.entropyOf(text(from, "phrase"));
    if (!same(entropy, octets(from, "entropy"))) throw new Error("the phrase holds other entropy");
    return lockerOutputs(from, await sealing.recoveryLocker(entropy, octets(from, "account_id")));
  },
  async locker_guardians(from) {
    const secret = octets(from, "secret");
    const locker = await sealing.guardiansLocker(secret, octets(from, "half"), octets(from, "account_id"));
    const asking = await sealing.askingKey(secret);
    return { ...(await lockerOutputs(from, locker)), asking_public: fromBase64url(asking.publicKey) };
  },
  async open_letter(from) {
    const key = await sealing.OpeningKey.fromSeed(octets(from, "seed"));
    const { vault, account, words } = await openLetter(text(from, "letter"), key);
    return { vault, account_id: account, words, number: await numberOfKey(key.publicKey) };
  },
  async join(from) {
    const admission = new Admission(read(text(from, "offer"), OFFER), read(text(from, "answer"), ANSWER));
    try {
      const digits = await admission.digits(text(from, "reveal"));
      const keys = await admission.verifyDigits(text(from, "reveal"), digits);
      const [sign_key, sealing_key] = [fromBase64url(keys.sign_key), fromBase64url(keys.sealing_key)];
      return { digits, sign_key, sealing_key };
    } catch (cause) {
      if (cause instanceof DigitsDiffer) throw new InputError(cause.message, { cause });
      throw cause;
    }
  },
  async open_root(from) {
    const sealed = {
      generation: whole(from, "generation"),
      blob: octets(from, "blob"),
      rootMac: octets(from, "root_mac"),
    };
    const expected = {
      accountId: octets(from, "account_id"),
      rootKid: octets(from, "root_kid"),
      commitment: octets(from, "commitment"),
    };
    return rootOutputs(
      await sealing.openRoot(await sealing.deviceLocker(octets(from, "secret")), sealed, expected),
    );
  },
  async open_older_roots(from) {
    const newest = root(inner(from, "newest"));
    const roots = await sealing.openOlderRoots(newest, list(from, "commitments"), octets(from, "blob"));
    return { roots: roots.map(rootOutputs) };
  },
  async open_named_secret(from) {
    const roots = (from["roots"] as readonly Inputs[]).map(root);
    return { value: await openNamedSecret(roots, text(from, "name"), octets(from, "blob")) };
  },
  async identity(from) {
    const identity = await sealing.identityOf(root(inner(from, "root")));
    const key = await identity.signingKeyFor(text(from, "partner"));
    return {
      secret: identity.secret,
      seed: key.seed(),
      sign_public: fromBase64url(key.publicKey),
      kid: fromBase64url(key.kid),
      import_id: await identity.importId(text(from, "source"), octets(from, "key")),
      record_secret: await identity.recordSecret(),
    };
  },
  async open_collection(from) {
    const roots = (from["roots"] as readonly Inputs[]).map(root);
    const found = await sealing.openCollection(roots, octets(from, "collection_id"), octets(from, "blob"));
    const { collectionId, kind, epoch, generation, key, names } = found;
    const field_id = await sealing.fieldId(names, text(from, "name"));
    return { collection_id: collectionId, kind, epoch, generation, key, names, field_id };
  },
  async open_field(from) {
    const key = {
      itemId: octets(from, "item_id"),
      version: whole(from, "version"),
      key: octets(from, "item_key"),
    };
    const id = await sealing.fieldIdOf({ names: octets(from, "names") }, text(from, "name"));
    const value = await sealing.openField(key, id, octets(from, "blob"));
    return { field_id: fromBase64url(id), field_key: await sealing.fieldKey(key, id), value };
  },
  async open_item(from) {
    const stored = inner(from, "sealed");
    const sealed = {
      itemId: octets(stored, "item_id"),
      version: whole(stored, "version"),
      key: octets(stored, "key"),
      fields: blobs(inner(stored, "fields")),
    };
    const listed = Object.entries(inner(from, "hashes")).map(
      ([id, hash]) => [toText(id), toText(String(hash))] as const,
    );
    const keyHash = toText(text(from, "key_hash"));
    const item = await sealing.openItem(
      collection(inner(from, "collection")),
      sealed,
      new Map(listed),
      keyHash,
    );
    return { kind: item.kind, label: item.label, rows: item.rows, fields: Object.fromEntries(item.fields) };
  },
  async open_grant_key(from) {
    const opener = await sealing.OpeningKey.fromSeed(octets(from, "seed"));
    const parties = { partner: text(from, "partner"), ownerKid: octets(from, "owner_kid") };
    const committed = commitment(inner(from, "commitment"));
    const shares = list(from, "shares");
    return {
      key: (await sealing.openGrantKey(opener, octets(from, "grant_id"), shares, committed, parties)).key,
    };
  },
  async find_grant_key(from) {
    const roots = (from["roots"] as readonly Inputs[]).map(root);
    const committed = commitment(inner(from, "commitment")).key;
    return {
      key: (await sealing.findGrantKey(roots, octets(from, "grant_id"), whole(from, "version"), committed))
        .key,
    };
  },
  async open_granted(from) {
    const key = { grantId: octets(from, "grant_id"), key: octets(from, "grant_key") };
    const place = [octets(from, "item_id"), whole(from, "version")] as const;
    const envelope = await sealing.openEnvelope(key, ...place, octets(from, "blob"));
    const values = await sealing.openGranted(envelope, blobs(inner(from, "fields")));
    const fields = envelope.fields.map((field) => ({
      name: field.name,
      field_id: fromBase64url(field.fieldId),
      key: field.key,
      sha256: fromBase64url(field.sealed),
    }));
    const { itemId, version, sealedAt, kind } = envelope;
    return {
      envelope: { item_id: itemId, version, sealed_at: sealedAt, kind, fields },
      values: Object.fromEntries(values),
    };
  },
  async open_blob(from) {
    const reference = sealing.readBlobReference(octets(from, "reference"));
    const blob = octets(from, "blob");
    const value = await sealing.openBlob(reference, blob);
    const source = {
      size: blob.length,
      read: async (start: number, end: number) => blob.subarray(start, end),
    };
    const reader = await sealing.BlobReader.open(reference, source);
    const ranges = (from["ranges"] as readonly (readonly [number, number])[]).map(([start, size]) =>
      reader.read(start, size),
    );
    const { blobId, key, size, sha256, mediaType, name } = reference;
    return {
      blob_id: blobId,
      key,
      size,
      sha256,
      media_type: mediaType,
      name,
      value,
      ranges: await Promise.all(ranges),
    };
  },
  async seal_parts(from) {
    const file = new Blob([octets(from, "value")]);
    const plan = {
      blobId: octets(from, "blob_id"),
      key: octets(from, "key"),
      outline: await outlineOf(file),
    };
    const parts: Bytes[] = [];
    for await (const part of sealParts(plan, file, from["part_bytes"] as number)) parts.push(part);
    return { parts: await Promise.all(parts.map((part) => sha256(part))), blob: concat(...parts) };
  },
};

export const operations = Object.keys(OPERATIONS);

export function runSealing(vector: SealingVector): Promise<Outcome> {
  return outcomeOf(vector.name, vector.expect, async () => {
    const operation = OPERATIONS[vector.operation];
    if (operation === undefined) throw new Error(`no operation ${vector.operation}`);
    return difference(written(await operation(vector.inputs)), vector.outputs);
  });
}

/** Bytes as the vectors write them. */
function written(value: unknown): unknown {
  if (value instanceof Uint8Array) return toHex(value);
  if (Array.isArray(value)) return value.map(written);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, written(member)]));
}
