/**
 * The wrapper of all records (docs/spec/signed-record.md): compact JWS, one header, the bytes kept as they came.
 */

import { random, sha256 } from "../digest.js";
import type { Bytes } from "../encoding.js";
import { concat, fromBase64url, fromUtf8, toBase64url, utf8 } from "../encoding.js";
import { FormatError, ProofError, SignatureError } from "../errors.js";
import type { SigningKey } from "../keys.js";
import { kidOf, verifySignature } from "../keys.js";
import type { Kind, RecordOf } from "./kinds.js";
import * as shape from "./shape.js";
import { readJson } from "./strict-json.js";

export const MOST_RECORD_BYTES = 65_536;
const SEGMENTS = /^([A-Za-z0-9_-]*)\.([A-Za-z0-9_-]*)\.([A-Za-z0-9_-]*)$/;
const KID = /^[A-Za-z0-9_-]{43}$/;

/** A record that was verified, with the very bytes that were signed. */
export interface Signed<T> {
  /** The compact JWS, as it came. */
  readonly jws: string;
  readonly record: T;
  /** The kid of the key that signed. */
  readonly kid: string;
  /** The record's name, 32 bytes in base64url. */
  readonly hash: string;
}

/** Given what a record says and the kid in its header, the public keys (base64url) it may be signed with. */
export type Signers<T> = (
  record: T,
  kid: string,
) => string | readonly string[] | Promise<string | readonly string[]>;

/** Any kind at all. */
export type AnyKind = Kind<shape.Fields>;

interface Parts<T> {
  readonly jws: string;
  readonly kid: string;
  readonly record: T;
  readonly signed: Bytes;
  readonly signature: Bytes;
}

/**
 * The record that these bytes are, signed by one of the keys that `signers` names.
 *
 * @throws FormatError if they are no record of this kind.
 * @throws SignatureError if none of those keys signed them.
 */
export async function verify<K extends AnyKind>(
  raw: string | Uint8Array,
  kind: K,
  signers: Signers<RecordOf<K>>,
): Promise<Signed<RecordOf<K>>> {
  const parts = read(raw, kind);
  const trusted = [await signers(parts.record, parts.kid)].flat();
  const kids = await Promise.all(trusted.map(kidOf));
  const key = trusted[kids.indexOf(parts.kid)];
  if (key === undefined) throw new SignatureError("signed by a key that is not trusted for it");
  await verifySignature(key, parts.signed, parts.signature);
  const { jws, record, kid } = parts;
  return { jws, record, kid, hash: await hashOf(kind, jws) };
}

/** A record of which every byte is vouched for elsewhere, by the hash that somebody signed. */
export async function vouched<K extends AnyKind>(
  raw: string | Uint8Array,
  kind: K,
): Promise<Signed<RecordOf<K>>> {
  const { jws, record, kid } = read(raw, kind);
  return { jws, record, kid, hash: await hashOf(kind, jws) };
}

/** What a record says, before its signature was looked at. */
function read<K extends AnyKind>(raw: string | Uint8Array, kind: K): Parts<RecordOf<K>> {
  if (raw.length > MOST_RECORD_BYTES) throw new FormatError("longer than a record may be");
  const jws = typeof raw === "string" ? raw : fromUtf8(raw);
  const [, header, payload, signature] = SEGMENTS.exec(jws) ?? [];
  if (header === undefined || payload === undefined || signature === undefined) {
    throw new FormatError("not three segments of base64url");
  }
  const kid = kidInHeader(fromUtf8(fromBase64url(header)), kind);
  const record = shape.object({ v: shape.one, ...kind.fields })(readJson(fromBase64url(payload)));
  const signed = utf8(`${header}.${payload}`);
  return { jws, kid, record: record as unknown as RecordOf<K>, signed, signature: fromBase64url(signature) };
}

function headerOf(kind: AnyKind, kid: string): string {
  return `{"alg":"Ed25519","typ":"planetvault-${kind.noun}+jws","kid":"${kid}"}`;
}

function kidInHeader(header: string, kind: AnyKind): string {
  const kid = header.slice(-45, -2);
  if (!KID.test(kid) || header !== headerOf(kind, kid))
    throw new FormatError(`not the header of a ${kind.noun}`);
  fromBase64url(kid);
  return kid;
}

/** The name of a record of this kind: SHA-256 over its label and its bytes, in base64url. */
export async function hashOf(kind: AnyKind, jws: string): Promise<string> {
  return toBase64url(await sha256(utf8(`planetvault/${kind.noun}/v1\0`), utf8(jws)));
}

/** The 33 bytes of a record in the log; null for a kind that is not logged. */
export function entryOf(kind: AnyKind, signed: Signed<unknown>): Bytes | null {
  return kind.type === null ? null : concat(Uint8Array.of(kind.type), fromBase64url(signed.hash));
}

/** What a record says, without the fields that signing adds. */
export type Unsalted<T> = Omit<T, "salt" | "v">;

/**
 * Sign a record, with a new salt unless one is given: never the same for two records.
 *
 * @throws FormatError if it has a field too few, or a value out of range.
 */
export async function sign<K extends AnyKind>(
  kind: K,
  content: Unsalted<RecordOf<K>>,
  key: SigningKey,
  salt: Bytes = random(32),
): Promise<Signed<RecordOf<K>>> {
  const said = { v: 1, ...content, salt: toBase64url(salt) } as Record<string, unknown>;
  const ordered = Object.fromEntries(["v", ...Object.keys(kind.fields)].map((name) => [name, said[name]]));
  const payload = toBase64url(utf8(JSON.stringify(ordered)));
  const body = `${toBase64url(utf8(headerOf(kind, key.kid)))}.${payload}`;
  const jws = `${body}.${toBase64url(await key.sign(utf8(body)))}`;
  return verify(jws, kind, () => key.publicKey);
}

/** @throws ProofError with this sentence, unless it holds. */
export function must(holds: boolean, sentence: string): asserts holds {
  if (!holds) throw new ProofError(sentence);
}
