/**
 * An owner's rules where they are kept: sealed at the vault, for all her devices. In memory: `rules` is the newest
 * version that this one has seen.
 */

import { fromUtf8, toBase64url, utf8 } from "../encoding.js";
import { AnchorError, OpenError } from "../errors.js";
import type { OwnerAccount } from "../owner/account.js";
import type { Owner } from "../owner/owner.js";
import { must } from "../records/signed.js";
import { openNamedSecret, sealNamedSecret } from "../sealing/named-secret.js";
import type { Rule, Rules } from "./rules.js";
import { NO_RULES, readRules, writeRules } from "./rules.js";

const NAME = "rules";

/**
 * What she never agrees to, and her floors, in the newest version.
 *
 * @throws ProofError if the vault shows older ones than this device has seen, or none.
 * @throws OpenError, FormatError if they are none that this account wrote.
 */
export async function rulesOf({ account }: Owner): Promise<Rules> {
  const [seen, shown] = [await seenRules(account), await shownRules(account)];
  const isOther = shown.seq === seen.seq && JSON.stringify(shown) !== JSON.stringify(seen);
  must(shown.seq >= seen.seq && !isOther, "the vault shows other rules than this device has seen");
  if (shown.seq > seen.seq) await account.memory.keep({ [NAME]: fromUtf8(writeRules(shown)) });
  return shown;
}

async function seenRules({ memory }: OwnerAccount): Promise<Rules> {
  const held = await memory.get(NAME);
  return held === undefined ? NO_RULES : readRules(utf8(held));
}

async function shownRules(account: OwnerAccount): Promise<Rules> {
  const blob = (await account.show()).bytesByName("secrets").get(NAME);
  if (blob === undefined) return NO_RULES;
  return readRules(await openNamedSecret(account.unlocked.roots, NAME, blob));
}

/** What a change is made to. Whatever the vault shows, she can always change her rules: what it should not show is written over. */
async function newestRules(owner: Owner): Promise<Rules> {
  try {
    return await rulesOf(owner);
  } catch (error) {
    if (!(error instanceof AnchorError || error instanceof OpenError)) throw error;
    return seenRules(owner.account);
  }
}

/** Put these rules in the place of all before; they are sealed, and hold on all her devices. */
export function setRules(owner: Owner, rules: readonly Rule[]): Promise<Rules> {
  return owner.turns.take(NAME, async () => keep(owner, { ...(await newestRules(owner)), rules }));
}

/**
 * Answer no ask and no offer, and let the vault refuse every use; or, with false, go on.
 *
 * Grants stand and their time runs on; what was opened before stays with whom opened it.
 */
export function pause(owner: Owner, paused: boolean): Promise<Rules> {
  return owner.turns.take(NAME, async () => {
    await owner.account.put("PUT", "/v1/account/pause", { paused });
    return keep(owner, { ...(await newestRules(owner)), paused });
  });
}

async function keep({ account }: Owner, before: Rules): Promise<Rules> {
  const rules = { ...before, seq: before.seq + 1 };
  const octets = writeRules(rules);
  const sealed = toBase64url(await sealNamedSecret(account.unlocked.newest, NAME, octets));
  await account.put("PUT", `/v1/account/secrets/${NAME}`, { sealed });
  await account.memory.keep({ [NAME]: fromUtf8(octets) });
  return rules;
}
