/** What everything sealed is bound to: a label of one purpose, and the place it belongs to (docs/spec/sealing.md, Context). */

import type { Bytes } from "../encoding.js";
import { concat, HALF_A_PAIR, u16be, u64be, utf8 } from "../encoding.js";
import { InputError } from "../errors.js";

export const ID_BYTES = 16;
export const KID_BYTES = 32;

/** What a label's parts are: an id, a kid, a domain, a text, a whole number, or bytes of any length. */
type Part = "id" | "kid" | "domain" | "text" | "number" | "bytes";

const LABELS = {
  "locker-sign": [],
  "locker-open": [],
  "locker-root": [],
  "guardians-locker": ["id"],
  "guardians-asking": [],
  "guardian-share": ["kid"],
  "locker-finder": [],
  "root-mac": ["id", "kid"],
  "password-locker": ["id", "id", "number", "number"],
  "passkey-locker": ["id"],
  "recovery-locker": ["id"],
  "root-for-locker": ["id", "number", "kid"],
  "root-commitment": ["id", "number"],
  "wrap-roots": [],
  "older-roots": ["id", "number"],
  identity: [],
  pairwise: ["domain"],
  "import-secret": [],
  "import-id": ["text", "bytes"],
  "record-secret": [],
  "wrap-secrets": [],
  "named-secret": ["id", "number", "text"],
  "wrap-collections": [],
  collection: ["id", "number", "id"],
  grant: ["id", "number"],
  "item-key": ["id", "id", "number"],
  field: ["id", "id", "number"],
  "field-value": ["id", "id", "number"],
  blob: ["id"],
  memory: ["text"],
  "grant-key": ["id", "domain", "kid", "kid", "number", "number"],
  "share-commit": ["id", "number", "number"],
  "grant-key-commit": ["id"],
  envelope: ["id", "id", "number"],
} as const satisfies Record<string, readonly Part[]>;

export type Label = keyof typeof LABELS;

type Value<P> = P extends "number" ? number : P extends "text" | "domain" ? string : Uint8Array;
type Values<P extends readonly Part[]> = { readonly [At in keyof P]: Value<P[At]> };

/**
 * The context with this label.
 *
 * @throws InputError if a part has the wrong length, or is a number out of range.
 */
export function context<L extends Label>(label: L, ...parts: Values<(typeof LABELS)[L]>): Bytes {
  const kinds: readonly Part[] = LABELS[label];
  const values = parts as readonly (Uint8Array | string | number)[];
  if (values.length !== kinds.length) throw new InputError(`the context ${label} has ${kinds.length} parts`);
  const written = values.map((value, at) => write(kinds[at] ?? "bytes", value));
  const pieces = written.flatMap((part) => [u16be(part.length), part]);
  return concat(utf8(`planetvault/v1/${label}\0`), ...pieces);
}

const DOMAIN = /^[a-z0-9.-]+$/;

function write(kind: Part, value: Uint8Array | string | number): Uint8Array {
  if (kind === "domain" && !DOMAIN.test(String(value))) throw new InputError("a domain is lower-case ASCII");
  const octets = octetsOf(value);
  const size = kind === "id" ? ID_BYTES : kind === "kid" ? KID_BYTES : octets.length;
  if (octets.length !== size || octets.length > 0xffff)
    throw new InputError("a part of a context has another length");
  return octets;
}

function octetsOf(value: Uint8Array | string | number): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value === "number") return u64be(wholeNumber(value));
  if (HALF_A_PAIR.test(value)) throw new InputError("a text is well-formed Unicode");
  return utf8(value);
}

/** @throws InputError unless it lies between 0 and 2⁵³ − 1. */
export function wholeNumber(value: number): number {
  if (!Number.isSafeInteger(value) || value < 0)
    throw new InputError("a whole number lies between 0 and 2⁵³ − 1");
  return value;
}
