/** What a client makes of answers that do not come, or speak of themselves alone. */

import assert from "node:assert/strict";
import test from "node:test";
import { Connection } from "../src/client/connection.js";
import { Refused, Unreachable } from "../src/client/errors.js";
import { FleetingMemory } from "../src/client/memory.js";
import { PartnerKeys } from "../src/partner/keyring.js";

const ASK = { method: "POST", target: "/v1/uses", body: null, headers: {} } as const;

/** A vault of which each try gets the next of these answers, null being none. */
function answering(...statuses: readonly (number | null)[]): Connection {
  const left = [...statuses];
  const send = async (): Promise<Response> => {
    const status = left.shift() ?? null;
    if (status === null) throw new TypeError("the line went dead");
    return new Response("{}", { status, headers: status === 429 ? { "retry-after": "3600" } : {} });
  };
  return new Connection("http://127.0.0.1:1", send as typeof fetch);
}

/** What a partner that changes its keys remembers of its new entry, after this answer. */
async function keptAfter(status: number): Promise<string | undefined> {
  const memory = new FleetingMemory();
  await memory.keep({ "own/next": "an entry" });
  await assert.rejects(new PartnerKeys(answering(status), memory, () => new Date()).settle(), Refused);
  return memory.get("own/next");
}

test("to be too fast after a lost answer is no no: the first try may have been done", async () => {
  await assert.rejects(answering(null, 429).exchange(ASK), Unreachable);
  await assert.rejects(answering(503, 429).exchange(ASK), Unreachable);
});

test("to be too fast from the first is a no", async () => {
  await assert.rejects(answering(429).exchange(ASK), Refused);
});

test("an entry of the directory is given up for a clear no alone", async () => {
  assert.equal(await keptAfter(409), undefined);
  assert.equal(await keptAfter(429), "an entry");
});
