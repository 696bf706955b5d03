/** Signed records: who says what (docs/spec). */

export * from "./account-chain.js";
export * from "./consent.js";
export { JournalWalk, verifyManifest } from "./journal.js";
export * from "./kinds.js";
export { MOST_ENTRIES as MOST_PARTNER_ENTRIES, verifyPartner, verifySigner } from "./parties.js";
export * from "./receipts.js";
export { cluster, domain, origin, time, writeTime } from "./shape.js";
export type { AnyKind, Signed, Signers, Unsalted } from "./signed.js";
export { entryOf, hashOf, MOST_RECORD_BYTES, sign, verify } from "./signed.js";
export type { Json, JsonObject } from "./strict-json.js";
export { readJson } from "./strict-json.js";
