/**
 * The tree and the call of the payout contract (docs/spec/payout-contract.md). Pure.
 *
 *     leaf = keccak256(keccak256(address, left-padded to 32 bytes ‖ cumulative, 32 bytes))
 *     node = keccak256(the lesser of two nodes ‖ the greater)
 */

import type { Bytes } from "../encoding.js";
import { compare, concat, fromHex, same, utf8 } from "../encoding.js";
import { FormatError } from "../errors.js";
import { keccak256 } from "../evidence/keccak.js";
import { must } from "../records/signed.js";

const ADDRESS_BYTES = 20;
const WORD = 32;
const SIGNATURE = "withdraw(address,uint256,bytes32[])";
const BEFORE_THE_PROOF = 3n * 32n;

/** A call of the contract: a wallet on chain `chainId` sends `data` to `contract`. */
export interface Withdrawal {
  readonly contract: string;
  readonly chainId: number;
  /** To whom it pays. */
  readonly account: string;
  /** All that was ever claimed to this address; the contract pays what of it was not withdrawn. */
  readonly cumulative: number;
  readonly root: string;
  readonly data: string;
}

export interface Leaf {
  readonly account: Uint8Array;
  readonly cumulative: bigint;
}

/**
 * The leaf, if the proof leads from it to the root.
 *
 * @throws FormatError for an address or a proof that is none, ProofError if it leads elsewhere.
 */
export function verifyLeaf(leaf: Leaf, proof: readonly Bytes[], root: Bytes): Leaf {
  if (leaf.account.length !== ADDRESS_BYTES || leaf.cumulative < 1n)
    throw new FormatError("not a leaf of a distribution");
  if ([...proof, root].some((node) => node.length !== WORD))
    throw new FormatError("not a proof of a distribution");
  const first = keccak256(keccak256(word(leaf.account), wordOf(leaf.cumulative)));
  const reached = proof.reduce((node, sibling) => {
    return compare(node, sibling) < 0 ? keccak256(node, sibling) : keccak256(sibling, node);
  }, first);
  must(same(reached, root), "the distribution says something else of this address");
  return leaf;
}

/** What the contract is called with, by the Solidity ABI. */
export function callOf({ account, cumulative }: Leaf, proof: readonly Bytes[]): Bytes {
  const selector = keccak256(utf8(SIGNATURE)).slice(0, 4);
  const head = [word(account), wordOf(cumulative), wordOf(BEFORE_THE_PROOF)];
  return concat(selector, ...head, wordOf(BigInt(proof.length)), ...proof);
}

function word(octets: Uint8Array): Bytes {
  return concat(new Uint8Array(WORD - octets.length), octets);
}

function wordOf(value: bigint): Bytes {
  return word(fromHex(value.toString(16).padStart(2 * WORD, "0")));
}
