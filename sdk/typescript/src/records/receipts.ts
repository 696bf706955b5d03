/** Receipts: the owner's link, the terms they keep to, and their chains (docs/spec/receipt.md). */

import { sha256 } from "../digest.js";
import { compare, fromBase64url, toBase64url, u64be, utf8 } from "../encoding.js";
import { FormatError } from "../errors.js";
import { feeOf, periodAt } from "./consent.js";
import type { Grant, Receipt, Revocation, Use } from "./kinds.js";
import * as shape from "./shape.js";
import type { Signed } from "./signed.js";
import { must } from "./signed.js";
import type { Json } from "./strict-json.js";

const OWNER_LINK = shape.object({ seq: shape.ordinal, prev: shape.hashOrNull, blind: shape.hash });
export type OwnerLink = ReturnType<typeof OWNER_LINK>;

/** An owner link, as the vault tells it to the owner alone. */
export function readOwnerLink(value: Json): OwnerLink {
  const link = OWNER_LINK(value);
  if ((link.seq === 1) !== (link.prev === null))
    throw new FormatError("the first receipt follows none, others do");
  return link;
}

/**
 * The link, if the receipt commits to it.
 *
 * @throws ProofError if it does not.
 */
export async function verifyOwnerLink(link: OwnerLink, receipt: Receipt): Promise<OwnerLink> {
  const prev = link.prev === null ? new Uint8Array(32) : fromBase64url(link.prev);
  const label = utf8("planetvault/owner-link/v1\0");
  const commitment = await sha256(label, u64be(link.seq), prev, fromBase64url(link.blind));
  must(
    toBase64url(commitment) === receipt.owner_link,
    "the receipt commits to another place in the owner's chain",
  );
  return link;
}

/** What a receipt answers: one of the two. */
export interface Occasion {
  readonly use: Signed<Use> | null;
  readonly revocation: Signed<Revocation> | null;
}

/**
 * The receipt, if it keeps to the terms of the grant and answers this use or revocation.
 *
 * @throws ProofError if not.
 */
export function verifyTerms(
  receipt: Signed<Receipt>,
  grant: Signed<Grant>,
  occasion: Occasion,
): Signed<Receipt> {
  const [said, terms] = [receipt.record, grant.record];
  must(said.grant === grant.hash, "the receipt is of another grant");
  must(said.vault === terms.vault, "the receipt is of another vault");
  must(said.partner === terms.partner, "the receipt is of another partner");
  must(said.currency === terms.currency, "the receipt is in another currency");
  must((said.prev === null) === (said.seq === 1), "the first receipt of a grant follows none, others do");
  const { use, revocation } = occasion;
  must((use === null) !== (revocation === null), "a receipt answers a use or a revocation");
  if (use !== null) verifyUseTerms(said, terms, use);
  if (revocation !== null) verifyClosing(said, revocation);
  return receipt;
}

function verifyUseTerms(said: Receipt, terms: Grant, use: Signed<Use>): void {
  must(said.use === use.hash && said.revocation === null, "the receipt answers something else");
  must(
    use.record.grant === said.grant && use.record.vault === said.vault,
    "the use is of another grant or vault",
  );
  must(said.purpose === use.record.purpose, "another purpose than that of the use");
  must(terms.purposes.includes(use.record.purpose), "a purpose that was not granted");
  const opened = said.opened.map((each) => each.item);
  must(opened.join() === use.record.items.join(), "other items than those of the use");
  // Whether a receipt is the first of its period, only the chain can tell.
  if (!(terms.paid_by_period && said.seq > 1 && said.price === 0 && said.fee === 0)) {
    must(said.price === terms.price, "another price than granted");
    must(said.fee === feeOf(terms), "another fee than granted");
  }
  must(said.seq <= terms.max_uses, "more uses than granted");
  const paid = terms.paid_by_period ? Math.min(said.seq, periodAt(terms, said.time) + 1) : said.seq;
  must(BigInt(paid) * BigInt(said.price) <= BigInt(terms.budget), "more money than granted");
  must(terms.not_before <= said.time && said.time < terms.expires, "outside the time that was granted");
}

function verifyClosing(said: Receipt, revocation: Signed<Revocation>): void {
  must(said.revocation === revocation.hash && said.use === null, "the receipt answers something else");
  must(revocation.record.grant === said.grant, "the revocation is of another grant");
  must(said.purpose === null && said.opened.length === 0, "a closing receipt that opens something");
  must(said.price === 0 && said.fee === 0, "a closing receipt that costs something");
}

/**
 * The next receipt of a grant's chain, for who remembers the one before.
 *
 * @throws ProofError if a receipt is missing, or if the chain was closed.
 */
export function verifyNextReceipt(before: Signed<Receipt> | null, next: Signed<Receipt>): Signed<Receipt> {
  must(next.record.seq === (before?.record.seq ?? 0) + 1, "a receipt of this grant is missing");
  must(next.record.prev === (before?.hash ?? null), "the receipt follows another one");
  must(before === null || before.record.revocation === null, "a receipt after the revocation");
  return next;
}

/** The hash over the sealed fields that a use opened of one item: ids and hashes of ciphertexts, in base64url. */
export async function sealedFieldsHash(fields: ReadonlyMap<string, string>): Promise<string> {
  const pairs = [...fields].map(([field, sealed]) => [fromBase64url(field), fromBase64url(sealed)] as const);
  pairs.sort(([one], [other]) => compare(one, other));
  return toBase64url(await sha256(...pairs.flat()));
}
