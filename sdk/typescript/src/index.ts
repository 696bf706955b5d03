/**
 * Planet Vault for an owner's app, in browsers, React Native and Node: signed records, their evidence, what is sealed on
 * her device, and herself. docs/spec in the project has the formats; the shared vectors decide who is right. What businesses
 * put on record is checked by `planetvault/evidence`.
 */

export * from "./client/errors.js";
export { IndexedDbMemory } from "./client/indexed-db-memory.js";
export { type DeviceStore, FleetingMemory, type Memory } from "./client/memory.js";
export * from "./clusters.js";
export * from "./columns.js";
export type { Bytes } from "./encoding.js";
export { fromBase64url, fromHex, toBase64url, toHex } from "./encoding.js";
export * from "./errors.js";
export * from "./evidence/receipts.js";
export { kidOf, SigningKey } from "./keys.js";
export * from "./owner/index.js";
export * from "./records/index.js";
export * from "./sealing/index.js";
