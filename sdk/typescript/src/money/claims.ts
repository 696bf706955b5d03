/** Money on its way to its owner: she claims it, and the vault signs what became of that (docs/spec/claim.md, payout.md). */

import type { Answer } from "../client/answer.js";
import { fromHex, toHex } from "../encoding.js";
import type { Owner } from "../owner/owner.js";
import type { Claim, Payout } from "../records/kinds.js";
import { CLAIM, PAYOUT } from "../records/kinds.js";
import { writeTime } from "../records/shape.js";
import type { Signed } from "../records/signed.js";
import { must, sign, verify } from "../records/signed.js";
import type { Withdrawal } from "./withdrawal.js";
import { callOf, verifyLeaf } from "./withdrawal.js";

const MOST_DEPTH = 32;

/** A claim, where the vault says it stands, and the payouts that say what became of it, oldest first. */
export interface CheckedClaim extends Signed<Claim> {
  /** `leaving`, `settled`, `failed` or `returned`. */
  readonly state: string;
  readonly payouts: readonly Signed<Payout>[];
}

/** How money is paid: by the operator, to a bank or otherwise; or by the payout contract, to an address. */
export type Way = Claim["way"];

/**
 * Ask to be paid so many micros.
 *
 * @param destination as a bank wants it; at `evm` an address, `0x` and 40 hexadecimal digits in lower case.
 * @throws Refused with `insufficient-funds` if that much is not payable, with `payout-held` while a brake holds.
 */
export async function claim(
  owner: Owner,
  amount: number,
  destination: string,
  way: Way = "manual",
): Promise<Signed<Claim>> {
  const { vault, trust, unlocked, clock } = owner.account;
  const currency = (await vault.get("/v1/vault")).text("currency");
  const terms = { way, amount, currency, destination, time: writeTime(clock()) };
  const said = { vault: trust.vault, account: unlocked.account, ...terms };
  const signed = await sign(CLAIM, said, unlocked.locker.signing);
  await owner.account.put("POST", "/v1/claims", { claim: signed.jws });
  return signed;
}

/**
 * Every claim of hers, oldest first, with what the vault signed of it.
 *
 * @throws FormatError, SignatureError or ProofError if a payout is not the vault's, or for another claim or amount.
 */
export async function claims(owner: Owner): Promise<readonly CheckedClaim[]> {
  return Promise.all((await owner.account.list("/v1/claims")).map((row) => readClaim(owner, row)));
}

async function readClaim({ account }: Owner, row: Answer): Promise<CheckedClaim> {
  const lockers = account.unlocked.chain.entries.map(({ record }) => record.sign_key);
  const signed = await verify(row.record("claim"), CLAIM, () => lockers);
  const payouts: Signed<Payout>[] = [];
  for (const jws of row.records("payouts")) {
    const payout = await verify(jws, PAYOUT, () => account.trust.keys);
    const { claim, amount, currency } = payout.record;
    const same = amount === signed.record.amount && currency === signed.record.currency;
    must(claim === signed.hash && same, "a payout is for another claim or amount");
    payouts.push(payout);
  }
  const state = row.text("state");
  must(
    state === (payouts.at(-1)?.record.outcome ?? "leaving"),
    "no payout says what the vault says of a claim",
  );
  return { ...signed, state, payouts };
}

/**
 * What the payout contract is called with to pay a claim by `evm`: anybody may send it, and it pays her address.
 *
 * `root` is the vault's word; who wants to be sure compares it with `root()` of the contract, on the chain.
 *
 * @throws Refused with `not-found` while the claim is in no distribution.
 * @throws ProofError if the proof does not lead from her address to the root.
 */
export async function withdrawal(owner: Owner, made: Signed<Claim>): Promise<Withdrawal> {
  const row = await owner.account.get(`/v1/claims/${made.hash}/proof`);
  const account = row.text("account");
  must(account === made.record.destination, "the distribution pays another address");
  const [cumulative, proof] = [row.whole("cumulative"), row.texts("proof").map(fromPrefixed)];
  must(cumulative >= made.record.amount, "the distribution holds less than was claimed");
  must(proof.length <= MOST_DEPTH, "the proof is longer than any");
  const root = fromPrefixed(row.text("root"));
  const leaf = { account: fromPrefixed(account), cumulative: BigInt(cumulative) };
  verifyLeaf(leaf, proof, root);
  const data = `0x${toHex(callOf(leaf, proof))}`;
  const place = { contract: row.text("contract"), chainId: row.whole("chain_id") };
  return { ...place, account, cumulative, root: row.text("root"), data };
}

function fromPrefixed(text: string): Uint8Array<ArrayBuffer> {
  must(text.startsWith("0x"), "not a value of the chain");
  return fromHex(text.slice(2));
}
