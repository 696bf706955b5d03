/** An object that lives in a worker: the page calls its methods by name, and the answers come back. */

import { scriptAddress } from "./scripts.ts";

export interface Call {
  readonly id: number;
  readonly name: string;
  readonly given: readonly unknown[];
}

export interface Fault {
  readonly name: string;
  readonly message: string;
  /** Of a refusal (docs/spec/http.md), else empty. */
  readonly code: string;
}

export type Message<P> =
  | { readonly progress: P }
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly error: Fault };

/** What went wrong in the worker, with the name it had there. */
export class RemoteError extends Error {
  readonly code: string;

  constructor({ name, message, code }: Fault) {
    super(message);
    this.name = name;
    this.code = code;
  }
}

interface Waiting {
  resolve(answer: unknown): void;
  reject(error: RemoteError): void;
}

/** The page's end of the object in the worker at `address`, which starts at the first call. */
export function remote<T extends object, P = never>(
  address: string,
  onProgress: (progress: P) => void = () => {},
): T {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | null = null;
  let last = 0;

  function heard({ data }: MessageEvent<Message<P>>): void {
    if ("progress" in data) {
      onProgress(data.progress);
      return;
    }
    const call = waiting.get(data.id);
    waiting.delete(data.id);
    if ("error" in data) call?.reject(new RemoteError(data.error));
    else call?.resolve(data.answer);
  }
  function started(): Worker {
    if (worker !== null) return worker;
    worker = new Worker(scriptAddress(address), { type: "module" });
    worker.addEventListener("message", heard);
    return worker;
  }
  function ask(name: string, given: readonly unknown[]): Promise<unknown> {
    const id = ++last;
    const answer = new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
    started().postMessage({ id, name, given } satisfies Call);
    return answer;
  }
  return new Proxy({} as T, {
    get:
      (_, name) =>
      (...given: readonly unknown[]) =>
        ask(String(name), given),
  });
}
