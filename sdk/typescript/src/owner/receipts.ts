/**
 * An owner's receipts: each signed by the vault, under a grant she gave, for a use that the partner signed, and in its
 * place in both chains. In memory: `owner-chain` is the newest place this device has seen, as `seq hash`.
 */

import type { Answer } from "../client/answer.js";
import { verifyByPartner } from "../client/pinned.js";
import { utf8 } from "../encoding.js";
import { verifyRevocation } from "../records/consent.js";
import type { Grant, Receipt, Revocation, Use } from "../records/kinds.js";
import { RECEIPT, USE } from "../records/kinds.js";
import type { OwnerLink } from "../records/receipts.js";
import { readOwnerLink, verifyNextReceipt, verifyOwnerLink, verifyTerms } from "../records/receipts.js";
import type { Signed } from "../records/signed.js";
import { must, verify } from "../records/signed.js";
import { readJson } from "../records/strict-json.js";
import type { OwnerAccount } from "./account.js";

const SEEN = "owner-chain";

/** A receipt in its place, with the use or the revocation it answers. */
export interface CheckedReceipt {
  readonly receipt: Signed<Receipt>;
  readonly grant: Signed<Grant>;
  readonly use: Signed<Use> | null;
  readonly revocation: Signed<Revocation> | null;
  readonly link: OwnerLink;
  /** The vault's word: `recorded`, `committed` to a checkpoint, or `anchored`; a proof shows it. */
  readonly state: string;
}

export class OwnerReceipts {
  constructor(private readonly account: OwnerAccount) {}

  /**
   * Every receipt of this owner, in the order of her chain.
   *
   * @throws FormatError, SignatureError or ProofError if one is not in order, missing, or another than before.
   */
  async all(grants: readonly Signed<Grant>[]): Promise<readonly CheckedReceipt[]> {
    const rows = await this.account.list("/v1/receipts");
    const checked = verifyChains(await Promise.all(rows.map((row) => this.#check(row, grants))));
    await this.#passes(checked);
    return checked;
  }

  async #check(row: Answer, grants: readonly Signed<Grant>[]): Promise<CheckedReceipt> {
    const { keys } = this.account.trust;
    const receipt = await verify(row.record("receipt"), RECEIPT, () => keys);
    const grant = grants.find((given) => given.hash === receipt.record.grant);
    must(grant !== undefined, "a receipt stands under a grant that this owner never gave");
    const [use, revocation] = [row.recordOrNull("use"), row.recordOrNull("revocation")];
    const occasion = {
      use: use === null ? null : await verifyByPartner(this.account, grant.record, use, USE),
      revocation: revocation === null ? null : await verifyRevocation(revocation, grant),
    };
    return verifyPlaced({ receipt, grant, ...occasion, state: row.text("state") }, row.object("link"));
  }

  /** The chain passes through the place this device has seen before. */
  async #passes(checked: readonly CheckedReceipt[]): Promise<void> {
    const [seq = "0", hash] = ((await this.account.memory.get(SEEN)) ?? "").split(" ");
    const place = Number(seq);
    must(checked.length >= place, "the vault shows fewer receipts than this device has seen");
    must(
      place === 0 || checked[place - 1]?.receipt.hash === hash,
      "the vault shows another chain of receipts",
    );
    const last = checked.at(-1);
    if (last !== undefined)
      await this.account.memory.keep({ [SEEN]: `${checked.length} ${last.receipt.hash}` });
  }
}

/**
 * A receipt that keeps to its terms, in the place that the vault told of.
 *
 * @throws FormatError or ProofError if not.
 */
export async function verifyPlaced(
  found: Omit<CheckedReceipt, "link">,
  told: Answer,
): Promise<CheckedReceipt> {
  verifyTerms(found.receipt, found.grant, found);
  const said = { seq: told.whole("seq"), prev: told.hashOrNull("prev"), blind: told.hash("blind") };
  const link = readOwnerLink(readJson(utf8(JSON.stringify(said))));
  return { ...found, link: await verifyOwnerLink(link, found.receipt.record) };
}

/**
 * These receipts, if they are the owner's chain from its beginning, and each grant's as well.
 *
 * @throws ProofError if one is missing, or follows another than it should.
 */
export function verifyChains(checked: readonly CheckedReceipt[]): readonly CheckedReceipt[] {
  const heads = new Map<string, Signed<Receipt>>();
  for (const [at, { receipt, link }] of checked.entries()) {
    must(link.seq === at + 1, "a receipt of yours is missing");
    must(link.prev === (checked[at - 1]?.receipt.hash ?? null), "a receipt of yours follows another one");
    verifyNextReceipt(heads.get(receipt.record.grant) ?? null, receipt);
    heads.set(receipt.record.grant, receipt);
  }
  return checked;
}
