/**
 * Moving in: the account first, then its collections and its journal, then a locker for this device, then files. Each step
 * is known again by its bytes, so calling again goes on where it broke off.
 *
 * In memory: `arrived` is the hash of the index of the bundle that was brought.
 */

import { type CheckedBundle, checkBundle } from "../bundle/check.js";
import type { BundleOpener } from "../bundle/opener.js";
import { Device } from "../bundle/opener.js";
import { BundleReader } from "../bundle/reader.js";
import { Connection } from "../client/connection.js";
import { MemoryFault } from "../client/errors.js";
import type { Memory } from "../client/memory.js";
import { pinTrust } from "../client/pinned.js";
import { sha256 } from "../digest.js";
import { fromBase64url, toBase64url, utf8 } from "../encoding.js";
import { OwnerFiles } from "../files/index.js";
import { OwnerAccount } from "../owner/account.js";
import { makeDevice, type NewDevice } from "../owner/device.js";
import { Journal } from "../owner/journal.js";
import { OwnerLockers } from "../owner/lockers.js";
import { Owner, type OwnerOptions } from "../owner/owner.js";
import { MANIFEST } from "../records/kinds.js";
import { hashOf, must } from "../records/signed.js";
import { deviceLocker } from "../sealing/lockers.js";
import { broughtBy, journalRows } from "./brought.js";
import { MEDIA_TYPE } from "./past.js";

const ARRIVED = "arrived";

/** See `arrive` of `planetvault/arriving`. */
export async function arrive(
  url: string,
  memory: Memory,
  bundle: Blob,
  opener: BundleOpener,
  options: OwnerOptions = {},
): Promise<Owner> {
  const checked = await checkBundle(bundle);
  const reader = await BundleReader.open(bundle);
  if ((await memory.get(ARRIVED)) !== reader.index.hash) {
    await moveIn(url, memory, reader, opener, options);
    await memory.keep({ [ARRIVED]: reader.index.hash });
  }
  const owner = await Owner.open(url, memory, options);
  const files = new OwnerFiles(owner);
  await bringFiles(files, reader);
  await keepBundle(files, bundle, checked);
  return owner;
}

async function moveIn(
  url: string,
  memory: Memory,
  reader: BundleReader,
  opener: BundleOpener,
  options: OwnerOptions,
): Promise<void> {
  const held = await memory.get("account");
  if (held !== undefined && held !== reader.index.account)
    throw new MemoryFault("this memory is another account's: take a new one");
  const vault = new Connection(url, options.fetch);
  const trust = await pinTrust(vault, memory, options.trust);
  const account = new OwnerAccount(vault, memory, trust, options.clock ?? (() => new Date()));
  const brought = await broughtBy(reader, trust.vault, account.clock, opener);
  await vault.put("POST", "/v1/arrivals", brought.body);
  if (held === undefined) await keepDevice(memory, reader, opener);
  if ((await memory.get("account")) !== undefined) {
    await bring(account, reader);
    return;
  }
  const guest = { account: reader.index.account, locker: brought.locker };
  const device = await account.visit(guest, async () => {
    await bring(account, reader);
    return letIn(account);
  });
  const told = {
    account: fromBase64url(guest.account),
    rootKid: fromBase64url(brought.rootKid),
    trust: await sha256(utf8((await memory.get("trust")) ?? "")),
  };
  await Owner.join(url, memory, { device, told }, options);
}

/** A device whose secret can be carried stays the device it was, unless the platform of this memory holds keys itself. */
async function keepDevice(memory: Memory, reader: BundleReader, opener: BundleOpener): Promise<void> {
  if (!(opener instanceof Device) || memory.device !== undefined) return;
  const device = await opener.memory.get("device");
  if (device === undefined) return;
  const chain = (await reader.lines("account/chain")).join("\n");
  await memory.keep({ device, account: reader.index.account, "account/chain": chain });
}

/** Collections first, then the journal; what is there already is passed over. */
async function bring(account: OwnerAccount, reader: BundleReader): Promise<void> {
  await account.unlock();
  for (const [id, sealed] of await reader.sealed("collections.json"))
    await account.put("PUT", `/v1/collections/${id}`, { sealed: toBase64url(sealed) });
  const here = (await account.show()).object("journal").whole("seq");
  for await (const manifests of journalRows(reader, here))
    await account.put("POST", "/v1/journal", { manifests });
  await verifyBrought(new Journal(account), reader);
}

/** A locker of this device, in the account that a guest has opened. */
async function letIn(account: OwnerAccount): Promise<NewDevice> {
  const device = await remembered(account.memory);
  const { signing, opening } = device.locker;
  const lockers = new OwnerLockers(account, new Journal(account));
  await lockers.addDevice({ sign_key: signing.publicKey, sealing_key: toBase64url(opening.publicKey) });
  return device;
}

/** The keys of this device: remembered before they are told, so that a move that breaks off leaves no second locker. */
async function remembered(memory: Memory): Promise<NewDevice> {
  const device = await memory.get("device");
  if (device !== undefined) return { locker: await deviceLocker(fromBase64url(device)), kept: { device } };
  const made = await makeDevice(memory);
  await memory.keep(made.kept);
  return made;
}

/** @throws ProofError if the vault does not show the journal that it was given; before this device is let in. */
async function verifyBrought(journal: Journal, reader: BundleReader): Promise<void> {
  const given = await reader.lines("journal");
  const { seq } = await journal.sync();
  const place = (await journal.places(seq))[given.length];
  const last = given.at(-1);
  const head = last === undefined ? null : await hashOf(MANIFEST, last);
  // What an account that came with an older bundle has written since stands where the newer one would go on.
  must(
    place !== undefined && place.hash === head,
    "the account is here with another journal than the bundle's",
  );
}

async function bringFiles(files: OwnerFiles, reader: BundleReader): Promise<void> {
  for (const file of await files.list()) {
    const names = reader.under(`blobs/${toBase64url(file.reference.blobId)}/`);
    const parts = names.map((name) => {
      return { hash: reader.index.files.get(name) ?? "", read: () => reader.read(name) };
    });
    // Without parts it was put here, or the bundle was made without it.
    if (parts.length > 0) await files.bring(file, parts);
  }
}

/** Her past is her own to show: it lies here sealed, as any file of hers. */
async function keepBundle(files: OwnerFiles, bundle: Blob, { vault, made }: CheckedBundle): Promise<void> {
  const name = `${vault} ${made}`;
  if ((await files.list()).some((file) => file.name === name)) return;
  await files.put(bundle, { name, mediaType: MEDIA_TYPE });
}
