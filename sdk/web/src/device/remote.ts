/** The page's end: her device as an object whose methods are answered by the worker. */

import { scriptAddress } from "../frame/scripts.ts";
import type { Device } from "./device.ts";
import type { Progress } from "./shown.ts";
import address from "./worker.ts?worker&url";

/** What can be asked of the device, as the page sees it. */
export type RemoteDevice = Pick<Device, keyof Device>;

export interface Call {
  readonly id: number;
  readonly name: keyof Device;
  readonly given: readonly unknown[];
}

export interface Fault {
  readonly name: string;
  readonly message: string;
  /** Of a refusal (docs/spec/http.md), else empty. */
  readonly code: string;
}

export type Message =
  | { readonly progress: Progress }
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly error: Fault };

/** What went wrong on the device, with the name it had there. */
export class DeviceError extends Error {
  readonly code: string;

  constructor({ name, message, code }: Fault) {
    super(message);
    this.name = name;
    this.code = code;
  }
}

interface Waiting {
  resolve(answer: unknown): void;
  reject(error: DeviceError): void;
}

const waiting = new Map<number, Waiting>();
const listeners = new Set<(progress: Progress) => void>();
let worker: Worker | null = null;
let last = 0;

function started(): Worker {
  if (worker !== null) return worker;
  worker = new Worker(scriptAddress(address), { type: "module" });
  worker.addEventListener("message", ({ data }: MessageEvent<Message>) => {
    if ("progress" in data) {
      for (const listen of listeners) listen(data.progress);
      return;
    }
    const call = waiting.get(data.id);
    waiting.delete(data.id);
    if ("error" in data) call?.reject(new DeviceError(data.error));
    else call?.resolve(data.answer);
  });
  return worker;
}

function ask(name: keyof Device, given: readonly unknown[]): Promise<unknown> {
  const id = ++last;
  const answer = new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
  started().postMessage({ id, name, given } satisfies Call);
  return answer;
}

export const device = new Proxy({} as RemoteDevice, {
  get:
    (_, name) =>
    (...given: readonly unknown[]) =>
      ask(name as keyof Device, given),
});

/** Hear how far something is; the answer ends it. */
export function onProgress(listen: (progress: Progress) => void): () => void {
  listeners.add(listen);
  return () => listeners.delete(listen);
}
