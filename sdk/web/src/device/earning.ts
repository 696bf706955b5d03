/** What her data earned: the balances, the statement, claims and rewards. */

import { Refused } from "planetvault/client/errors";
import type { Way, Withdrawal } from "planetvault/money/index";
import { Consenting } from "./consenting.ts";
import type * as shown from "./shown.ts";

const BALANCES = ["estimated", "pending", "payable", "leaving", "paid"] as const;
const earnings = () => import("planetvault/money/index");

export class Earning extends Consenting {
  async money(): Promise<shown.Balances> {
    const answer = await (await this.opened()).account.get("/v1/account");
    const balances = answer.object("balances");
    const read = Object.fromEntries(BALANCES.map((name) => [name, balances.whole(name)]));
    return { ...(read as Record<(typeof BALANCES)[number], number>), currency: answer.text("currency") };
  }

  /** The vault's own signed sum, which must agree with every receipt, decision and share of a pool. */
  async statement(): Promise<shown.ShownStatement> {
    const { jws, record } = await (await this.opened()).statement();
    const { pending, payable, leaving, paid, currency, receipts, time } = record;
    return { jws, pending, payable, leaving, paid, currency, receipts, time };
  }

  // -- claims --------------------------------------------------------------------------

  async claim(amount: number, destination: string, way: Way): Promise<void> {
    const { claim } = await earnings();
    await claim(await this.opened(), amount, destination, way);
  }

  /** The newest first. */
  async claims(): Promise<readonly shown.ShownClaim[]> {
    const { claims } = await earnings();
    const made = await claims(await this.opened());
    const told = made.map(({ hash, state, payouts, record }) => {
      const { way, amount, currency, destination, time } = record;
      const reference = payouts.at(-1)?.record.reference ?? null;
      return { hash, way, amount, currency, destination, time, state, reference };
    });
    return told.reverse();
  }

  /** What a wallet sends to the payout contract for a claim; refused with `not-found` until the vault has distributed it. */
  async withdrawal(hash: string): Promise<Withdrawal> {
    const { claims, withdrawal } = await earnings();
    const owner = await this.opened();
    const made = (await claims(owner)).find((claim) => claim.hash === hash);
    if (made === undefined) throw new Refused("not-found", 404, "there is no such claim", "");
    return withdrawal(owner, made);
  }

  /** What holds her money back, and what became of her appeals. */
  async brakes(): Promise<readonly shown.ShownBrake[]> {
    const { appeals, brakes } = await earnings();
    const owner = await this.opened();
    const made = await appeals(owner);
    return (await brakes(owner)).map((brake) => {
      const {
        lifted = null,
        answer = null,
        ...found
      } = made.findLast((one) => one.brake === brake.code) ?? {};
      return { ...brake, appeal: "number" in found ? { lifted, answer } : null };
    });
  }

  async appeal(brake: string, words: string): Promise<void> {
    const { appeal } = await earnings();
    await appeal(await this.opened(), brake, words);
  }

  // -- rewards -------------------------------------------------------------------------

  async rewards(): Promise<readonly shown.ShownReward[]> {
    const { rewards } = await earnings();
    const offered = (await rewards(await this.opened())).map(async ({ hash, stock, record }) => {
      const { partner, title, details, kind, price, currency, days } = record;
      return {
        ...{ hash, stock, title, details, kind, price, currency, days },
        partner: await this.nameOf(partner),
      };
    });
    return Promise.all(offered);
  }

  async redeem(hash: string): Promise<void> {
    const { redeem, rewards } = await earnings();
    const owner = await this.opened();
    const reward = (await rewards(owner)).find((one) => one.hash === hash);
    if (reward === undefined) throw new Refused("not-found", 404, "there is no such reward", "");
    await redeem(owner, reward);
  }

  /** The newest first. */
  async redemptions(): Promise<readonly shown.ShownRedemption[]> {
    const { redemptions } = await earnings();
    const made = (await redemptions(await this.opened())).map(async (one) => {
      const { title, partner } = one.reward.record;
      const { price, currency } = one.record;
      const { hash, state, until, code } = one;
      return { hash, title, partner: await this.nameOf(partner), price, currency, state, until, code };
    });
    return (await Promise.all(made)).reverse();
  }
}
