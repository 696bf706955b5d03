/** An owner's money: claim it, withdraw it from the contract, redeem it; what holds it back; disputes and shares of pools. */

export type { CheckedDispute } from "../owner/disputes.js";
export { amountOf, type PoolShare } from "../owner/pools.js";
export * from "./books.js";
export * from "./brakes.js";
export * from "./claims.js";
export * from "./rewards.js";
export type { Withdrawal } from "./withdrawal.js";
