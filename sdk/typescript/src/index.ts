/**
 * Planet Vault for browsers, React Native and Node: signed records, their evidence, and what is sealed on the
 * owner's device. docs/spec in the project has the formats; the shared vectors decide who is right.
 */

export * from "./client/errors.js";
export { IndexedDbMemory } from "./client/indexed-db-memory.js";
export { type DeviceStore, FleetingMemory, type Memory } from "./client/memory.js";
export * from "./clusters.js";
export * from "./columns.js";
export type { Bytes } from "./encoding.js";
export { fromBase64url, fromHex, toBase64url, toHex } from "./encoding.js";
export * from "./errors.js";
export * from "./evidence/index.js";
export { kidOf, SigningKey } from "./keys.js";
export type { OwnItem } from "./owner/items.js";
export type { StandingLocker } from "./owner/lockers.js";
export { type Opener, Passkey, Password, RecoveryPhrase } from "./owner/openers.js";
export { type GivenGrant, Owner, type OwnerOptions, type Preview, type ReceivedAsk } from "./owner/owner.js";
export type { CheckedReceipt } from "./owner/receipts.js";
export { type Terms, textHash, textOf } from "./owner/wording.js";
export type { AnsweredUse } from "./partner/following.js";
export type { Opened, OpenedItem } from "./partner/opened.js";
export {
  type Asked,
  type HeldGrant,
  Partner,
  type PartnerOptions,
  type Wish,
} from "./partner/partner.js";
export * from "./records/index.js";
export * from "./sealing/index.js";
