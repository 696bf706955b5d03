/** Guardians: people who together bring an account back (docs/spec/guardians.md). */

export { addGuardians, type Circle, type Notice, openings, veto, WAITING_SECONDS } from "./circle.js";
export { Guardian, type KeptShare } from "./guardian.js";
export { Guardians } from "./opening.js";
export { type Gathered, Recovery } from "./recovery.js";
export { numberOfInvitation } from "./texts.js";
