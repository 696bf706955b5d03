/**
 * The chain of a grant as a partner follows it: every receipt has its place, and none is left out.
 *
 * In memory: `receipt/<grant>/<seq>` holds each receipt with the use it answers.
 */

import { BrokenAnswer } from "../client/errors.js";
import type { Memory } from "../client/memory.js";
import type { Trust } from "../evidence/trust.js";
import type { Receipt, Use } from "../records/kinds.js";
import { RECEIPT } from "../records/kinds.js";
import { verifyNextReceipt } from "../records/receipts.js";
import type { Signed } from "../records/signed.js";
import { must, verify } from "../records/signed.js";

/** A receipt, and the use it answers; null for the receipt that closes the chain. */
export interface AnsweredUse {
  readonly receipt: Signed<Receipt>;
  readonly use: Signed<Use> | null;
}

const placeOf = (grant: string, seq: number): string => `receipt/${grant}/${String(seq).padStart(17, "0")}`;

export class Following {
  constructor(
    private readonly memory: Memory,
    private readonly trust: Trust,
  ) {}

  /** The newest receipt of a grant that is remembered. */
  async head(grant: string): Promise<Signed<Receipt> | null> {
    const last = (await this.memory.under(`receipt/${grant}/`)).at(-1);
    return last === undefined ? null : this.read(last[1].split("\n")[0] ?? "");
  }

  read(jws: string): Promise<Signed<Receipt>> {
    return verify(jws, RECEIPT, () => this.trust.keys);
  }

  /** The receipts of a grant as they are remembered, as they came: receipt and use. */
  async held(grant: string): Promise<readonly (readonly [string, string])[]> {
    const kept = await this.memory.under(`receipt/${grant}/`);
    return kept.map(([, pair]) => {
      const [receipt = "", use = ""] = pair.split("\n");
      return [receipt, use] as const;
    });
  }

  /**
   * Let a receipt take its place; one that holds its place already stays.
   *
   * @throws ProofError for a gap, a second receipt in one place, or one after the chain was closed.
   */
  async join(receipt: Signed<Receipt>, use: string | null, others: Record<string, null> = {}): Promise<void> {
    const { grant, seq } = receipt.record;
    const held = await this.memory.get(placeOf(grant, seq));
    if (held === undefined) verifyNextReceipt(await this.head(grant), receipt);
    else must(held.split("\n")[0] === receipt.jws, "two receipts in one place of a chain");
    await this.memory.keep({ [placeOf(grant, seq)]: `${receipt.jws}\n${use ?? ""}`, ...others });
  }

  /** Whether receipts before this one are missing. */
  async lacks(receipt: Signed<Receipt>): Promise<boolean> {
    return receipt.record.seq > ((await this.head(receipt.record.grant))?.record.seq ?? 0) + 1;
  }

  /** Continue the remembered chain with all that the vault shows of it. */
  async catchUp(
    grant: string,
    shown: readonly AnsweredUse[],
    check: (answered: AnsweredUse) => void,
  ): Promise<void> {
    const held = await this.held(grant);
    if (shown.length < held.length)
      throw new BrokenAnswer("the vault shows fewer receipts than this client holds");
    for (const [at, answered] of shown.entries()) {
      const before = held[at];
      if (before !== undefined)
        must(before[0] === answered.receipt.jws, "the vault shows another receipt than before");
      else {
        check(answered);
        await this.join(answered.receipt, answered.use?.jws ?? null);
      }
    }
  }
}
