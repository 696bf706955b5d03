/**
 * The closed loop: what an owner earned, redeemed for something that a partner gives (docs/spec/reward.md, redemption.md,
 * fulfilment.md). A code opens for this owner alone.
 */

import type { Answer } from "../client/answer.js";
import type { History } from "../client/pinned.js";
import { fetchPartner } from "../client/pinned.js";
import { hmac, random, sha256 } from "../digest.js";
import type { Bytes } from "../encoding.js";
import { concat, fromBase64url, fromUtf8, toBase64url, utf8 } from "../encoding.js";
import { verifyPublicKey } from "../keys.js";
import type { Owner } from "../owner/owner.js";
import type { Fulfilment, Redemption, Reward } from "../records/kinds.js";
import { FULFILMENT, REDEMPTION, REWARD } from "../records/kinds.js";
import { writeTime } from "../records/shape.js";
import type { Signed } from "../records/signed.js";
import { must, sign, verify, vouched } from "../records/signed.js";
import { OpeningKey } from "../sealing/hseal.js";

const CODE_LABEL = utf8("planetvault/code/v1\0");
const KEY_LABEL = utf8("planetvault/redemption/v1\0");

/** A reward that can be redeemed now, signed by its partner, and how often still. */
export interface OfferedReward extends Signed<Reward> {
  readonly stock: number;
}

/** What was redeemed, and what the partner gave for it; `code` is null if none came (yet). */
export interface CheckedRedemption extends Signed<Redemption> {
  readonly reward: Signed<Reward>;
  /** `leaving`, `fulfilled` or `unfulfilled`. */
  readonly state: string;
  /** Until when the partner may fulfil it. */
  readonly until: string;
  readonly fulfilment: Signed<Fulfilment> | null;
  readonly code: string | null;
}

/** What can be redeemed now. */
export async function rewards(owner: Owner): Promise<readonly OfferedReward[]> {
  const found: OfferedReward[] = [];
  for (const row of await owner.account.list("/v1/rewards")) {
    const { reward } = await rewardIn(owner, row);
    found.push({ ...reward, stock: row.whole("stock") });
  }
  return found;
}

/** A reward in an answer, and the entries of the partner who signed it. */
async function rewardIn(
  { account }: Owner,
  row: Answer,
): Promise<{ readonly reward: Signed<Reward>; readonly signers: readonly string[] }> {
  const jws = row.record("reward");
  const named = await vouched(jws, REWARD); // who it says it is from; that partner's keys are asked next
  const partner: History = await fetchPartner(account.vault, account.memory, named.record.partner);
  const signers = partner.map(({ record }) => record.sign_key); // what was signed before keys changed stays signed
  const reward = await verify(jws, REWARD, () => signers);
  must(reward.record.vault === account.trust.vault, "a reward at another vault");
  return { reward, signers };
}

/**
 * Take a reward, paid from what is payable.
 *
 * @throws Refused with `insufficient-funds`, `payout-held`, or `conflict` if it is sold out or has expired.
 */
export async function redeem(owner: Owner, reward: Signed<Reward>): Promise<Signed<Redemption>> {
  const { partner, price, currency } = reward.record;
  await owner.connect(partner);
  const { trust, unlocked, clock } = owner.account;
  const [key, salt] = [await unlocked.identity.signingKeyFor(partner), random(32)];
  const said = {
    vault: trust.vault,
    reward: reward.hash,
    owner_key: key.publicKey,
    sealing_key: toBase64url((await openingKey(owner, reward, salt)).publicKey),
    price,
    currency,
    time: writeTime(clock()),
  };
  const signed = await sign(REDEMPTION, said, key, salt);
  await owner.account.put("POST", "/v1/redemptions", { redemption: signed.jws });
  return signed;
}

/** Made for one redemption alone, and found again from it. */
async function openingKey(owner: Owner, reward: Signed<Reward>, salt: Bytes): Promise<OpeningKey> {
  const key = await owner.account.unlocked.identity.signingKeyFor(reward.record.partner);
  return OpeningKey.fromSeed(await hmac(key.seed(), concat(KEY_LABEL, fromBase64url(reward.hash), salt)));
}

/**
 * Everything she redeemed, oldest first, with the codes that came.
 *
 * @throws FormatError, SignatureError, ProofError or OpenError if a reward or a fulfilment is not its partner's, or a code
 * is not the one that was signed for.
 */
export async function redemptions(owner: Owner): Promise<readonly CheckedRedemption[]> {
  const found: CheckedRedemption[] = [];
  for (const row of await owner.account.list("/v1/redemptions")) found.push(await readRedemption(owner, row));
  return found;
}

async function readRedemption(owner: Owner, row: Answer): Promise<CheckedRedemption> {
  const { reward, signers } = await rewardIn(owner, row);
  const ours = await owner.account.unlocked.identity.signingKeyFor(reward.record.partner);
  const signed = await verify(row.record("redemption"), REDEMPTION, (said) =>
    verifyPublicKey(said.owner_key),
  );
  must(
    signed.kid === ours.kid && signed.record.reward === reward.hash,
    "a redemption by another owner, or of another reward",
  );
  const given = row.recordOrNull("fulfilment");
  const fulfilment = given === null ? null : await verify(given, FULFILMENT, () => signers);
  must((fulfilment?.record.redemption ?? signed.hash) === signed.hash, "a fulfilment of another redemption");
  const key = await openingKey(owner, reward, fromBase64url(signed.record.salt));
  const code = fulfilment === null ? null : await openCode(row, fulfilment, key);
  return { ...signed, reward, state: row.text("state"), until: row.time("until"), fulfilment, code };
}

async function openCode(
  row: Answer,
  { record }: Signed<Fulfilment>,
  key: OpeningKey,
): Promise<string | null> {
  if (record.code === null) return null;
  const sealed = row.bytes("sealed");
  must(toBase64url(await sha256(sealed)) === record.code, "the code is not the one that was signed for");
  return fromUtf8(await key.hunseal(concat(CODE_LABEL, fromBase64url(record.redemption)), sealed));
}
