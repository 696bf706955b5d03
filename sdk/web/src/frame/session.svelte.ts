/** Whether this browser has an account, and whether it is open. The account itself is the worker's. */

import { device } from "../device/remote.ts";

/** `none`: a visitor. `away`: an account whose vault can't be reached just now. */
export type Stage = "none" | "opening" | "open" | "away" | "broken";

/** That there is an account is no secret, and knowing it at once saves a visitor the worker. */
const MARK = "account";

const session = $state<{ stage: Stage; error: unknown }>({
  stage: localStorage.getItem(MARK) === null ? "none" : "opening",
  error: null,
});

export function stage(): Stage {
  return session.stage;
}

export function fault(): unknown {
  return session.error;
}

/** Open what this device has. */
export async function enter(): Promise<void> {
  session.stage = "opening";
  try {
    const { account, reached } = await device.enter();
    if (!account) return leave();
    session.stage = reached ? "open" : "away";
    if (reached) await device.refresh();
  } catch (error) {
    session.error = error;
    session.stage = "broken";
  }
}

/** An account was made, or opened, on this device. */
export function arrived(): void {
  localStorage.setItem(MARK, "here");
  session.stage = "open";
}

export function leave(): void {
  localStorage.removeItem(MARK);
  session.stage = "none";
}

if (session.stage === "opening") void enter();
