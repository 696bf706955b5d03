/** How a partner stands before everybody: its domain, what owners want erased, disputes, and its public record. */

import type { Answer } from "../client/answer.js";
import type { Attestation, Decision, Demand, Dispute } from "../records/kinds.js";
import { ATTESTATION, DECISION, DEMAND, DISPUTE } from "../records/kinds.js";
import { writeTime } from "../records/shape.js";
import type { Signed } from "../records/signed.js";
import { must, sign, verify } from "../records/signed.js";
import type { HeldGrant, Partner } from "./partner.js";

/** What the vault last saw: `proved`, `lost` or `unproved`, when, and what was wrong (docs/spec/domain-proof.md). */
export interface DomainProof {
  readonly state: string;
  readonly seen: string | null;
  readonly checked: string | null;
  /** How it was last seen: `file` or `dns`. */
  readonly way: string | null;
  readonly error: string;
}

export const PROOF_PATH = "/.well-known/planetvault.txt";

/** What the domain must answer at `PROOF_PATH`; after a new key, this again. */
export async function domainFile(partner: Partner): Promise<string> {
  const { domain, kid } = {
    domain: (await partner.keys.newest()).record.partner,
    ...(await partner.keys.signing()),
  };
  return `# who speaks for ${domain} at a Planet Vault\n${kid}\n`;
}

/** The TXT record that says the same in the domain's DNS: its name and its text. */
export async function domainRecord(partner: Partner): Promise<readonly [string, string]> {
  const { kid } = await partner.keys.signing();
  return [`_planetvault.${await domainOf(partner)}`, `planetvault-key=${kid}`];
}

export async function domainProof(partner: Partner): Promise<DomainProof> {
  return proofOf((await partner.vault.get(`/v1/partners/${await domainOf(partner)}`)).object("proof"));
}

/** Have the vault look at the domain; what it had seen before. It looks within seconds. */
export async function askForProof(partner: Partner): Promise<DomainProof> {
  const target = `/v1/partners/${await domainOf(partner)}/proofs`;
  return proofOf(await partner.vault.put("POST", target, {}, partner.who));
}

function proofOf(row: Answer): DomainProof {
  const [seen, checked] = [row.textOrNull("seen"), row.textOrNull("checked")];
  return { state: row.text("state"), seen, checked, way: row.textOrNull("way"), error: row.text("error") };
}

const domainOf = async (partner: Partner): Promise<string> => (await partner.keys.newest()).record.partner;

/** How a partner has behaved, counted; the same for whoever asks. */
export const COUNTED = [
  "grants",
  "revoked",
  "uses",
  "disputes",
  "reports",
  "demanded",
  "attested",
  "late",
  "overdue",
] as const;
export type PublicRecord = Readonly<Record<(typeof COUNTED)[number], number>>;

export async function publicRecord(partner: Partner): Promise<PublicRecord> {
  const row = await partner.vault.get(`/v1/partners/${await domainOf(partner)}/record`);
  return Object.fromEntries(COUNTED.map((name) => [name, row.whole(name)])) as PublicRecord;
}

/** Erase what was opened under a grant: `open`, `attested`, `late` or `overdue`. */
export interface ReceivedDemand extends Signed<Demand> {
  readonly state: string;
}

/**
 * What owners want erased, the newest first.
 *
 * @param grants those this partner holds: each demand is signed by the owner of the one it names.
 */
export async function demands(
  partner: Partner,
  grants: readonly HeldGrant[],
): Promise<readonly ReceivedDemand[]> {
  const rows = await partner.vault.list("/v1/demands", partner.who);
  const received = rows.map(async (row) => {
    const grant = grants.find(({ hash }) => hash === row.hash("grant"));
    must(grant !== undefined, "a demand about a grant that this client was never shown");
    const demand = await verify(row.record("demand"), DEMAND, () => grant.record.owner_key);
    const { grant: named, deadline, time } = demand.record;
    must(named === grant.hash && deadline > time, "a demand about another grant, or without time for it");
    return { ...demand, state: row.text("state") };
  });
  return (await Promise.all(received)).reverse();
}

/** Give your word that everything opened under the grant of a demand is erased: it is signed, and says so for ever. */
export async function attest(partner: Partner, demand: Signed<Demand>): Promise<Signed<Attestation>> {
  const said = {
    demand: demand.hash,
    partner: await domainOf(partner),
    uses: demand.record.uses,
    time: writeTime(partner.clock()),
  };
  const signed = await sign(ATTESTATION, said, await partner.keys.signing());
  await partner.vault.put("POST", "/v1/attestations", { attestation: signed.jws });
  return signed;
}

/** A dispute about a use, by either side, with the vault's decision once there is one. */
export interface DisputedUse {
  readonly dispute: string;
  readonly receipt: string;
  readonly decision: Signed<Decision> | null;
}

/** Say that a use was not right, while what it brought the owner is pending. */
export async function dispute(partner: Partner, receipt: string, reason: string): Promise<Signed<Dispute>> {
  const said = { vault: partner.trust.vault, receipt, reason, time: writeTime(partner.clock()) };
  const signed = await sign(DISPUTE, said, await partner.keys.signing());
  await partner.vault.put("POST", "/v1/disputes", { dispute: signed.jws });
  return signed;
}

/** Every dispute about a use of this partner's, the newest first. */
export async function disputes(partner: Partner): Promise<readonly DisputedUse[]> {
  const rows = await partner.vault.list("/v1/disputes", partner.who);
  const found = rows.map(async (row) => {
    const raw = row.recordOrNull("decision");
    const decision = raw === null ? null : await verify(raw, DECISION, () => partner.trust.keys);
    return { dispute: row.record("dispute"), receipt: row.hash("receipt"), decision };
  });
  return (await Promise.all(found)).reverse();
}
