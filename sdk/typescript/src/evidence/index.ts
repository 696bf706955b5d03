/** Evidence: how a stranger can tell, of receipts and of what businesses put on record (docs/spec/proof.md, evidence-log.md). */

export * from "./evidence-proof.js";
export * from "./receipts.js";
export * from "./verify-evidence.js";
