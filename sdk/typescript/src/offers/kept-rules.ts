/**
 * An owner's rules where they are kept: sealed at the vault, for all her devices. In memory: `rules` is the newest
 * version that this one has seen.
 */

import { fromUtf8, toBase64url, utf8 } from "../encoding.js";
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
export async function rulesOf(owner: Owner): Promise<Rules> {
  const { account } = owner;
  const blob = (await account.show()).bytesByName("secrets").get(NAME);
  const held = await account.memory.get(NAME);
  const seen = held === undefined ? NO_RULES : readRules(utf8(held));
  must(blob !== undefined || seen.seq === 0, "the vault does not show the rules that this device has seen");
  if (blob === undefined) return seen;
  const octets = await openNamedSecret(account.unlocked.roots, NAME, blob);
  const shown = readRules(octets);
  const isOther = shown.seq === seen.seq && JSON.stringify(shown) !== JSON.stringify(seen);
  must(shown.seq >= seen.seq && !isOther, "the vault shows other rules than this device has seen");
  if (shown.seq > seen.seq) await account.memory.keep({ [NAME]: fromUtf8(octets) });
  return shown;
}

/** Put these rules in the place of all before; they are sealed, and hold on all her devices. */
export function setRules(owner: Owner, rules: readonly Rule[]): Promise<Rules> {
  return owner.turns.take(NAME, async () => keep(owner, { ...(await rulesOf(owner)), rules }));
}

/**
 * Answer no ask and no offer, and let the vault refuse every use; or, with false, go on.
 *
 * Grants stand and their time runs on; what was opened before stays with whom opened it.
 */
export function pause(owner: Owner, paused: boolean): Promise<Rules> {
  return owner.turns.take(NAME, async () => {
    await owner.account.put("PUT", "/v1/account/pause", { paused });
    return keep(owner, { ...(await rulesOf(owner)), paused });
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
