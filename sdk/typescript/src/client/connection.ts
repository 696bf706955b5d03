/** One exchange with the vault (docs/spec/http.md): tried again while that is safe, read within limits, or refused by name. */

import { random } from "../digest.js";
import type { Bytes } from "../encoding.js";
import { concat, toHex, utf8 } from "../encoding.js";
import { Answer } from "./answer.js";
import { BrokenAnswer, Refused, Unreachable } from "./errors.js";

/** Before the second, third … try, in milliseconds; each is stretched by up to half. */
const PAUSES = [250, 500, 1000, 2000];
const LONGEST_PAUSE = 60_000;
const TIMEOUT = 60_000;
const MOST_ANSWER_BYTES = 32 * 1024 * 1024;
const PAGE = 100;
const MOST_PAGES = 10_000;

export interface Message {
  readonly method: string;
  /** The path, with its query. */
  readonly target: string;
  readonly body: Bytes | null;
  readonly headers: Readonly<Record<string, string>>;
  /** Ends the exchange at once, also between two tries. */
  readonly signal?: AbortSignal | undefined;
}

/** Headers that say who is asking, made anew for every try. */
export type Credential = (message: Message) => Promise<Readonly<Record<string, string>>>;

export const nobody: Credential = async () => ({});

/** A clock is an argument everywhere. */
export type Clock = () => Date;

export class Connection {
  constructor(
    /** Where the vault answers, without a slash at the end. */
    readonly url: string,
    private readonly send: typeof fetch = (...request) => fetch(...request),
  ) {}

  async get(target: string, who: Credential = nobody): Promise<Answer> {
    return Answer.read(await this.exchange({ method: "GET", target, body: null, headers: {} }, who));
  }

  /** Send one JSON object; an answer without a body is an empty one. */
  async put(method: string, target: string, body: unknown, who: Credential = nobody): Promise<Answer> {
    const headers = { "content-type": "application/json" };
    const answer = await this.exchange({ method, target, body: utf8(JSON.stringify(body)), headers }, who);
    return answer.length === 0 ? new Answer({}) : Answer.read(answer);
  }

  /** Every row of a list, page by page. */
  async list(target: string, who: Credential = nobody): Promise<readonly Answer[]> {
    const rows: Answer[] = [];
    let after = "";
    for (let page = 0; page < MOST_PAGES; page++) {
      const answer = await this.get(`${target}?limit=${PAGE}${after}`, who);
      rows.push(...answer.objects("data"));
      const next = answer.textOrNull("next");
      if (next === null) return rows;
      after = `&after=${encodeURIComponent(next)}`;
    }
    throw new BrokenAnswer("the list does not end");
  }

  /**
   * The body of the answer. The same bytes go out at every try, which is safe for all routes.
   *
   * @throws Refused for a no that will not change, Unreachable if no answer came after all tries, the signal's reason if it ended.
   */
  async exchange(message: Message, who: Credential = nobody): Promise<Bytes> {
    const id = toHex(random(8));
    let lost = false;
    for (const pause of [...PAUSES, null]) {
      const tried = await within(message.signal, (signal) => this.#once(message, who, id, signal));
      if (tried instanceof Uint8Array) return tried;
      // Who asks too fast is told so before anybody looks at what is asked: an earlier try may have been done.
      const unknown = lost && tried.error instanceof Refused && tried.error.status === 429;
      if (pause === null || !tried.again || tried.after > LONGEST_PAUSE)
        throw unknown
          ? new Unreachable("the vault lost an answer, and now lets nobody ask so fast")
          : tried.error;
      lost ||= !(tried.error instanceof Refused) || tried.error.status >= 500;
      const wait = Math.max(tried.after, pause * (1 + Math.random() / 2));
      await new Promise((resume) => setTimeout(resume, wait));
    }
    throw new Unreachable("the vault did not answer");
  }

  async #once(message: Message, who: Credential, id: string, signal: AbortSignal): Promise<Bytes | Failure> {
    const { method, target, body } = message;
    const headers = { ...message.headers, "x-request-id": id, ...(await who(message)) };
    const request: RequestInit = { method, headers, body, redirect: "manual", signal };
    const answer = await this.send(this.url + target, request).catch(() => null);
    if (answer?.ok) return readWithin(answer, MOST_ANSWER_BYTES);
    const again = answer === null || answer.status === 429 || answer.status >= 500;
    const after = Number(answer?.headers.get("retry-after") ?? 0) * 1000 || 0;
    return { error: await refusal(answer), again, after };
  }
}

/** A try that brought nothing: whether another may, and how many milliseconds the vault wants to be left alone. */
interface Failure {
  readonly error: Error;
  readonly again: boolean;
  readonly after: number;
}

/**
 * Run one try, with a signal that ends it when its time is over, or when `outer` does. It leaves no timer behind, which
 * would hold the bytes of a request for as long as it runs.
 */
async function within<T>(
  outer: AbortSignal | undefined,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const ending = new AbortController();
  const end = (): void => ending.abort();
  const timer = setTimeout(end, TIMEOUT);
  outer?.addEventListener("abort", end);
  try {
    outer?.throwIfAborted();
    return await run(ending.signal);
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener("abort", end);
    outer?.throwIfAborted();
  }
}

async function readWithin(answer: Response, most: number): Promise<Bytes> {
  const parts: Uint8Array[] = [];
  let size = 0;
  const reader = answer.body?.getReader();
  try {
    for (let part = await reader?.read(); part?.done === false; part = await reader?.read()) {
      size += part.value.length;
      if (size > most) throw new BrokenAnswer("the answer is longer than any answer");
      parts.push(part.value);
    }
  } catch (cause) {
    if (cause instanceof BrokenAnswer) throw cause;
    throw new Unreachable("the answer broke off", { cause });
  }
  return concat(...parts);
}

async function refusal(answer: Response | null): Promise<Error> {
  if (answer === null) return new Unreachable("the vault did not answer");
  if (answer.status < 400) return new BrokenAnswer("the vault points elsewhere: this client follows nobody");
  try {
    return problemOf(Answer.read(await readWithin(answer, 65_536)), answer.status);
  } catch {
    return new Refused("unknown", answer.status, "the vault refused without saying why", "");
  }
}

/** The error that a problem (RFC 9457) stands for. */
export function problemOf(problem: Answer, status: number): Refused {
  const text = (name: string): string => (problem.has(name) ? problem.text(name) : "");
  const said = problem.has("status") ? problem.whole("status") : status;
  return new Refused(text("code") || "unknown", said, text("detail"), text("request_id"));
}
