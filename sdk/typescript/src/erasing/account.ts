/** The end of an account: the vault deletes everything sealed, and signs that it did (docs/spec/erasure.md). */

import type { OwnerAccount } from "../owner/account.js";
import type { Owner } from "../owner/owner.js";
import type { Erasure } from "../records/kinds.js";
import { ERASURE, LOGIN } from "../records/kinds.js";
import type { Signed } from "../records/signed.js";
import { must, sign, verify } from "../records/signed.js";

/** A challenge is new by the second, and the one of this session is spent. */
const NEXT_CHALLENGE = 1100;

/**
 * End the account. Nobody can open anything afterwards.
 *
 * @param forfeit what is left behind, in micros: all that is on the balance.
 * @throws Refused with `conflict` while a grant stands, or if the balance is another one.
 * @throws ProofError if the record is of another state than this device has seen.
 */
export async function eraseAccount({ account, stored }: Owner, forfeit = 0): Promise<Signed<Erasure>> {
  const { trust, vault, unlocked } = account;
  const head = await stored.journal.sync();
  const login = await freshLogin(account);
  const answer = await vault.put("POST", "/v1/erasures", { login, forfeit });
  const erasure = await verify(answer.record("erasure"), ERASURE, () => trust.keys);
  const said = erasure.record;
  const ours = said.vault === trust.vault && said.account === unlocked.account;
  must(ours && said.chain === unlocked.chain.head, "the vault erased another account");
  must(said.manifests === head.seq && said.journal === head.hash, "the vault erased another state");
  await account.memory.keep({ erasure: erasure.jws });
  return erasure;
}

async function freshLogin({ trust, vault, unlocked }: OwnerAccount): Promise<string> {
  await new Promise((resume) => setTimeout(resume, NEXT_CHALLENGE));
  const { signing } = unlocked.locker;
  const challenge = await vault.put("POST", "/v1/logins", { kid: signing.kid });
  const said = {
    vault: trust.vault,
    account: unlocked.account,
    nonce: challenge.hash("nonce"),
    expires: challenge.time("expires"),
  };
  return (await sign(LOGIN, said, signing)).jws;
}
