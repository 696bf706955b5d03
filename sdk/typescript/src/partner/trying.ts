/** Test mode: owners who answer at once, money for nothing, and a clock that can be pushed. A live vault answers `not-found`. */

import type { Connection } from "../client/connection.js";
import type { Partner } from "./partner.js";

/** A test owner, by the kid to put into an ask. Her behaviour: grants, narrows, denies or revokes. */
export interface TestOwner {
  readonly kid: string;
  readonly behaviour: string;
}

/** The time of a test vault: what a client signs there must have it. */
export class TestClock {
  private constructor(
    private readonly vault: Connection,
    /** Seconds before the world's time. */
    public ahead: number,
  ) {}

  static async of(vault: Connection): Promise<TestClock> {
    return new TestClock(vault, (await vault.get("/v1/test/clock")).whole("ahead"));
  }

  readonly now = (): Date => new Date(Date.now() + this.ahead * 1000);

  /** Push the vault's time forward, for everybody in it. */
  async push(partner: Partner, seconds: number): Promise<Date> {
    const answer = await this.vault.put("POST", "/v1/test/clock", { seconds }, partner.who);
    this.ahead = answer.whole("ahead");
    return this.now();
  }
}

/** The test owners that know this partner: four, some seconds after it registered. */
export async function testOwners(partner: Partner): Promise<readonly TestOwner[]> {
  const rows = (await partner.vault.get("/v1/test/owners", partner.who)).objects("data");
  return rows.map((row) => ({ kid: row.hash("kid"), behaviour: row.text("behaviour") }));
}

/** Get test money, in micros; the funding there is then. */
export async function testTopUp(partner: Partner, amount: number): Promise<number> {
  return (await partner.vault.put("POST", "/v1/test/topups", { amount }, partner.who)).whole("funding");
}
