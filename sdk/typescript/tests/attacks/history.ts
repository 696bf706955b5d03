/** Attacks on what is there and in what order: swaps, drops, rollbacks, forks, plants, hidden uses. */

import { FleetingMemory } from "../../src/client/memory.js";
import { random } from "../../src/digest.js";
import { fromBase64url, toBase64url } from "../../src/encoding.js";
import { FormatError, OpenError, ProofError, SignatureError } from "../../src/errors.js";
import { SigningKey } from "../../src/keys.js";
import { RecoveryPhrase } from "../../src/owner/openers.js";
import { Owner } from "../../src/owner/owner.js";
import * as records from "../../src/records/index.js";
import { seal, unseal } from "../../src/sealing/seal.js";
import { attempt, equal, holds, refused } from "./attack.js";
import type { Json } from "./routes.js";
import type { Town } from "./town.js";
import { copied, plays, readAll, rewritten, URL_OF_VAULT } from "./town.js";
import type { KeptItem, State } from "./vault.js";
import { said } from "./vault.js";

const CHUNK = 16_400;
const HEAD = 57;

async function twoMonths(town: Town): Promise<readonly [KeptItem, KeptItem]> {
  for (const month of ["2027-01", "2027-02"]) await town.owner.write("music.play", month, plays(month));
  equal((await readAll(await town.reopened())).length, 2);
  const [one, other] = town.vault.account().items.values();
  if (one === undefined || other === undefined) throw new Error("two items were written");
  return [one, other];
}

/** Do something to what is stored, and see that a device refuses it; then undo it. */
async function tampered(town: Town, change: () => void): Promise<void> {
  const before = structuredClone(town.vault.state);
  change();
  await refused(async () => readAll(await town.reopened()), ProofError, OpenError);
  town.vault.state = before;
}

async function swaps(town: Town): Promise<void> {
  await twoMonths(town);
  const items = (): KeptItem[] => [...town.vault.account().items.values()];
  const fields = (at: number): Record<string, string> => items()[at]?.fields ?? {};
  await tampered(town, () => {
    const sealed = fields(0);
    const [one = "", other = ""] = Object.keys(sealed).filter((name, _, all) =>
      all.some((each) => each !== name && sealed[each]?.length === sealed[name]?.length),
    );
    [sealed[one], sealed[other]] = [sealed[other] ?? "", sealed[one] ?? ""];
  });
  await tampered(town, () => {
    const [mine, theirs] = [fields(0), fields(1)];
    const [name = ""] = Object.keys(mine);
    [mine[name], theirs[name]] = [theirs[name] ?? "", mine[name] ?? ""];
  });
  await tampered(town, () => {
    const [mine, theirs] = items();
    if (mine && theirs) [mine.key, theirs.key] = [theirs.key, mine.key];
  });
  await tampered(town, () => {
    const { items: kept } = town.vault.account();
    const [[one, mine], [other, theirs]] = [...kept] as [[string, KeptItem], [string, KeptItem]];
    kept.set(one, theirs).set(other, mine);
  });
}

async function drops(town: Town): Promise<void> {
  await twoMonths(town);
  const fields = (): Record<string, string> => [...town.vault.account().items.values()][0]?.fields ?? {};
  const name = (): string => Object.keys(fields())[0] ?? "";
  const bytes = (change: (octets: Uint8Array) => Uint8Array): void => {
    fields()[name()] = toBase64url(change(fromBase64url(fields()[name()] ?? "")));
  };
  await tampered(town, () => delete fields()[name()]);
  await tampered(town, () => Object.assign(fields(), { [toBase64url(random(16))]: fields()[name()] }));
  await tampered(town, () => bytes((octets) => octets.slice(0, -16)));
  await tampered(town, () => bytes((octets) => new Uint8Array([...octets, ...new Uint8Array(16)])));
}

async function olderVersion(town: Town): Promise<void> {
  await town.owner.write("music.play", "2027-01", plays("2027-01"));
  const [[item, old] = ["", undefined]] = structuredClone(town.vault.account().items);
  await town.owner.write("music.play", "2027-01", plays("2027-01", ["Rain at Nine"]));
  if (old === undefined) throw new Error("an item was written");
  const mixed = structuredClone(town.vault.account().items.get(item) ?? old);
  for (const shown of [old, { ...mixed, fields: old.fields }, { ...mixed, key: old.key }]) {
    town.vault.account().items.set(item, shown);
    await refused(() => town.owner.open(item), ProofError, OpenError);
  }
}

async function yesterday(town: Town): Promise<void> {
  await town.owner.write("music.play", "2027-01", plays("2027-01"));
  const old = structuredClone(town.vault.state);
  await town.owner.write("music.play", "2027-02", plays("2027-02"));
  town.vault.state = withSessions(old, town);
  await refused(() => town.owner.items(), ProofError);
  await refused(async () => (await town.reopened()).items(), ProofError);
}

/** An older state in which today's sessions go on: what the client refuses must not be refused for a login. */
function withSessions(state: State, town: Town): State {
  return { ...structuredClone(state), sessions: town.vault.state.sessions };
}

async function olderChain(town: Town): Promise<void> {
  const old = structuredClone(town.vault.state);
  await town.owner.addLocker(await RecoveryPhrase.create());
  town.vault.state = withSessions(old, town);
  await refused(() => town.owner.items(), ProofError);
  await refused(() => town.reopened(), ProofError);
}

async function olderReceipts(town: Town): Promise<void> {
  const grant = await town.used();
  const old = structuredClone(town.vault.state);
  await town.partner.use(grant, await town.partner.items(grant));
  equal((await town.owner.receipts()).length, 2);
  town.vault.state = withSessions(old, town);
  await refused(() => town.owner.receipts(), ProofError);
  await refused(() => town.partner.receipts(grant));
}

async function olderJournalForANewDevice(town: Town): Promise<void> {
  await town.owner.write("music.play", "2027-01", plays("2027-01"));
  const { head } = town.vault.account();
  await town.owner.write("music.play", "2027-02", plays("2027-02"));
  const phrase = await RecoveryPhrase.create();
  await town.owner.addLocker(phrase);
  town.between.lies.set("/v1/account", (shown) => ({ ...shown, journal: { seq: 1, head } }));
  await refused(() => town.arriving(phrase), ProofError);
}

/** Two devices of one owner, from here on each at its own copy of the vault. */
async function twoDevices(town: Town): Promise<readonly [Owner, Owner]> {
  const phrase = await RecoveryPhrase.create();
  await town.owner.addLocker(phrase);
  const memory = new FleetingMemory();
  await town.arriving(phrase, memory);
  await town.owner.items();
  const fork = town.vault.fork();
  const options = { ...town.options, fetch: fork.fetch };
  return [town.owner, await Owner.open(URL_OF_VAULT, memory, options)];
}

async function forks(town: Town): Promise<void> {
  const [one, other] = await twoDevices(town);
  await other.compare(await one.heads());
  await one.write("music.play", "2027-01", plays("2027-01"));
  await other.write("music.play", "2027-02", plays("2027-02"));
  for (const [mine, theirs] of [
    [one, other],
    [other, one],
  ] as const)
    await refused(async () => mine.compare(await theirs.heads()), ProofError);
}

async function keptBehind(town: Town): Promise<void> {
  const [one, other] = await twoDevices(town);
  await one.write("music.play", "2027-01", plays("2027-01"));
  await refused(async () => other.compare(await one.heads()), ProofError);
  await one.addLocker(await RecoveryPhrase.create());
  await refused(async () => other.compare(await one.heads()), ProofError);
  await one.compare(await other.heads());
}

async function chunks(): Promise<void> {
  const [key, place] = [new Uint8Array(32), new Uint8Array([1])];
  const file = new Uint8Array(65_536).map((_, at) => at);
  const blob = await seal(key, place, file);
  const pieces: Uint8Array[] = [];
  for (let at = HEAD; at < blob.length; at += CHUNK) pieces.push(blob.slice(at, at + CHUNK));
  const [first, second, ...rest] = pieces as [Uint8Array, Uint8Array, ...Uint8Array[]];
  const attacks = [
    [second, first, ...rest],
    pieces.slice(0, -1),
    pieces.slice(0, 2),
    [...pieces, pieces.at(-1) ?? first],
    pieces.slice(1),
    [],
  ];
  const joined = (each: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => {
    return new Uint8Array([blob.slice(0, HEAD), ...each].flatMap((piece) => [...piece]));
  };
  for (const attacked of attacks) await refused(() => unseal(key, place, joined(attacked)), OpenError);
  equal((await unseal(key, place, joined(pieces))).length, file.length);
}

async function otherVersions(town: Town): Promise<void> {
  await town.owner.write("music.play", "2027-01", plays("2027-01"));
  const versioned = (blob: string, version: number): string => {
    const octets = fromBase64url(blob);
    octets[0] = version;
    return toBase64url(octets);
  };
  for (const version of [0, 2, 255]) {
    await tampered(town, () => {
      for (const item of town.vault.account().items.values()) item.key = versioned(item.key, version);
    });
    await tampered(town, () => {
      for (const { fields } of town.vault.account().items.values())
        for (const [name, sealed] of Object.entries(fields)) fields[name] = versioned(sealed, version);
    });
    await tampered(town, () => {
      for (const locker of town.vault.account().lockers.values())
        locker.sealed_root = versioned(locker.sealed_root, version);
    });
  }
}

const HEADERS: readonly Json[] = [
  { alg: "none" },
  { alg: "HS256" },
  { alg: "EdDSA" },
  { typ: "planetvault-grant+jws" },
  { typ: "planetvault-account-v0+jws" },
  { crit: ["v0"] },
];

async function otherHeaders(town: Town): Promise<void> {
  for (const header of HEADERS) {
    town.between.lies.set("/v1/account", (shown) => {
      const [first = "", ...rest] = shown["chain"] as string[];
      return { ...shown, chain: [rewritten(first, header, 0), ...rest] };
    });
    await refused(() => town.reopened(), FormatError, ProofError);
    await refused(async () => town.reopened(await copied(town.memory, "account/chain")), FormatError);
  }
}

async function otherKinds(town: Town): Promise<void> {
  const grant = await town.used();
  const [receipt] = town.vault.account().receipts;
  const [manifest = ""] = town.vault.account().journal;
  const one = { receipt: receipt?.receipt ?? "", grant: grant.jws, use: receipt?.use ?? "", manifest };
  const { publicKey } = town.vault.key;
  for (const kind of records.KINDS) {
    for (const [noun, jws] of Object.entries(one)) {
      if (noun !== kind.noun) await refused(() => records.verify(jws, kind, () => publicKey), FormatError);
    }
  }
  await records.verify(one.receipt, records.RECEIPT, () => publicKey);
}

/** A journal that goes on with a manifest of somebody else's making. */
async function planted(town: Town, signer: SigningKey, changes: Json = {}): Promise<void> {
  const { journal, head } = town.vault.account();
  const { v: _, salt: __, ...last } = said(journal.at(-1) ?? "");
  const content = { ...last, seq: journal.length + 1, prev: head, item: toBase64url(random(16)), version: 1 };
  const manifest = await records.sign(records.MANIFEST, { ...content, ...changes } as never, signer);
  town.between.lies.set("/v1/account", (shown) => {
    return { ...shown, journal: { seq: manifest.record.seq, head: manifest.hash } };
  });
  town.between.lies.set("/v1/journal", (shown) => {
    return { ...shown, data: [...(shown["data"] as Json[]), { manifest: manifest.jws }] };
  });
  await refused(() => town.owner.items(), ProofError, SignatureError);
  const fresh = await town.reopened(await copied(town.memory, "item/"));
  await refused(() => fresh.items(), ProofError, SignatureError);
}

async function plantedItem(town: Town): Promise<void> {
  await town.owner.write("music.play", "2027-01", plays("2027-01"));
  await planted(town, await SigningKey.generate());
}

async function plantedByARemovedLocker(town: Town): Promise<void> {
  const phrase = await RecoveryPhrase.create();
  await town.owner.addLocker(phrase);
  const removed = await town.arriving(phrase);
  await removed.write("music.play", "2027-01", plays("2027-01"));
  const { signing } = removed.account.unlocked.locker;
  await town.owner.removeLocker(signing.kid);
  const { entries } = town.owner.account.unlocked.chain;
  for (const entry of entries.slice(-2)) {
    await planted(town, signing, { chain: entry.hash });
    town.between.lies.clear();
  }
  equal((await town.owner.items()).length, 1);
}

async function hiddenUse(town: Town): Promise<void> {
  await town.used(3);
  town.between.lies.set("/v1/receipts", (shown) => {
    const [first, , ...rest] = shown["data"] as Json[];
    return { ...shown, data: [first, ...rest] };
  });
  await refused(() => town.owner.receipts(), ProofError);
}

async function newestUseHidden(town: Town): Promise<void> {
  await town.used(2);
  town.between.lies.set("/v1/receipts", (shown) => {
    return { ...shown, data: (shown["data"] as Json[]).slice(0, -1) };
  });
  equal((await town.owner.receipts()).length, 1);
  await refused(() => town.owner.statement(), ProofError);
}

async function hiddenFromThePartner(town: Town): Promise<void> {
  const grant = await town.used(3);
  await town.partner.receipts(grant);
  const [, second] = town.vault.account().receipts;
  holds(second !== undefined, "there was a second use");
  const { receipts } = town.vault.account();
  receipts.splice(2, 1);
  await refused(() => town.partner.receipts(grant));
}

export const HISTORY = [
  attempt(4, "fields, items and item keys in each other's place", swaps),
  attempt(5, "a field dropped, added, cut or extended", drops),
  attempt(5, "one item in its older version, or parts of it", olderVersion),
  attempt(6, "yesterday's database stops a device that saw more", yesterday),
  attempt(6, "an older account chain stops a device that saw a newer", olderChain),
  attempt(6, "an older chain of receipts stops owner and partner", olderReceipts),
  attempt(
    6,
    "a brand-new device is shown no journal older than the account chain",
    olderJournalForANewDevice,
  ),
  attempt(7, "two devices on a forking vault find out when they compare heads", forks),
  attempt(7, "a device that is kept behind finds out when it compares heads", keptBehind),
  attempt(8, "chunks of a long blob reordered, cut or joined", chunks),
  attempt(10, "a blob of another version", otherVersions),
  attempt(10, "a chain entry with another header", otherHeaders),
  attempt(17, "an item that the vault signed", plantedItem),
  attempt(17, "a removed locker plants nothing with the vault's help", plantedByARemovedLocker),
  attempt(21, "a record of one kind is none of another", otherKinds),
  attempt(21, "a chain entry with another header", otherHeaders),
  attempt(35, "a use that the vault hides leaves a gap", hiddenUse),
  attempt(35, "the newest use hidden contradicts the vault's own statement", newestUseHidden),
  attempt(35, "a use hidden from the partner", hiddenFromThePartner),
];
