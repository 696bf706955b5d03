/** Is this bundle whole, and is everything in it signed by whom it should be? Offline (docs/spec/bundle.md, Checking). */

import { BrokenAnswer } from "../client/errors.js";
import type { History } from "../client/pinned.js";
import { AnchorError } from "../errors.js";
import { readTrust, type Trust } from "../evidence/trust.js";
import { verifyProof } from "../evidence/verify.js";
import { kidOf } from "../keys.js";
import { amountOf, verifyShares } from "../owner/pools.js";
import type { CheckedReceipt } from "../owner/receipts.js";
import { verifyChains, verifyPlaced } from "../owner/receipts.js";
import { verifyGrant, verifyRevocation } from "../records/consent.js";
import type { Grant } from "../records/kinds.js";
import { DECISION, RECEIPT, STATEMENT, USE } from "../records/kinds.js";
import { verifyPartner, verifySigner } from "../records/parties.js";
import type { Signed } from "../records/signed.js";
import { must, verify } from "../records/signed.js";
import { chainOf, checkItems, checkLockers } from "./contents.js";
import type { Archive } from "./directory.js";
import { BundleBroken } from "./directory.js";
import { BundleReader } from "./reader.js";

/** What a bundle proved to hold. `earned` is in micros, `signer` the device that made it. */
export interface CheckedBundle {
  readonly vault: string;
  readonly account: string;
  readonly made: string;
  readonly signer: string;
  readonly lockers: number;
  readonly manifests: number;
  readonly items: number;
  readonly grants: number;
  readonly receipts: number;
  readonly proofs: number;
  readonly earned: number;
}

/** A grant, with the entries of its partner. */
interface Given {
  readonly grant: Signed<Grant>;
  readonly history: History;
}

/**
 * Check everything in a bundle.
 *
 * @throws BundleBroken naming the first thing that is wrong.
 */
export async function checkBundle(bundle: Archive): Promise<CheckedBundle> {
  const reader = await BundleReader.open(bundle);
  return breaking(() => checkedIn(reader));
}

async function breaking<T>(check: () => Promise<T>): Promise<T> {
  try {
    return await check();
  } catch (cause) {
    if (cause instanceof BundleBroken) throw cause;
    if (!(cause instanceof AnchorError || cause instanceof BrokenAnswer)) throw cause;
    throw new BundleBroken(`the bundle does not hold together: ${cause.message}`, { cause });
  }
}

async function checkedIn(reader: BundleReader): Promise<CheckedBundle> {
  for (const name of reader.index.files.keys()) await reader.read(name);
  const trust = await readTrust(await reader.read("trust.json"));
  const chain = await chainOf(reader);
  const signer = await reader.verifySigner(chain);
  must(reader.index.vault === trust.vault, "the index names another vault than the trust file");
  await checkLockers(reader, chain);
  const { seq, newest } = await checkItems(reader, chain);
  const grants = await checkGrants(reader, trust);
  const receipts = await checkReceipts(reader, trust, grants);
  const earned = await earnedIn(reader, trust, grants, receipts);
  await checkStatement(reader, trust, receipts, earned);
  const proofs = await checkProofs(reader, trust, receipts);
  const { vault, account, made } = reader.index;
  const kept = { lockers: chain.lockers.size, manifests: seq, items: newest.size };
  const dealt = { grants: grants.size, receipts: receipts.length, proofs, earned: Number(earned) };
  return { vault, account, made, signer, ...kept, ...dealt };
}

async function checkGrants(reader: BundleReader, { vault }: Trust): Promise<ReadonlyMap<string, Given>> {
  const partners = new Map<string, History>();
  for (const name of reader.under("partners/")) {
    const history = await verifyPartner(await reader.lines(name));
    const partner = history[0]?.record.partner ?? "";
    must(`partners/${partner}` === name, "a partner stands under another name");
    partners.set(partner, history);
  }
  const grants = new Map<string, Given>();
  for (const raw of await reader.lines("grants")) {
    const grant = await verifyGrant(raw);
    const history = partners.get(grant.record.partner) ?? [];
    const kids = await Promise.all(history.map((entry) => kidOf(entry.record.sign_key)));
    const here = kids.includes(grant.record.partner_key) && grant.record.vault === vault;
    must(here, "a grant is to a partner key, or for a vault, that is not here");
    grants.set(grant.hash, { grant, history });
  }
  return grants;
}

async function checkReceipts(
  reader: BundleReader,
  { keys }: Trust,
  grants: ReadonlyMap<string, Given>,
): Promise<readonly CheckedReceipt[]> {
  const checked: CheckedReceipt[] = [];
  for (const row of await reader.objects("receipts.json")) {
    const receipt = await verify(row.record("receipt"), RECEIPT, () => keys);
    const given = grants.get(receipt.record.grant);
    must(given !== undefined, "a receipt stands under a grant that is not here");
    const { grant, history } = given;
    const [used, revoked] = [row.recordOrNull("use"), row.recordOrNull("revocation")];
    const byPartner = async (_: unknown, kid: string): Promise<string> =>
      (await verifySigner(history, grant.record.partner_key, kid)).record.sign_key;
    const use = used === null ? null : await verify(used, USE, byPartner);
    const revocation = revoked === null ? null : await verifyRevocation(revoked, grant);
    checked.push(await verifyPlaced({ receipt, grant, use, revocation, state: "" }, row.object("link")));
  }
  return verifyChains(checked);
}

/** What her receipts and her shares of pools brought, less what decisions gave back; in micros. */
async function earnedIn(
  reader: BundleReader,
  { keys }: Trust,
  grants: ReadonlyMap<string, Given>,
  receipts: readonly CheckedReceipt[],
): Promise<bigint> {
  let earned = receipts.reduce((sum, { receipt: { record } }) => {
    return sum + BigInt(record.price) - BigInt(record.fee);
  }, 0n);
  for (const row of (await reader.object("money.json")).objects("disputes")) {
    const decided = row.recordOrNull("decision");
    if (decided !== null) earned -= BigInt((await verify(decided, DECISION, () => keys)).record.share);
  }
  const books = {
    grants: [...grants.values()].map(({ grant }) => grant),
    receipts: receipts.map(({ receipt }) => receipt),
    keys,
  };
  const shares = await verifyShares(await reader.objects("pools.json"), books);
  return shares.reduce((sum, share) => sum + amountOf(share), earned);
}

async function checkStatement(
  reader: BundleReader,
  { keys, vault }: Trust,
  receipts: readonly CheckedReceipt[],
  earned: bigint,
): Promise<void> {
  const [raw = "", ...others] = await reader.lines("statement");
  must(others.length === 0, "a bundle has one statement");
  const { record: said } = await verify(raw, STATEMENT, () => keys);
  const head = receipts.at(-1)?.receipt.hash ?? null;
  const ours = said.vault === vault && said.account === reader.index.account;
  const balance = BigInt(said.pending) + BigInt(said.payable) + BigInt(said.leaving) + BigInt(said.paid);
  must(
    ours && said.receipts === receipts.length && said.head === head && balance === earned,
    "the statement does not agree with the receipts",
  );
}

async function checkProofs(
  reader: BundleReader,
  trust: Trust,
  receipts: readonly CheckedReceipt[],
): Promise<number> {
  const names = reader.under("proofs/");
  const known = new Map(receipts.map(({ receipt }) => [`proofs/${receipt.hash}.tlog-proof`, receipt.jws]));
  for (const name of names) {
    const proved = (await verifyProof(await reader.read(name), trust)).receipt.jws;
    must(proved === known.get(name), "a proof proves another receipt than it is named after");
  }
  return names.length;
}
