/** Proofs in the state of an EVM chain: Merkle Patricia tries (yellow paper, appendix D; EIP-1186). */

import { same, toHex } from "../encoding.js";
import { FormatError, ProofError } from "../errors.js";
import { keccak256 } from "./keccak.js";
import type { Item } from "./rlp.js";
import { readList, readRlp, readString } from "./rlp.js";

const BRANCH = 17;

/**
 * What stands under a key in the trie of this root; never empty. Keys are hashed, so values stand in leaves alone.
 *
 * @throws FormatError if a node is not one.
 * @throws ProofError if the nodes do not lead from the root to a value, or there are more than needed.
 */
export function verifyValue(root: Uint8Array, key: Uint8Array, nodes: readonly Uint8Array[]): Uint8Array {
  let path = toHex(keccak256(key));
  let at: Item | undefined = root;
  let used = 0;
  for (;;) {
    if (at instanceof Uint8Array) {
      if (at.length === 0) throw new ProofError("nothing stands under this key");
      const raw: Uint8Array | undefined = nodes[used++];
      if (raw === undefined || !same(keccak256(raw), at))
        throw new ProofError("a node of the trie is missing");
      at = readRlp(raw);
    }
    const node: readonly Item[] = readList(at, BRANCH, 2);
    if (node.length === BRANCH) {
      if (path === "") throw new ProofError("the path through the trie ends before its value");
      at = node[Number.parseInt(path.slice(0, 1), 16)];
      path = path.slice(1);
      continue;
    }
    const [here, leaf] = readPart(readString(node[0]));
    if (!path.startsWith(here)) throw new ProofError("nothing stands under this key");
    path = path.slice(here.length);
    at = node[1];
    if (!leaf) continue;
    if (path !== "" || used !== nodes.length) throw new ProofError("path and nodes do not end together");
    return readString(at);
  }
}

/** The half bytes of a path, and whether they end at a leaf (hex-prefix encoding). */
function readPart(packed: Uint8Array): [string, boolean] {
  const digits = toHex(packed);
  if (!/^([13]|[02]0)/.test(digits)) throw new FormatError("a path in the trie is not of its form");
  return [digits.slice(/^[13]/.test(digits) ? 1 : 2), /^[23]/.test(digits)];
}
