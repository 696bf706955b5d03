/** The worker's end: calls come in by name, answers go out, and what takes a while is told on the way. */

import { Refused } from "planetvault/client/errors";
import { Device } from "./device.ts";
import type { Call, Message } from "./remote.ts";

const send = (message: Message): void => postMessage(message);
const device = Device.open(location.origin, (progress) => send({ progress }));

addEventListener("message", ({ data }: MessageEvent<Call>) => {
  void run(data).then(send);
});

async function run({ id, name, given }: Call): Promise<Message> {
  try {
    const method = (await device)[name] as (...given: unknown[]) => Promise<unknown>;
    return { id, answer: await method.apply(await device, [...given]) };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return {
      id,
      error: { name: error.name, message: error.message, code: error instanceof Refused ? error.code : "" },
    };
  }
}
