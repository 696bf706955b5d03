/**
 * The owner's side: people who bring her account back together, and a time in which any device of hers can say no.
 *
 *     const letters = await addGuardians(owner, [mum, tom, ada], { threshold: 2 });    their invitations
 *     for (const notice of await openings(owner))                whenever a device opens the account
 *       await veto(owner, notice);                               that was not me
 */

import type { Answer } from "../client/answer.js";
import { BrokenAnswer, BrokenText } from "../client/errors.js";
import { random } from "../digest.js";
import type { Bytes } from "../encoding.js";
import { fromBase64url, toBase64url } from "../encoding.js";
import { AnchorError } from "../errors.js";
import type { Guarded, Opener, Parameters } from "../owner/openers.js";
import type { Owner } from "../owner/owner.js";
import { OPENING, VETO } from "../records/kinds.js";
import { writeTime } from "../records/shape.js";
import { sign, vouched } from "../records/signed.js";
import { sealLetter } from "../sealing/letter.js";
import type { Locker } from "../sealing/lockers.js";
import { askingKey, finderOf, guardiansLocker } from "../sealing/lockers.js";
import { ENTROPY_BYTES } from "../sealing/recovery-phrase.js";
import { KEY_BYTES } from "../sealing/seal.js";
import { splitSecret } from "../sealing/shares.js";
import { keyOfInvitation } from "./texts.js";

/** Seven days: long enough that somebody with a device looks at it. */
export const WAITING_SECONDS = 7 * 86_400;

export interface Circle {
  /** How many of them it takes. */
  readonly threshold: number;
  /** An hour to 90 days. */
  readonly waitingSeconds?: number;
}

/** Somebody asks, or asked, to open this account with the secret of its guardians. */
export interface Notice {
  /** The kid of the guardians' locker. */
  readonly locker: string;
  /** The hash of what was signed. */
  readonly opening: string;
  readonly asked: string;
  readonly opens: string;
  /** A veto stops it as long as it is `waiting`. */
  readonly state: string;
}

/** What is known on the one device that makes the locker, for as long as it takes to split the secret. */
class NewCircle implements Opener {
  readonly #secret = random(ENTROPY_BYTES);
  readonly #half = random(KEY_BYTES);

  constructor(
    private readonly threshold: number,
    private readonly people: number,
    private readonly waiting: number,
  ) {}

  shares(): Promise<readonly string[]> {
    return splitSecret(this.#secret, this.threshold, this.people);
  }

  finder(): Promise<Bytes> {
    return finderOf(this.#secret);
  }

  newParameters(): Parameters {
    return { threshold: this.threshold, shares: this.people, waiting: this.waiting };
  }

  async guarded(): Promise<Guarded> {
    const { publicKey } = await askingKey(this.#secret);
    return { half: toBase64url(this.#half), asking_key: publicKey, waiting: this.waiting };
  }

  locker(account: Bytes): Promise<Locker> {
    return guardiansLocker(this.#secret, this.#half, account);
  }

  isDated(): boolean {
    return false;
  }
}

/**
 * Let `threshold` of these people together open this account, after a waiting period.
 *
 * Compare the numbers of their invitations first (`numberOfInvitation`).
 *
 * @returns a letter for each, in the order of the invitations; it may travel on any path.
 * @throws BrokenText if an invitation is none, or one is there twice.
 * @throws InputError unless 2 ≤ threshold ≤ people ≤ 16.
 */
export async function addGuardians(
  owner: Owner,
  invitations: readonly string[],
  { threshold, waitingSeconds = WAITING_SECONDS }: Circle,
): Promise<readonly string[]> {
  const keys = await keysOf(invitations);
  const circle = new NewCircle(threshold, keys.length, waitingSeconds);
  const words = await circle.shares();
  const { trust, unlocked } = owner.account;
  const place = { vault: trust.vault, account: fromBase64url(unlocked.account) };
  const letters = await Promise.all(
    keys.map((key, at) => sealLetter({ ...place, words: words[at] ?? "" }, key)),
  );
  await owner.addLocker(circle);
  return letters;
}

async function keysOf(invitations: readonly string[]): Promise<readonly Bytes[]> {
  const keys = await Promise.all(invitations.map(keyOfInvitation));
  if (new Set(keys.map(toBase64url)).size !== keys.length)
    throw new BrokenText("one guardian's invitation is there twice: each keeps one share");
  return keys;
}

/** Who asks, or asked last, to open this account with the secret of guardians. Look whenever a device opens it. */
export async function openings(owner: Owner): Promise<readonly Notice[]> {
  const rows = (await owner.account.get("/v1/openings")).objects("data");
  return Promise.all(rows.map((row) => noticeOf(row, owner.account.unlocked.account)));
}

/** The asking key is the vault's to check: what it shows here is a warning, and no proof. */
async function noticeOf(row: Answer, account: string): Promise<Notice> {
  const { hash, record } = await vouched(row.record("opening"), OPENING).catch((cause: unknown) => {
    if (cause instanceof AnchorError)
      throw new BrokenAnswer("the vault shows an opening that is none", { cause });
    throw cause;
  });
  if (record.account !== account || hash !== row.hash("hash"))
    throw new BrokenAnswer("the vault shows an opening of another account");
  const [locker, opens, state] = [row.hash("locker"), row.time("opens"), row.text("state")];
  return { locker, opening: hash, asked: record.time, opens, state };
}

/**
 * Say no to an opening that waits. If it was not hers, remove the locker next.
 *
 * @throws Refused with `conflict` once the waiting period is over.
 */
export async function veto(owner: Owner, { opening }: Pick<Notice, "opening">): Promise<void> {
  const { account, locker } = owner.account.unlocked;
  const said = { account, opening, time: writeTime(owner.account.clock()) };
  const signed = await sign(VETO, said, locker.signing);
  await owner.account.put("POST", "/v1/vetoes", { veto: signed.jws });
}
