/** A real vault for a test: the service's own process, in a folder of its own, on a free port. */

import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { ROOT } from "./files.js";

export const PYTHON = `${ROOT}.venv/bin/python`;
/** What a test is skipped with where the project's Python was not set up; false where it was. */
export const withoutPython = existsSync(PYTHON) ? false : "no .venv here: make setup";

const TOKEN = "an operator's token for this test alone";
const START_MS = 30_000;

export interface RunningVault {
  readonly url: string;
  topUp(partner: string, amount: number): Promise<void>;
  /** What the operator does, and the answer. */
  operate(path: string, body: unknown): Promise<Readonly<Record<string, unknown>>>;
  /** Every waiting period of guardians is over, as far as the vault knows. */
  endWaiting(): void;
  stop(): Promise<void>;
  /** Run a worker beside it, which begins with all that is done once a minute; what comes back ends it. */
  work(): () => Promise<void>;
  /** The last that the service said to its log. */
  words(): string;
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((ready) => probe.listen(0, "127.0.0.1", ready));
  const { port } = probe.address() as AddressInfo;
  await new Promise((closed) => probe.close(closed));
  return port;
}

export async function runVault(more: Readonly<Record<string, string>> = {}): Promise<RunningVault> {
  const [folder, port] = [mkdtempSync(`${tmpdir()}/planetvault-`), await freePort()];
  const settings = {
    PLANETVAULT_ORIGIN: "vault.example",
    PLANETVAULT_FOLDER: folder,
    PLANETVAULT_OPERATOR_TOKEN: TOKEN,
    PLANETVAULT_ANCHOR_SECONDS: "0",
    ...more,
  };
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith("PLANETVAULT_"));
  const command = ["-m", "vault", "serve", "--embedded", "--port", String(port)];
  const env = { ...Object.fromEntries(others), ...settings };
  const service = spawn(PYTHON, command, { cwd: ROOT, env, stdio: ["ignore", "pipe", "pipe"] });
  let words = "";
  service.stderr.on("data", (data: Buffer) => {
    words = (words + data.toString()).slice(-4000);
  });
  service.stdout.on("data", (data: Buffer) => {
    words = (words + data.toString()).slice(-4000);
  });
  const ended = new Promise<void>((exit) => service.once("exit", () => exit()));
  const url = `http://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    service.kill("SIGTERM");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  for (const deadline = Date.now() + START_MS; ; ) {
    const ready = await fetch(`${url}/readyz`).catch(() => null);
    if (ready?.ok) break;
    if (Date.now() > deadline || service.exitCode !== null) {
      await stop();
      throw new Error(`the vault does not start: ${words}`);
    }
    await new Promise((resume) => setTimeout(resume, 100));
  }
  const work = () => {
    const worker = spawn(PYTHON, ["-m", "vault", "work"], { cwd: ROOT, env, stdio: "ignore" });
    const done = new Promise<void>((exit) => worker.once("exit", () => exit()));
    return async () => {
      worker.kill("SIGTERM");
      await done;
    };
  };
  return {
    url,
    work,
    stop,
    words: () => words,
    topUp: async (partner, amount) => {
      await operate(url, "/v1/topups", { partner, amount, reference: "a bank transfer" });
    },
    operate: (path, body) => operate(url, path, body),
    endWaiting: () => endWaiting(`${folder}/vault.sqlite3`),
  };
}

const END_WAITING = `
import sqlite3, sys, time
with sqlite3.connect(sys.argv[1], timeout=10) as vault:
    vault.execute("UPDATE openings SET opens = ?", [int(time.time()) - 1])
`;

function endWaiting(database: string): void {
  execFileSync(PYTHON, ["-c", END_WAITING, database]);
}

async function operate(url: string, path: string, said: unknown): Promise<Readonly<Record<string, unknown>>> {
  const body = JSON.stringify(said);
  const headers = {
    authorization: `Bearer ${TOKEN}`,
    "idempotency-key": createHash("sha256")
      .update(path + body)
      .digest("hex"),
    "content-type": "application/json",
  };
  const answer = await fetch(url + path, { method: "POST", headers, body });
  if (!answer.ok) throw new Error(await answer.text());
  return (await answer.json()) as Readonly<Record<string, unknown>>;
}
