/** Disputes about uses of an owner's data, and how the vault decided them (docs/spec/dispute.md, decision.md). */

import type { Answer } from "../client/answer.js";
import { verifyByPartner } from "../client/pinned.js";
import type { Decision, Dispute } from "../records/kinds.js";
import { DECISION, DISPUTE } from "../records/kinds.js";
import type { Signed } from "../records/signed.js";
import { must, verify, vouched } from "../records/signed.js";
import type { OwnerAccount } from "./account.js";
import type { CheckedReceipt } from "./receipts.js";

/** A dispute about a receipt, whose it is, and the vault's decision, if there is one. */
export interface CheckedDispute {
  readonly dispute: Signed<Dispute>;
  readonly side: "owner" | "partner";
  readonly decision: Signed<Decision> | null;
}

/**
 * A dispute as the vault shows it, signed by one side of a grant; and its decision, signed by the vault.
 *
 * @throws FormatError, SignatureError or ProofError if it is not.
 */
export async function verifyDispute(
  row: Answer,
  account: OwnerAccount,
  receipts: readonly CheckedReceipt[],
): Promise<CheckedDispute> {
  const [jws, decided] = [row.record("dispute"), row.recordOrNull("decision")];
  const named = await vouched(jws, DISPUTE); // names the receipt; who signed it is looked at next
  const about = receipts.find(({ receipt }) => receipt.hash === named.record.receipt);
  must(about !== undefined, "a dispute is about no receipt of yours");
  const { record: terms, kid } = about.grant;
  const side = named.kid === kid ? "owner" : "partner";
  const dispute =
    side === "owner"
      ? await verify(jws, DISPUTE, () => terms.owner_key)
      : await verifyByPartner(account, terms, jws, DISPUTE);
  if (decided === null) return { dispute, side, decision: null };
  const decision = await verify(decided, DECISION, () => account.trust.keys);
  const { dispute: answered, receipt } = decision.record;
  must(
    answered === dispute.hash && receipt === dispute.record.receipt,
    "a decision is about another dispute",
  );
  return { dispute, side, decision };
}
