/** The partner of the story: a Python process of the project's own SDK, told what to do. */

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { PACKAGE, PYTHON, ROOT } from "./files.ts";
import { environment } from "./running-vault.ts";

export interface Answer {
  readonly refused?: string;
  readonly rows?: number;
  readonly columns?: readonly string[];
  readonly title?: string;
  /** Of the one file that was opened. */
  readonly sha256?: string;
}

export interface RunningPartner {
  tell(told: Readonly<Record<string, unknown>>): Promise<Answer>;
  stop(): Promise<void>;
}

export async function runPartner(url: string, domain: string, name: string): Promise<RunningPartner> {
  const folder = mkdtempSync(`${tmpdir()}/planetvault-partner-`);
  const command = ["-W", "ignore", join(PACKAGE, "tests/partner.py"), url, join(folder, "memory")];
  const program = spawn(PYTHON, command, {
    cwd: ROOT,
    env: environment({}),
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = new Promise<void>((exit) => program.once("exit", () => exit()));
  const lines = createInterface({ input: program.stdout })[Symbol.asyncIterator]();
  const tell = async (told: Readonly<Record<string, unknown>>): Promise<Answer> => {
    program.stdin.write(`${JSON.stringify(told)}\n`);
    const line = await lines.next();
    if (line.done === true) throw new Error("the partner's program ended");
    return JSON.parse(line.value) as Answer;
  };
  const stop = async (): Promise<void> => {
    program.stdin.end();
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  await tell({ do: "create", domain, name });
  return { tell, stop };
}
