/** Whom a client believes: the vault and the partners whose keys it has pinned. Newer keys must follow from these. */

import { fromUtf8 } from "../encoding.js";
import { ProofError } from "../errors.js";
import type { Trust } from "../evidence/trust.js";
import { readTrust } from "../evidence/trust.js";
import { kidOf } from "../keys.js";
import type { Grant, Partner, RecordOf } from "../records/kinds.js";
import { verifyPartner, verifySigner } from "../records/parties.js";
import type { AnyKind, Signed } from "../records/signed.js";
import { must, verify } from "../records/signed.js";
import type { Connection } from "./connection.js";
import { NothingRemembered } from "./errors.js";
import type { Memory } from "./memory.js";

const TRUST = "trust";

/**
 * Pin the trust file that the caller brought, or else the one that the vault shows at first contact.
 *
 * @throws ProofError if another one is pinned already.
 */
export async function pinTrust(vault: Connection, memory: Memory, given?: string): Promise<Trust> {
  const pinned = await memory.get(TRUST);
  const shown = given ?? pinned ?? fromUtf8(await vault.exchange(messageTo("/v1/trust")));
  const trust = await readTrust(shown);
  if (pinned !== undefined && pinned !== shown) throw new ProofError("another trust file is pinned");
  if (pinned === undefined) await memory.keep({ [TRUST]: shown });
  return trust;
}

const messageTo = (target: string) => ({ method: "GET", target, body: null, headers: {} });

/** @throws NothingRemembered before the first contact. */
export async function rememberedTrust(memory: Memory): Promise<Trust> {
  const pinned = await memory.get(TRUST);
  if (pinned === undefined) throw new NothingRemembered("this client has pinned no vault yet");
  return readTrust(pinned);
}

/** A partner's directory entries, oldest first, as they are pinned. */
export type History = readonly Signed<Partner>[];

export async function rememberedPartner(memory: Memory, domain: string): Promise<History | null> {
  const pinned = await memory.get(`partner/${domain}`);
  return pinned === undefined ? null : verifyPartner(pinned.split("\n"));
}

/**
 * A partner's entries from the directory, which must continue those that are pinned.
 *
 * @param kid of a key that must stand in them, if it is known from elsewhere.
 * @throws ProofError if they do not continue, or if the key is not among them.
 */
export async function fetchPartner(
  vault: Connection,
  memory: Memory,
  domain: string,
  kid?: string,
): Promise<History> {
  const shown = (await vault.get(`/v1/partners/${domain}`)).records("entries");
  const history = await verifyPartner(shown);
  must(history[0]?.record.partner === domain, "the directory shows another partner");
  const pinned = (await memory.get(`partner/${domain}`))?.split("\n") ?? [];
  must(
    pinned.every((entry, at) => entry === shown[at]),
    "a partner's keys do not follow from those pinned",
  );
  const kids = await Promise.all(history.map((entry) => kidOf(entry.record.sign_key)));
  must(kid === undefined || kids.includes(kid), "the directory does not show the expected key");
  await memory.keep({ [`partner/${domain}`]: shown.join("\n") });
  return history;
}

/** What verifying needs of a client: where to ask, and what is pinned. */
export interface Pins {
  readonly vault: Connection;
  readonly memory: Memory;
}

/**
 * A record that the partner of a grant signed, with the key that the grant pins or a later one.
 *
 * @throws FormatError, SignatureError or ProofError if it did not.
 */
export async function verifyByPartner<K extends AnyKind>(
  { vault, memory }: Pins,
  { partner, partner_key }: Pick<Grant, "partner" | "partner_key">,
  jws: string,
  kind: K,
): Promise<Signed<RecordOf<K>>> {
  const verified = (known: History) =>
    verify(jws, kind, async (_, kid) => (await verifySigner(known, partner_key, kid)).record.sign_key);
  const known =
    (await rememberedPartner(memory, partner)) ?? (await fetchPartner(vault, memory, partner, partner_key));
  try {
    return await verified(known);
  } catch {
    // It may have new keys, which must follow from the pinned ones.
    return verified(await fetchPartner(vault, memory, partner));
  }
}

export function newest(history: History): Signed<Partner> {
  const last = history.at(-1);
  if (last === undefined) throw new NothingRemembered("a partner without entries");
  return last;
}
