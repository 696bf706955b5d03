/**
 * Planet Vault for browsers, React Native and Node: signed records, their evidence, and what is sealed on the
 * owner's device. docs/spec in the project has the formats; the shared vectors decide who is right.
 */

export type { Bytes } from "./encoding.js";
export { fromBase64url, fromHex, toBase64url, toHex } from "./encoding.js";
export * from "./errors.js";
export * from "./evidence/index.js";
export { kidOf, SigningKey } from "./keys.js";
export * from "./records/index.js";
export * from "./sealing/index.js";
