/**
 * The closed loop from the partner's side: offer rewards, and hand over what owners redeemed. A code is sealed to the owner
 * before it leaves this program.
 *
 * In memory: `fulfilment/<redemption>` is what was handed over, so that after a crash the very same bytes go out again.
 */

import { random, sha256 } from "../digest.js";
import { concat, fromBase64url, toBase64url, utf8 } from "../encoding.js";
import { InputError } from "../errors.js";
import { verifyPublicKey } from "../keys.js";
import type { Fulfilment, Redemption, Reward } from "../records/kinds.js";
import { FULFILMENT, REDEMPTION, REWARD } from "../records/kinds.js";
import { writeTime } from "../records/shape.js";
import type { Signed } from "../records/signed.js";
import { must, sign, verify } from "../records/signed.js";
import { hseal } from "../sealing/hseal.js";
import type { Partner } from "./partner.js";

const CODE_LABEL = utf8("planetvault/code/v1\0");
const MOST_CODE_BYTES = 1000;
const LIFE = 90 * 86_400_000;

/** What a reward is, in the partner's words. Micros, days. */
export type RewardTerms = Pick<Reward, "kind" | "title" | "details" | "price" | "stock" | "days">;

/** What an owner redeemed: `leaving` until it is fulfilled, by `until` at the latest. */
export interface Redeemed extends Signed<Redemption> {
  readonly reward: Signed<Reward>;
  readonly state: string;
  readonly until: string;
}

/** Offer a membership, a coupon or a course, `stock` times; it is to be fulfilled within `days` days. */
export async function offerReward(partner: Partner, terms: RewardTerms): Promise<Signed<Reward>> {
  const now = partner.clock();
  const { kind, title, details, price, stock, days } = terms;
  const said = {
    vault: partner.trust.vault,
    id: toBase64url(random(16)),
    partner: (await partner.keys.newest()).record.partner,
    ...{ kind, title, details, price, stock, days },
    currency: (await partner.vault.get("/v1/vault")).text("currency"),
    expires: writeTime(new Date(now.getTime() + LIFE)),
    time: writeTime(now),
  };
  const signed = await sign(REWARD, said, await partner.keys.signing());
  await partner.vault.put("POST", "/v1/rewards", { reward: signed.jws });
  return signed;
}

/**
 * What owners redeemed, oldest first, each signed by its owner.
 *
 * @throws FormatError, SignatureError or ProofError if an owner did not sign, or another reward was redeemed.
 */
export async function redemptions(partner: Partner): Promise<readonly Redeemed[]> {
  const signers = (await partner.keys.entries()).map(({ record }) => record.sign_key);
  const rows = await partner.vault.list("/v1/redemptions", partner.who);
  const found = rows.map(async (row) => {
    const signed = await verify(row.record("redemption"), REDEMPTION, (said) =>
      verifyPublicKey(said.owner_key),
    );
    const reward = await verify(row.record("reward"), REWARD, () => signers);
    const same = signed.record.reward === reward.hash && signed.record.price === reward.record.price;
    must(same, "a redemption of another reward");
    return { ...signed, reward, state: row.text("state"), until: row.time("until") };
  });
  return Promise.all(found);
}

/**
 * Hand over a code, which only the owner can read; or with null, say that the redemption was honoured.
 *
 * Called again for the same redemption, it hands over what it did the first time.
 *
 * @throws Refused with `conflict` if it came too late, and the money went back.
 */
export async function fulfil(
  partner: Partner,
  redeemed: Signed<Redemption>,
  code: string | null,
): Promise<Signed<Fulfilment>> {
  const name = `fulfilment/${redeemed.hash}`;
  const held = (await partner.memory.get(name)) ?? (await handOver(partner, redeemed, code));
  await partner.memory.keep({ [name]: held });
  const [fulfilment = "", sealed = ""] = held.split("\n");
  await partner.vault.put("POST", "/v1/fulfilments", { fulfilment, sealed: sealed === "" ? null : sealed });
  const signers = (await partner.keys.entries()).map(({ record }) => record.sign_key);
  return verify(fulfilment, FULFILMENT, () => signers);
}

async function handOver(
  partner: Partner,
  redeemed: Signed<Redemption>,
  code: string | null,
): Promise<string> {
  const sealed = code === null ? null : await sealCode(redeemed, utf8(code));
  const said = {
    vault: partner.trust.vault,
    redemption: redeemed.hash,
    code: sealed === null ? null : toBase64url(await sha256(sealed)),
    time: writeTime(partner.clock()),
  };
  const { jws } = await sign(FULFILMENT, said, await partner.keys.signing());
  return `${jws}\n${sealed === null ? "" : toBase64url(sealed)}`;
}

function sealCode({ hash, record }: Signed<Redemption>, code: Uint8Array<ArrayBuffer>) {
  if (code.length > MOST_CODE_BYTES) throw new InputError("a code has at most 1,000 bytes");
  return hseal(fromBase64url(record.sealing_key), concat(CODE_LABEL, fromBase64url(hash)), code);
}
