/** How a stranger can tell of a receipt (docs/spec/log.md, checkpoint.md, proof.md, trust.md). */

export type { Proven } from "./block.js";
export type { ChainProof } from "./chain-proof.js";
export * from "./checkpoint.js";
export type { Tree } from "./merkle.js";
export { leafHash, nodeHash, verifyConsistency, verifyInclusion } from "./merkle.js";
export * from "./note.js";
export * from "./tlog-proof.js";
export * from "./trust.js";
export * from "./verify.js";
