/** What holds an owner's money back and why, and the person whom she can ask to let it go (docs/spec/http.md, Brakes). */

import type { Owner } from "../owner/owner.js";

/** Why money is held; `until` when, if time alone lets it go. */
export interface Brake {
  readonly code: string;
  readonly words: string;
  readonly until: string | null;
}

/** What was asked of a person; `lifted` and `answer` are null while it waits. */
export interface Appeal {
  readonly number: number;
  readonly brake: string;
  readonly words: string;
  readonly lifted: boolean | null;
  readonly answer: string | null;
}

export async function brakes(owner: Owner): Promise<readonly Brake[]> {
  const rows = (await owner.account.get("/v1/brakes")).objects("data");
  return rows.map((row) => {
    return {
      code: row.text("code"),
      words: row.text("words"),
      until: row.has("until") ? row.time("until") : null,
    };
  });
}

/** Ask a person to lift a brake; the appeal's number. */
export async function appeal(owner: Owner, brake: string, words: string): Promise<number> {
  return (await owner.account.put("POST", "/v1/appeals", { brake, words })).whole("number");
}

/** Her appeals and their answers, oldest first. */
export async function appeals(owner: Owner): Promise<readonly Appeal[]> {
  const rows = await owner.account.list("/v1/appeals");
  return rows.map((row) => {
    return {
      number: row.whole("number"),
      brake: row.text("brake"),
      words: row.text("words"),
      lifted: row.has("lifted") ? row.boolean("lifted") : null,
      answer: row.textOrNull("answer"),
    };
  });
}
