/** Offers found, rules kept and counter-offers made: what is decided on the owner's own device. */

export * from "./countering.js";
export { type JoinedPool, joinedPools } from "./joined.js";
export * from "./kept-rules.js";
export { type FoundOffer, type Held, type Looking, offersFor, type ReadOffer } from "./offers.js";
export { brokenBy, EVERYTHING, isWithin, partOfOneUse, type Rule, type Rules } from "./rules.js";
