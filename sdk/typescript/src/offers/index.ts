/** Offers found, rules kept and counter-offers made: what is decided on the owner's own device. */

export * from "./countering.js";
export * from "./kept-rules.js";
export * from "./offers.js";
export { brokenBy, EVERYTHING, isWithin, partOfOneUse, type Rule, type Rules } from "./rules.js";
