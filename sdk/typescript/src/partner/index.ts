/** A partner, with all that its console shows: keys that move, offers, webhooks, conduct, invoices, test mode. */

export * from "./browser-keys.js";
export * from "./conduct.js";
export type { AnsweredUse } from "./following.js";
export * from "./invoice.js";
export * from "./key-file.js";
export { type KeyHolder, newSecrets, type Secrets } from "./keyring.js";
export * from "./listening.js";
export * from "./offering.js";
export type { Opened, OpenedItem } from "./opened.js";
export * from "./opening.js";
export * from "./partner.js";
export * from "./rewards.js";
export * from "./trying.js";
