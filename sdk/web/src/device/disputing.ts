/** When a use was not right, and what offers share among many: disputes, and pots with her shares of them. */

import { Refused } from "planetvault/client/errors";
import { newest } from "planetvault/client/pinned";
import { Earning } from "./earning.ts";
import type * as shown from "./shown.ts";

const earnings = () => import("planetvault/money/index");
const offering = () => import("planetvault/offers/index");

export class Disputing extends Earning {
  /** Every dispute about a use of her data, by either side, the newest first. */
  async disputes(): Promise<readonly shown.ShownDispute[]> {
    const { disputes } = await earnings();
    const owner = await this.opened();
    const made = await disputes(owner);
    const receipts = made.length === 0 ? [] : await owner.receipts();
    const told = made.map(async ({ dispute, side, decision }) => {
      const { receipt, reason, time } = dispute.record;
      const at = receipts.findIndex((one) => one.receipt.hash === receipt);
      const name = await this.nameOf(receipts[at]?.receipt.record.partner ?? "");
      const place = { hash: dispute.hash, receipt, place: at + 1, name };
      return { ...place, side, reason, time, decision: decision?.record ?? null };
    });
    return (await Promise.all(told)).reverse();
  }

  /** Say of a use that it was not right. */
  async dispute(receipt: string, reason: string): Promise<void> {
    const { dispute } = await earnings();
    const owner = await this.opened();
    const about = (await owner.receipts()).find((one) => one.receipt.hash === receipt);
    if (about === undefined) throw new Refused("not-found", 404, "there is no such receipt", "");
    // A record's text is one line (docs/spec/signed-record.md).
    await dispute(owner, about.receipt, reason.trim().replace(/\s+/g, " "));
  }

  // -- pools ---------------------------------------------------------------------------

  /** Pots in which she takes part, until they are divided. */
  async joinedPools(): Promise<readonly shown.ShownJoined[]> {
    const { joinedPools } = await offering();
    return (await joinedPools(await this.opened())).map(({ offer, grant, grantState, points }) => {
      const { pool: pot, currency, expires } = offer.record;
      const { name } = newest(offer.partner).record;
      return { grant, standing: grantState === "standing", name, pot, currency, expires, points };
    });
  }

  /** What she got of pots that were divided, each worked out again here, the newest first. */
  async poolShares(): Promise<readonly shown.ShownShare[]> {
    const { amountOf, pools } = await earnings();
    const shares = (await pools(await this.opened())).map(async (share) => {
      const { pot, currency, points: allPoints, grants, time } = share.division.record;
      const { grant, points } = share;
      const told = { grant, pot, currency, points, allPoints, grants, time };
      return {
        ...told,
        name: await this.nameOf(share.offer.record.partner),
        amount: Number(amountOf(share)),
      };
    });
    return (await Promise.all(shares)).reverse();
  }
}
