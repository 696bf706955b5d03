/**
 * What guardians brought back asks the vault for the half that it keeps closed (docs/spec/guardians.md, Waiting).
 *
 * In memory: `opening` is the request as it was signed, so that asking again asks for the same one.
 */

import type { Answer } from "../client/answer.js";
import { BrokenAnswer, Refused, StillWaiting, Vetoed } from "../client/errors.js";
import type { Bytes } from "../encoding.js";
import { fromBase64url, toBase64url } from "../encoding.js";
import type { OwnerAccount } from "../owner/account.js";
import type { Opener, Parameters } from "../owner/openers.js";
import { OPENING } from "../records/kinds.js";
import { writeTime } from "../records/shape.js";
import { sign } from "../records/signed.js";
import type { Locker } from "../sealing/lockers.js";
import { askingKey, finderOf, guardiansLocker } from "../sealing/lockers.js";

const ASKED = "opening";

/** The 16 bytes behind enough shares. Alone they open nothing: the vault adds its half when the waiting period is over. */
export class Guardians implements Opener {
  readonly #secret: Bytes;

  constructor(secret: Bytes) {
    this.#secret = secret;
  }

  finder(): Promise<Bytes> {
    return finderOf(this.#secret);
  }

  newParameters(): Parameters {
    return {};
  }

  /**
   * @throws StillWaiting until the waiting period is over.
   * @throws Vetoed if a device said no. The next call begins anew.
   */
  async locker(account: Bytes, _parameters: Answer, device: OwnerAccount): Promise<Locker> {
    const asked = (await this.#askedBefore(device)) ?? (await this.#ask(account, device));
    return guardiansLocker(this.#secret, await halfIn(asked, device), account);
  }

  isDated(): boolean {
    return false;
  }

  /** How far a remembered opening is; null if there is none, the vault does not know it, or it has lapsed. */
  async #askedBefore({ memory, vault }: OwnerAccount): Promise<Answer | null> {
    const opening = await memory.get(ASKED);
    if (opening === undefined) return null;
    try {
      const answer = await vault.put("POST", "/v1/openings", { opening });
      return answer.text("state") === "lapsed" ? null : answer;
    } catch (error) {
      if (error instanceof Refused && error.code === "signature") return null;
      throw error;
    }
  }

  async #ask(account: Bytes, { memory, vault, trust, clock }: OwnerAccount): Promise<Answer> {
    const said = { vault: trust.vault, account: toBase64url(account), time: writeTime(clock()) };
    const opening = (await sign(OPENING, said, await askingKey(this.#secret))).jws;
    await memory.keep({ [ASKED]: opening });
    return vault.put("POST", "/v1/openings", { opening });
  }
}

async function halfIn(asked: Answer, { memory }: OwnerAccount): Promise<Bytes> {
  switch (asked.text("state")) {
    case "waiting":
      throw new StillWaiting(asked.time("opens"));
    case "open":
      await memory.keep({ [ASKED]: null });
      return fromBase64url(asked.hash("half"));
    case "vetoed":
      await memory.keep({ [ASKED]: null });
      throw new Vetoed(asked.record("veto"));
    default:
      throw new BrokenAnswer("the answer does not say how far the opening is");
  }
}
