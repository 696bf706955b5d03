/** An owner on one device: what she keeps, whom she lets use it, and every receipt of it. */

export type { OwnItem } from "./items.js";
export type { DeviceKeys, StandingLocker, Told } from "./lockers.js";
export { type Opener, Passkey, Password, RecoveryPhrase } from "./openers.js";
export {
  type GivenGrant,
  type Joining,
  Owner,
  type OwnerOptions,
  type Preview,
  type Proposal,
  type ReceivedAsk,
} from "./owner.js";
export type { CheckedReceipt } from "./receipts.js";
export { type Terms, textHash, textOf } from "./wording.js";
