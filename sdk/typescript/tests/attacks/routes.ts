/** From a request to the route that answers it, and from an error to a problem (RFC 9457). */

import { fromUtf8 } from "../../src/encoding.js";
import { VaultError } from "../../src/errors.js";

export type Json = Record<string, unknown>;

/** A no, with the code of docs/spec/http.md. */
export class No extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
  ) {
    super(code);
  }
}

export function no(status: number, code: string): No {
  return new No(status, code);
}

interface Given {
  readonly method: string;
  readonly url: URL;
  readonly body: Uint8Array | null;
  readonly headers: Headers;
}

export interface Asked extends Given {
  octets(): Uint8Array;
  json(): Json;
}

type Route = (asked: Asked, name: string) => Promise<unknown>;

/** The answer of the route that fits; a `*` stands for one segment, which is handed on. */
export async function routed(routes: Readonly<Record<string, Route>>, given: Given): Promise<Response> {
  const octets = (): Uint8Array => given.body ?? new Uint8Array();
  const asked = { ...given, octets, json: () => JSON.parse(fromUtf8(octets())) as Json };
  const target = `${given.method} ${given.url.pathname}`;
  for (const [pattern, route] of Object.entries(routes)) {
    const found = new RegExp(`^${pattern.replaceAll("*", "([^/]+)")}$`).exec(target);
    if (found === null) continue;
    const answer = await route(asked, decodeURIComponent(found[1] ?? ""));
    return new Response(typeof answer === "string" ? answer : JSON.stringify(answer));
  }
  throw no(404, "not-found");
}

export function refuse(error: unknown): Response {
  const [status, code] = error instanceof No ? [error.status, error.code] : [422, "malformed"];
  if (!(error instanceof No || error instanceof VaultError || error instanceof SyntaxError)) throw error;
  const problem = { code, status, detail: String(error), request_id: "" };
  return Response.json(problem, { status });
}
