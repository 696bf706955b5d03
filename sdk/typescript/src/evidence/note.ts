/** Signed notes with their keys and policy: c2sp.org/signed-note and tlog-cosignature, as docs/spec/checkpoint.md has them. */

import { sha256 } from "../digest.js";
import type { Bytes } from "../encoding.js";
import { concat, fromBase64, fromUtf8, same, toBase64, toBase64url, toHex, utf8 } from "../encoding.js";
import { FormatError, SignatureError } from "../errors.js";
import { verifyPublicKey, verifySignature } from "../keys.js";

export const MOST_NOTE_BYTES = 128 * 1024;
export const MOST_SIGNATURES = 64;
export const MOST_WITNESSES = 32;
export const LONGEST_VKEY = 512;
const MARK = "— ";
/** Below U+0020, but not the newline (c2sp.org/signed-note). */
const CONTROL = /[\u0000-\u0009\u000b-\u001f]/;
/** 9999-12-31T23:59:59Z, in seconds. */
const LAST_SECOND = 253_402_300_799n;

export const LOG_TYPE = 0x01;
const WITNESS_TYPE = 0x04;

/** The key of a log or of a witness. */
export interface VerifierKey {
  readonly name: string;
  readonly type: number;
  /** 32 bytes in base64url. */
  readonly publicKey: string;
  readonly id: Bytes;
}

/** Whose word counts: the log's key, and how many of which witnesses must have cosigned. */
export interface Policy {
  readonly log: VerifierKey;
  readonly witnesses: readonly VerifierKey[];
  readonly quorum: number;
}

/** A witness vouched at this time, in seconds since 1970. */
export interface Cosignature {
  readonly witness: string;
  readonly time: number;
}

export interface VerifiedNote {
  readonly text: string;
  readonly cosignatures: readonly Cosignature[];
}

interface Line {
  readonly name: string;
  readonly id: Bytes;
  readonly signature: Bytes;
}

/**
 * A key written as `name+id+base64(type ‖ public key)`.
 *
 * @throws FormatError for another shape, an unknown type, a weak key, or an id that does not fit.
 */
export async function readVerifierKey(vkey: string): Promise<VerifierKey> {
  const [name = "", id = "", ...rest] = vkey.length > LONGEST_VKEY ? [] : vkey.split("+");
  const material = fromBase64(rest.join("+"));
  const type = material[0];
  verifyKeyName(name);
  if (material.length !== 33 || (type !== LOG_TYPE && type !== WITNESS_TYPE))
    throw new FormatError("not a verifier key");
  const publicKey = verifyPublicKey(toBase64url(material.subarray(1)));
  const found = (await sha256(utf8(`${name}\n`), material)).subarray(0, 4);
  if (toHex(found) !== id) throw new FormatError("the id of the verifier key does not fit its key");
  return { name, type, publicKey, id: found };
}

/** @throws FormatError for a quorum that cannot be met, or keys that repeat or are of the wrong type. */
export function policyOf(log: VerifierKey, witnesses: readonly VerifierKey[], quorum: number): Policy {
  const keys = new Set([log, ...witnesses].map((key) => key.publicKey));
  const typed = log.type === LOG_TYPE && witnesses.every((witness) => witness.type === WITNESS_TYPE);
  if (!typed || keys.size !== witnesses.length + 1)
    throw new FormatError("keys of the wrong type, or one key twice");
  if (quorum < 0 || quorum > witnesses.length || witnesses.length > MOST_WITNESSES) {
    throw new FormatError("the quorum asks for more witnesses than there are, or there are too many");
  }
  return { log, witnesses, quorum };
}

/**
 * The text of a note, if the policy's log and enough of its witnesses signed it.
 *
 * @throws FormatError if it is not a note.
 * @throws SignatureError if a known key's signature is wrong or comes twice, the log's is missing, or too few cosigned.
 */
export async function verifyNote(note: Uint8Array, policy: Policy): Promise<VerifiedNote> {
  const { text, lines } = readNote(note);
  const seen = new Set<VerifierKey>();
  const cosignatures: Cosignature[] = [];
  for (const line of lines) {
    const key = [policy.log, ...policy.witnesses].find(
      (known) => known.name === line.name && same(known.id, line.id),
    );
    if (key === undefined) continue;
    if (seen.has(key)) throw new SignatureError("a known key signed the note twice");
    seen.add(key);
    const time = await verifyLine(key, text, line.signature);
    if (time !== null) cosignatures.push({ witness: key.name, time });
  }
  if (!seen.has(policy.log)) throw new SignatureError("the log did not sign the note");
  if (cosignatures.length < policy.quorum) throw new SignatureError("too few witnesses cosigned");
  return { text, cosignatures };
}

/** The time a cosignature names; null for a log's signature. */
async function verifyLine(key: VerifierKey, text: string, signature: Bytes): Promise<number | null> {
  if (key.type === LOG_TYPE) {
    await verifySignature(key.publicKey, utf8(text), signature);
    return null;
  }
  if (signature.length !== 72) throw new SignatureError("a cosignature is a time and 64 bytes");
  const seconds = new DataView(signature.buffer, signature.byteOffset).getBigUint64(0);
  if (seconds > LAST_SECOND) throw new SignatureError("a cosignature from beyond the year 9999");
  await verifySignature(key.publicKey, utf8(`cosignature/v1\ntime ${seconds}\n${text}`), signature.slice(8));
  return Number(seconds);
}

export function readNote(note: Uint8Array): { readonly text: string; readonly lines: readonly Line[] } {
  if (note.length > MOST_NOTE_BYTES) throw new FormatError("the note is too long");
  const whole = fromUtf8(note);
  const gap = whole.lastIndexOf("\n\n");
  if (CONTROL.test(whole) || gap < 0 || !whole.endsWith("\n"))
    throw new FormatError("not a text and signature lines");
  const lines = whole.slice(gap + 2, -1).split("\n");
  if (lines.length > MOST_SIGNATURES) throw new FormatError("the note has too many signatures");
  return { text: whole.slice(0, gap + 1), lines: lines.map(readLine) };
}

function readLine(line: string): Line {
  const [name = "", encoded = "", ...more] = line.startsWith(MARK) ? line.slice(MARK.length).split(" ") : [];
  verifyKeyName(name);
  const blob = fromBase64(encoded);
  if (more.length > 0 || blob.length <= 4) throw new FormatError("not a signature line");
  return { name, id: blob.slice(0, 4), signature: blob.slice(4) };
}

function verifyKeyName(name: string): string {
  const size = utf8(name).length;
  if (size < 1 || size > 255 || /[+\p{White_Space}\u0000-\u001f]/u.test(name))
    throw new FormatError("not a key name");
  return name;
}

/** One signature line, as a note has it. */
export function writeLine(name: string, id: Uint8Array, signature: Uint8Array): string {
  return `${MARK}${name} ${toBase64(concat(id, signature))}\n`;
}
