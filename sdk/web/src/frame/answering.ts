/** The worker's end: calls come in by name, answers go out, and what takes a while is told on the way. */

import { Refused } from "planetvault/client/errors";
import type { Call, Message } from "./remote.ts";

export const send = (message: Message<unknown>): void => postMessage(message);

/** Let the page call the methods of this object. */
export function answerFor(coming: Promise<object>): void {
  addEventListener("message", ({ data }: MessageEvent<Call>) => {
    void run(coming, data).then(send);
  });
}

async function run(coming: Promise<object>, { id, name, given }: Call): Promise<Message<never>> {
  try {
    const target = (await coming) as Readonly<Record<string, (...given: unknown[]) => Promise<unknown>>>;
    return { id, answer: await target[name]?.(...given) };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const code = error instanceof Refused ? error.code : "";
    return { id, error: { name: error.name, message: error.message, code } };
  }
}
