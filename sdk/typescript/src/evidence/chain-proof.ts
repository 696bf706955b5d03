/** What comes with a proof file to show that a block holds the root (docs/spec/chain-proof.md). */

import * as shape from "../records/shape.js";

const NODES = shape.list(shape.blob(1024), 1, 32);

export const CHAIN_PROOF = shape.object({ header: shape.blob(8192), account: NODES, storage: NODES });
export type ChainProof = ReturnType<typeof CHAIN_PROOF>;
