/**
 * The vault's word for an owner's account as a whole, held against what it is made of (docs/spec/statement.md): her
 * receipts, the decisions about them, and her shares of pools. In memory: `statement` is the newest one.
 */

import type { Answer } from "../client/answer.js";
import { BrokenAnswer } from "../client/errors.js";
import type { Statement } from "../records/kinds.js";
import { STATEMENT } from "../records/kinds.js";
import type { Signed } from "../records/signed.js";
import { must, verify } from "../records/signed.js";
import type { OwnerAccount } from "./account.js";
import { verifyDispute } from "./disputes.js";
import { amountOf, booksOf, verifyShares } from "./pools.js";
import type { CheckedReceipt } from "./receipts.js";

const SEEN = "statement";
/** How often to begin anew because something was decided while a statement was made. */
const TRIES = 8;

/** What moves money beside receipts, as the vault shows it. */
interface Others {
  readonly disputes: readonly Answer[];
  readonly pools: readonly Answer[];
}

/**
 * A statement made now, which agrees with every receipt, decision and share.
 *
 * @param walk every receipt of hers, checked.
 * @throws FormatError, SignatureError or ProofError if it does not agree.
 * @throws BrokenAnswer if the vault keeps deciding while it is made.
 */
export async function checkedStatement(
  account: OwnerAccount,
  walk: () => Promise<readonly CheckedReceipt[]>,
): Promise<Signed<Statement>> {
  let before = await fetchOthers(account);
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    const answer = await account.put("POST", "/v1/statements", {});
    const statement = await verify(answer.record("statement"), STATEMENT, () => account.trust.keys);
    // Fetched after the statement, so they reach at least as far.
    const [receipts, after] = [await walk(), await fetchOthers(account)];
    if (namesOf(before) === namesOf(after)) return verifyStatement(statement, account, receipts, after);
    before = after;
  }
  throw new BrokenAnswer("the vault keeps deciding while a statement is made");
}

async function fetchOthers(account: OwnerAccount): Promise<Others> {
  return { disputes: await account.list("/v1/disputes"), pools: await account.list("/v1/pools") };
}

function namesOf({ disputes, pools }: Others): string {
  const decisions = disputes.map((row) => row.recordOrNull("decision"));
  return JSON.stringify([decisions, pools.map((row) => row.hash("grant"))]);
}

async function verifyStatement(
  statement: Signed<Statement>,
  account: OwnerAccount,
  receipts: readonly CheckedReceipt[],
  others: Others,
): Promise<Signed<Statement>> {
  const { trust, unlocked, memory } = account;
  const said = statement.record;
  must(said.vault === trust.vault && said.account === unlocked.account, "a statement of another account");
  const counted = receipts.slice(0, said.receipts);
  const head = counted.at(-1)?.receipt.hash ?? null;
  must(counted.length === said.receipts && said.head === head, "receipts are missing");
  const earned = receiptsBrought(counted, await refundsOf(others.disputes, account, receipts));
  const balance = BigInt(said.pending) + BigInt(said.payable) + BigInt(said.leaving) + BigInt(said.paid);
  must(balance === earned + (await poolsBrought(others.pools, account, receipts)), "the balance is another");
  const seen = await memory.get(SEEN);
  const grown = seen === undefined ? 0 : (await verify(seen, STATEMENT, () => trust.keys)).record.log_size;
  must(said.log_size >= grown, "the log is shorter than in an earlier statement");
  await memory.keep({ [SEEN]: statement.jws });
  return statement;
}

function receiptsBrought(counted: readonly CheckedReceipt[], refunds: ReadonlyMap<string, bigint>): bigint {
  return counted.reduce(
    (sum, { receipt: { record, hash } }) =>
      sum + BigInt(record.price) - BigInt(record.fee) - (refunds.get(hash) ?? 0n),
    0n,
  );
}

/** What decisions gave back to partners, in micros, by receipt. */
async function refundsOf(
  rows: readonly Answer[],
  account: OwnerAccount,
  receipts: readonly CheckedReceipt[],
): Promise<ReadonlyMap<string, bigint>> {
  const refunds = new Map<string, bigint>();
  for (const row of rows.filter((each) => each.has("decision"))) {
    const { decision } = await verifyDispute(row, account, receipts);
    if (decision !== null) refunds.set(decision.record.receipt, BigInt(decision.record.share));
  }
  return refunds;
}

async function poolsBrought(
  rows: readonly Answer[],
  { trust }: OwnerAccount,
  receipts: readonly CheckedReceipt[],
): Promise<bigint> {
  const shares = await verifyShares(rows, booksOf(receipts, trust));
  return shares.reduce((sum, share) => sum + amountOf(share), 0n);
}
