/** Envelopes: the keys of the granted fields, for one grant and one version of one item (docs/spec/envelope.md). */

import type { Bytes } from "../encoding.js";
import { compare, concat, fromBase64url, toBase64url, utf8 } from "../encoding.js";
import { InputError, OpenError } from "../errors.js";
import { context, ID_BYTES } from "./context.js";
import type { GrantKey } from "./grant-key.js";
import type { Ciphertexts, Hashes, ItemKey } from "./item.js";
import {
  fieldIdOf,
  fieldKey,
  openFieldValue,
  verifyFieldName,
  verifyHashes,
  verifyReadNames,
} from "./item.js";
import { LayoutReader, writeCount, writeNumber, writeText } from "./layout.js";
import { pad, unpad } from "./padding.js";
import { KEY_BYTES, seal, unseal } from "./seal.js";
import type { CollectionKey } from "./tree.js";

/** One field that a partner may open. */
export interface GrantedField {
  readonly name: string;
  readonly fieldId: string;
  readonly key: Bytes;
  /** SHA-256 of its ciphertext, in base64url. */
  readonly sealed: string;
}

export interface Envelope {
  readonly itemId: Bytes;
  readonly version: number;
  /** Whole seconds since 1970 in UTC. */
  readonly sealedAt: number;
  readonly kind: string;
  readonly fields: readonly GrantedField[];
}

/**
 * Collect the keys of the named fields of one item version; `hashes` are those of its manifest.
 *
 * @throws InputError if no field is named, or one that the item does not have.
 */
export async function makeEnvelope(
  collection: CollectionKey,
  item: ItemKey,
  hashes: Hashes,
  names: readonly string[],
  sealedAt: Date,
): Promise<Envelope> {
  const ordered = [...new Set(names.map(verifyFieldName))].sort((one, other) =>
    compare(utf8(one), utf8(other)),
  );
  const fields = await Promise.all(ordered.map((name) => grantField(collection, item, hashes, name)));
  if (fields.length === 0) throw new InputError("an envelope names at least one field");
  const { itemId, version } = item;
  return { itemId, version, sealedAt: Math.floor(sealedAt.getTime() / 1000), kind: collection.kind, fields };
}

async function grantField(
  collection: CollectionKey,
  item: ItemKey,
  hashes: Hashes,
  name: string,
): Promise<GrantedField> {
  const id = await fieldIdOf(collection, name);
  const sealed = hashes.get(id);
  if (sealed === undefined) throw new InputError("a field that the item does not have");
  return { name, fieldId: id, key: await fieldKey(item, id), sealed };
}

export function sealEnvelope(key: GrantKey, envelope: Envelope): Promise<Bytes> {
  const place = context("envelope", key.grantId, envelope.itemId, envelope.version);
  return seal(key.key, place, pad(write(envelope)));
}

/**
 * Open the envelope of one item version, as the partner, with item and version from the receipt.
 *
 * @throws OpenError whatever the reason, another version's envelope included.
 */
export async function openEnvelope(
  key: GrantKey,
  itemId: Bytes,
  version: number,
  blob: Uint8Array,
): Promise<Envelope> {
  const octets = await unseal(key.key, context("envelope", key.grantId, itemId, version), blob);
  const reader = new LayoutReader(unpad(octets));
  if (reader.number() !== version) throw new OpenError();
  const [sealedAt, kind] = [reader.time(), reader.text()];
  const fields = Array.from({ length: reader.count() }, () => readField(reader));
  reader.end();
  verifyReadNames(fields.map((field) => field.name));
  const ids = new Set(fields.map((field) => field.fieldId));
  if (fields.length === 0 || ids.size !== fields.length) throw new OpenError();
  return { itemId, version, sealedAt, kind, fields };
}

/**
 * Open the ciphertexts that came with an envelope: name → value.
 *
 * @throws OpenError if one is missing, one too many, or one is not the owner's.
 */
export async function openGranted(
  envelope: Envelope,
  ciphertexts: Ciphertexts,
): Promise<ReadonlyMap<string, Bytes>> {
  await verifyHashes(ciphertexts, new Map(envelope.fields.map((field) => [field.fieldId, field.sealed])));
  const opened = envelope.fields.map(async ({ name, fieldId, key }) => {
    const blob = ciphertexts.get(fieldId) ?? new Uint8Array();
    return [name, await openFieldValue(key, envelope, fieldId, blob)] as const;
  });
  return new Map(await Promise.all(opened));
}

function write(envelope: Envelope): Bytes {
  const { version, sealedAt, kind, fields } = envelope;
  const start = [writeNumber(version), writeNumber(sealedAt), writeText(kind), writeCount(fields.length)];
  const parts = fields.flatMap((field) => [
    writeText(field.name),
    fromBase64url(field.fieldId),
    field.key,
    fromBase64url(field.sealed),
  ]);
  return concat(...start, ...parts);
}

function readField(reader: LayoutReader): GrantedField {
  const [name, id] = [reader.text(), reader.take(ID_BYTES)];
  const [key, sealed] = [reader.take(KEY_BYTES), reader.take(32)];
  return { name, fieldId: toBase64url(id), key, sealed: toBase64url(sealed) };
}
