/** Sealing: what the vault can't read (docs/spec/sealing.md, keys.md, item.md, envelope.md). */

export * from "./blob.js";
export { context, type Label } from "./context.js";
export * from "./envelope.js";
export * from "./grant-key.js";
export { hseal, OpeningKey } from "./hseal.js";
export * from "./item.js";
export * from "./lockers.js";
export { pad, paddedSize, unpad } from "./padding.js";
export { entropyOf, phraseOf } from "./recovery-phrase.js";
export { kdf, seal, unseal } from "./seal.js";
export * from "./stretching.js";
export * from "./tree.js";
