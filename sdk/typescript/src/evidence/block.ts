/** Does a block of a chain hold the root? Computed from its header alone (docs/spec/chain-proof.md). */

import { sha256 } from "../digest.js";
import type { Bytes } from "../encoding.js";
import { concat, fromBase64url, fromHex, same, toBase64url, utf8 } from "../encoding.js";
import { FormatError, ProofError } from "../errors.js";
import type { Anchor } from "../records/kinds.js";
import type { ChainProof } from "./chain-proof.js";
import type { Checkpoint } from "./checkpoint.js";
import { keccak256 } from "./keccak.js";
import type { Item } from "./rlp.js";
import { readList, readNumber, readRlp, readString, writeRlp } from "./rlp.js";
import { recoverAddress } from "./secp256k1.js";
import { verifyValue } from "./trie.js";
import type { ChainTrust } from "./trust.js";

const [STATE_ROOT, NUMBER, TIMESTAMP, EXTRA] = [3, 8, 11, 12] as const;
const LONGEST_VANITY = 32;
const SEAL_BYTES = 65;
const ADDRESS_BYTES = 20;
const MOST_SEALS = 64;
const ROOT_AT_SLOT = 3n;

/** A block that holds the root. */
export interface Proven {
  readonly number: bigint;
  readonly hash: Bytes;
  /** Seconds since 1970, by the clock of the chain. */
  readonly time: bigint;
  /** Who vouches for the block: the trust file, validators of the trust file, or the vault alone. */
  readonly basis: "pinned" | "sealed" | "named";
  readonly seals: number;
}

interface Header {
  readonly number: bigint;
  readonly hash: Bytes;
  readonly time: bigint;
  readonly stateRoot: Uint8Array;
  /** What validators signed, and their signatures; without seals, none. */
  readonly sealed: Bytes;
  readonly seals: readonly Uint8Array[];
}

/**
 * The block that holds the checkpoint's root in the contract of the trust file.
 *
 * @throws FormatError if the header or a node is malformed.
 * @throws SignatureError if a seal is none.
 * @throws ProofError if nobody vouches for the block, or it does not hold this root at this size.
 */
export async function verifyChainProof(
  proof: ChainProof,
  checkpoint: Checkpoint,
  trusted: ChainTrust,
  anchor: Anchor | null,
): Promise<Proven> {
  const header = readHeader(fromBase64url(proof.header));
  const vouched = verifyVouched(header, trusted, anchor);
  const account = readRlp(
    verifyValue(header.stateRoot, fromBase64url(trusted.contract), proof.account.map(fromBase64url)),
  );
  const [, , storageRoot, codeHash] = readList(account, 4);
  if (toBase64url(readString(codeHash, 32)) !== trusted.code_hash)
    throw new ProofError("the contract has other code");
  const slot = storageSlot(await sha256(utf8(checkpoint.origin)), checkpoint.size);
  const word = readString(
    readRlp(verifyValue(readString(storageRoot, 32), slot, proof.storage.map(fromBase64url))),
  );
  if (word.length > 32 || !same(concat(new Uint8Array(32 - word.length), word), checkpoint.root))
    throw new ProofError("the contract holds another root at this size");
  return { number: header.number, hash: header.hash, time: header.time, ...vouched };
}

/** Where the contract keeps a root: keccak256(slot ‖ key), once for each of two maps. */
function storageSlot(log: Uint8Array, size: bigint): Bytes {
  return keccak256(keccak256(wordOf(ROOT_AT_SLOT), log), wordOf(size));
}

const wordOf = (value: bigint): Bytes => fromHex(value.toString(16).padStart(64, "0"));

function verifyVouched(
  header: Header,
  trusted: ChainTrust,
  anchor: Anchor | null,
): Pick<Proven, "basis" | "seals"> {
  const hash = toBase64url(header.hash);
  if (trusted.blocks.includes(hash)) return { basis: "pinned", seals: 0 };
  const validators = new Set(trusted.validators);
  if (validators.size > 0) {
    const sealers = new Set(header.seals.map((seal) => toBase64url(recoverAddress(header.sealed, seal))));
    const seals = [...validators].filter((each) => sealers.has(each)).length;
    if (seals * 3 < validators.size * 2) throw new ProofError("too few trusted validators sealed the block");
    return { basis: "sealed", seals };
  }
  if (anchor !== null && BigInt(anchor.block) === header.number && anchor.block_hash === hash)
    return { basis: "named", seals: 0 };
  throw new ProofError("the block is not pinned, not sealed, and not the one that the vault names");
}

function readHeader(raw: Uint8Array): Header {
  const fields = readList(readRlp(raw));
  if (fields.length < 15 || fields.length > 32) throw new FormatError("not a header");
  return {
    number: readNumber(fields[NUMBER]),
    time: readNumber(fields[TIMESTAMP]),
    stateRoot: readString(fields[STATE_ROOT], 32),
    ...readHashes(raw, fields, readString(fields[EXTRA])),
  };
}

type Hashes = Pick<Header, "hash" | "sealed" | "seals">;

/** Longer extra data are a list under QBFT, or a vanity, validators and one seal, end to end, under Clique. */
function readHashes(raw: Uint8Array, fields: readonly Item[], extra: Uint8Array): Hashes {
  if (extra.length <= LONGEST_VANITY) return { hash: keccak256(raw), sealed: new Uint8Array(), seals: [] };
  const parts = partsUnderQbft(extra);
  if (parts !== null) return underQbft(fields, parts);
  const beyond = extra.length - LONGEST_VANITY - SEAL_BYTES;
  if (beyond < 0 || beyond % ADDRESS_BYTES !== 0)
    throw new FormatError("extra data of a kind not known here");
  const sealed = hashWithExtra(fields, extra.slice(0, -SEAL_BYTES));
  return { hash: keccak256(raw), sealed, seals: [extra.slice(-SEAL_BYTES)] };
}

type Parts = readonly [vanity: Item, validators: Item, vote: Item, round: Item, seals: Item];

function partsUnderQbft(extra: Uint8Array): Parts | null {
  try {
    return readList(readRlp(extra), 5) as unknown as Parts;
  } catch (error) {
    if (error instanceof FormatError) return null;
    throw error;
  }
}

/** The block's hash leaves out the seals and takes the round as 0; a seal signs the header without the seals. */
function underQbft(fields: readonly Item[], [vanity, validators, vote, round, given]: Parts): Hashes {
  readString(vanity, LONGEST_VANITY);
  const seals = readList(given).map((seal) => readString(seal));
  if (seals.length > MOST_SEALS) throw new FormatError("a header with too many seals");
  const hash = (...last: readonly Item[]): Bytes =>
    hashWithExtra(fields, writeRlp([vanity, validators, vote, ...last]));
  return { hash: hash(new Uint8Array(), []), sealed: hash(round, []), seals };
}

function hashWithExtra(fields: readonly Item[], extra: Uint8Array): Bytes {
  return keccak256(writeRlp([...fields.slice(0, EXTRA), extra, ...fields.slice(EXTRA + 1)]));
}
