/** A partner that is there already: opened from memory, or moved in with a file of keys. */

import { Connection } from "../client/connection.js";
import { MemoryFault, Refused } from "../client/errors.js";
import type { Memory } from "../client/memory.js";
import { pinTrust } from "../client/pinned.js";
import { fromBase64url, toBase64url } from "../encoding.js";
import { kidOf, SigningKey } from "../keys.js";
import { verifyPartner } from "../records/parties.js";
import { must } from "../records/signed.js";
import { OpeningKey } from "../sealing/hseal.js";
import type { KeyFile } from "./key-file.js";
import { PartnerKeys } from "./keyring.js";
import type { PartnerOptions } from "./partner.js";
import { Partner } from "./partner.js";

/**
 * The partner that `memory` remembers; a change of keys that was cut short is finished first.
 *
 * @throws NothingRemembered if it remembers none.
 */
export async function openPartner(
  url: string,
  memory: Memory,
  options: PartnerOptions = {},
): Promise<Partner> {
  const vault = new Connection(url, options.fetch);
  const clock = options.clock ?? (() => new Date());
  const trust = await pinTrust(vault, memory, options.trust);
  const keys = new PartnerKeys(vault, memory, clock, options.holder);
  await keys.settle();
  await keys.newest();
  return new Partner(vault, memory, trust, keys, clock);
}

/**
 * The partner of a file of keys. One that the directory does not know yet is registered with them.
 *
 * @throws MemoryFault if this memory holds a partner already.
 * @throws ProofError if the directory shows other keys as the newest.
 */
export async function adoptPartner(
  file: KeyFile,
  url: string,
  memory: Memory,
  options: PartnerOptions = {},
): Promise<Partner> {
  for (const name of ["own/entries", "own/next"])
    if ((await memory.get(name)) !== undefined) throw new MemoryFault("this memory holds a partner already");
  const vault = new Connection(url, options.fetch);
  const [sign, open] = [fromBase64url(file.sign), file.open.map(fromBase64url)];
  const shown = await entriesOf(vault, file.partner);
  if (shown === null) {
    const secrets = { sign, open: open[0] ?? new Uint8Array() };
    return Partner.create(file.partner, file.name, url, memory, { ...options, secrets });
  }
  const entries = await verifyPartner(shown);
  const newest = entries.at(-1)?.record;
  const [key, opening] = [await SigningKey.fromSeed(sign), await Promise.all(open.map(OpeningKey.fromSeed))];
  const kids = opening.map(({ kid }) => toBase64url(kid));
  must(newest?.partner === file.partner, "the directory shows another partner");
  must(newest.sign_key === key.publicKey, "the directory shows another key than this file");
  must(kids.includes(await kidOf(newest.sealing_key)), "this file lacks the newest sealing key");
  await options.holder?.hold(sign);
  await memory.keep({
    ...Object.fromEntries(kids.map((kid, at) => [`own/open/${kid}`, file.open[at] ?? ""])),
    ...(options.holder ? {} : { [`own/sign/${key.kid}`]: file.sign }),
    "own/entries": shown.join("\n"),
  });
  return openPartner(url, memory, options);
}

/** The entries of a domain as the directory shows them, oldest first, not verified; null for one it does not know. */
export async function entriesOf(vault: Connection, domain: string): Promise<readonly string[] | null> {
  try {
    return (await vault.get(`/v1/partners/${domain}`)).records("entries");
  } catch (error) {
    if (error instanceof Refused && error.code === "not-found") return null;
    throw error;
  }
}
