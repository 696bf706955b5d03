/**
 * What this partner asked and offered: what its keys signed is its own, wherever they did.
 *
 * In memory: `ask/<hash>` and `offer/<hash>` are the asks and offers it knows. Its console and its server both make some;
 * those are learned when a grant answers one.
 */

import type { Connection, Credential } from "../client/connection.js";
import { Refused } from "../client/errors.js";
import type { Memory } from "../client/memory.js";
import type { Ask, Grant, Offer } from "../records/kinds.js";
import { ASK, OFFER } from "../records/kinds.js";
import type { Signed } from "../records/signed.js";
import { must, verify } from "../records/signed.js";
import type { PartnerKeys } from "./keyring.js";

export class Proposals {
  constructor(
    private readonly vault: Connection,
    private readonly memory: Memory,
    private readonly keys: PartnerKeys,
  ) {}

  /**
   * The ask or offer that a grant answers.
   *
   * @throws ProofError if it is none that is known here: else anybody could sell us anything.
   */
  async answeredBy(grant: Signed<Grant>): Promise<Ask | Offer> {
    const { ask } = grant.record;
    const asked = await this.memory.get(`ask/${ask}`);
    if (asked !== undefined) return (await this.#ours(asked, ASK)).record;
    const offered = await this.memory.get(`offer/${ask}`);
    must(offered !== undefined, "the grant answers no ask or offer of this client");
    return (await this.#ours(offered, OFFER)).record;
  }

  /**
   * Learn what these grants answer, as far as it is not known here and the vault shows it.
   *
   * @throws SignatureError if it shows an ask or offer as ours that none of our keys signed.
   */
  async learn(grants: readonly Signed<Grant>[], who: Credential): Promise<void> {
    const unknown = new Set<string>();
    for (const { record } of grants)
      if (record.ask !== null && !(await this.#knows(record.ask))) unknown.add(record.ask);
    if (unknown.size === 0) return;
    for (const row of await this.vault.list("/v1/asks", who)) {
      const ask = await this.#ours(row.record("ask"), ASK);
      if (unknown.delete(ask.hash)) await this.memory.keep({ [`ask/${ask.hash}`]: ask.jws });
    }
    for (const hash of unknown) await this.#learnOffer(hash);
  }

  async #learnOffer(hash: string): Promise<void> {
    try {
      const row = await this.vault.get(`/v1/offers/${hash}`);
      const offer = await this.#ours(row.record("offer"), OFFER);
      await this.memory.keep({ [`offer/${offer.hash}`]: offer.jws });
    } catch (error) {
      if (!(error instanceof Refused && error.code === "not-found")) throw error;
    }
  }

  async #knows(hash: string): Promise<boolean> {
    const kept = [await this.memory.get(`ask/${hash}`), await this.memory.get(`offer/${hash}`)];
    return kept.some((jws) => jws !== undefined);
  }

  async #ours<K extends typeof ASK | typeof OFFER>(jws: string, kind: K) {
    const entries = await this.keys.entries();
    return verify(jws, kind, () => entries.map(({ record }) => record.sign_key));
  }
}
