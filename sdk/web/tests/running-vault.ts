/** A real vault that serves the app: the service's own process, in a folder of its own, on a free port. */

import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { PYTHON, ROOT } from "./files.ts";

export const OPERATOR_TOKEN = "an operator's token for this test alone";
const START_MS = 30_000;

export interface RunningVault {
  /** By the name that passkeys work under; addresses of numbers have none. */
  readonly url: string;
  topUp(partner: string, amount: number): Promise<void>;
  /** Every waiting period of guardians is over, as far as the vault knows. */
  endWaiting(): void;
  /** A partner's offers are over, as far as the vault knows, and all uses an hour ago: pots are shared within a minute. */
  endOffers(partner: string): void;
  /** End every dispute that waits: so many micros of the owner's part go back. */
  decide(share: number, reason: string): Promise<void>;
  stop(): Promise<void>;
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

/** Without the settings of whoever runs this. */
export function environment(settings: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith("PLANETVAULT_"));
  return { ...Object.fromEntries(others), ...settings };
}

export async function runVault(settings: Readonly<Record<string, string>> = {}): Promise<RunningVault> {
  const [folder, port] = [mkdtempSync(`${tmpdir()}/planetvault-app-`), await freePort()];
  const env = environment({
    PLANETVAULT_ORIGIN: "vault.example",
    PLANETVAULT_FOLDER: folder,
    PLANETVAULT_OPERATOR_TOKEN: OPERATOR_TOKEN,
    PLANETVAULT_ANCHOR_SECONDS: "0",
    ...settings,
  });
  const command = ["-m", "vault", "serve", "--embedded", "--port", String(port)];
  const service = spawn(PYTHON, command, { cwd: ROOT, env, stdio: ["ignore", "pipe", "pipe"] });
  let words = "";
  for (const stream of [service.stdout, service.stderr]) {
    stream.on("data", (data: Buffer) => {
      words = (words + data.toString()).slice(-4000);
    });
  }
  const ended = new Promise<void>((exit) => service.once("exit", () => exit()));
  const url = `http://localhost:${port}`;
  const stop = async (): Promise<void> => {
    service.kill("SIGTERM");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  for (const deadline = Date.now() + START_MS; ; ) {
    const ready = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null);
    if (ready?.ok) break;
    if (Date.now() > deadline || service.exitCode !== null) {
      await stop();
      throw new Error(`the vault does not start: ${words}`);
    }
    await new Promise((resume) => setTimeout(resume, 100));
  }
  return {
    url,
    stop,
    words: () => words,
    topUp: (partner, amount) => topUp(port, partner, amount),
    endWaiting: () => change(`${folder}/vault.sqlite3`, END_WAITING),
    endOffers: (partner) => change(`${folder}/vault.sqlite3`, END_OFFERS, partner),
    decide: (share, reason) => decide(port, share, reason),
  };
}

const END_WAITING = ["UPDATE openings SET opens = unixepoch() - 1 WHERE ? = ''"];
const END_OFFERS = [
  "UPDATE receipts SET time = time - 3600 WHERE ? <> ''",
  "UPDATE offers SET expires = unixepoch() - 600 WHERE partner = ?",
];

const CHANGE = `
import sqlite3, sys
with sqlite3.connect(sys.argv[1], timeout=10) as vault:
    for statement in sys.argv[3:]:
        vault.execute(statement, [sys.argv[2]])
`;

/** Statements with one parameter, by which a test does not have to wait. */
function change(database: string, statements: readonly string[], parameter = ""): void {
  execFileSync(PYTHON, ["-c", CHANGE, database, parameter, ...statements]);
}

async function operate(port: number, path: string, body?: unknown): Promise<Record<string, unknown>> {
  const headers = { authorization: `Bearer ${OPERATOR_TOKEN}`, "content-type": "application/json" };
  const sent = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers, ...sent });
  if (!answer.ok) throw new Error(await answer.text());
  return (await answer.json()) as Record<string, unknown>;
}

async function decide(port: number, share: number, reason: string): Promise<void> {
  const { data } = await operate(port, "/v1/disputes/open");
  for (const { hash } of data as { readonly hash: string }[])
    await operate(port, "/v1/decisions", { dispute: hash, share, fee: 0, reason });
}

async function topUp(port: number, partner: string, amount: number): Promise<void> {
  const headers = {
    authorization: `Bearer ${OPERATOR_TOKEN}`,
    "idempotency-key": `${partner} ${amount}`,
    "content-type": "application/json",
  };
  const body = JSON.stringify({ partner, amount, reference: "a bank transfer" });
  const answer = await fetch(`http://127.0.0.1:${port}/v1/topups`, { method: "POST", headers, body });
  if (!answer.ok) throw new Error(await answer.text());
}
