/**
 * Lockers come, go, and open an account on a new device (docs/spec/account.md). When one goes, a new root key is sealed
 * to all others, and the older ones under it, in the same request. No data is touched.
 */

import { Answer } from "../client/answer.js";
import { LockedOut, OpensNothing, OwnLocker, Refused } from "../client/errors.js";
import type { Bytes } from "../encoding.js";
import { fromBase64url, toBase64url } from "../encoding.js";
import { kidOf } from "../keys.js";
import type { Account } from "../records/kinds.js";
import { ACCOUNT } from "../records/kinds.js";
import { writeTime } from "../records/shape.js";
import { must, sign } from "../records/signed.js";
import type { Locker } from "../sealing/lockers.js";
import { sealRoot } from "../sealing/lockers.js";
import type { AccountRoot } from "../sealing/tree.js";
import { nextRoot, sealOlderRoots } from "../sealing/tree.js";
import type { OwnerAccount } from "./account.js";
import type { NewDevice } from "./device.js";
import { makeDevice } from "./device.js";
import type { Journal } from "./journal.js";
import type { Guarded, Opener, Parameters } from "./openers.js";

/** How often to begin anew because another device wrote, or changed the lockers, first. */
const TRIES = 8;

/** A way to open this account, since when it stands, and whether it is this device itself. */
export interface StandingLocker {
  readonly kid: string;
  readonly kind: string;
  readonly since: string;
  readonly here: boolean;
}

/** The public keys of a device, in base64url. */
export type DeviceKeys = Pick<Account, "sign_key" | "sealing_key">;

/** What a device that is in tells a new one: account, root kid, and the hash of the trust file it has pinned. */
export interface Told {
  readonly account: Bytes;
  readonly rootKid: Bytes;
  readonly trust: Bytes;
}

/** What an entry is about: the locker that comes, goes, or turns the root key. */
type Named = Pick<Account, "action" | "kind" | "sign_key" | "sealing_key">;

export class OwnerLockers {
  constructor(
    private readonly account: OwnerAccount,
    private readonly journal: Journal,
  ) {}

  /** Every locker that stands, oldest first. */
  async list(): Promise<readonly StandingLocker[]> {
    await this.account.show();
    const { chain, locker } = this.account.unlocked;
    return [...chain.lockers].map(([kid, { kind, time }]) => {
      return { kid, kind, since: time, here: kid === locker.signing.kid };
    });
  }

  /** Let what an owner or her guardians carry open this account; its kid comes back. */
  async add(opener: Opener): Promise<string> {
    const parameters = opener.newParameters();
    const id = fromBase64url(await this.account.id());
    const locker = await opener.locker(id, new Answer(parameters), this.account);
    const extra = { parameters, finder: toBase64url(await opener.finder()) };
    const guarded = await opener.guarded?.();
    await this.#add(locker, guarded === undefined ? extra : { ...extra, guarded });
    return locker.signing.kid;
  }

  /**
   * Let a locker open nothing that is written from now on. Removing one that is gone changes nothing.
   *
   * @throws OwnLocker for this device's own.
   */
  async remove(kid: string): Promise<void> {
    if (kid === this.account.unlocked.locker.signing.kid)
      throw new OwnLocker("remove this device from another one of yours");
    await this.#until(async (journal) => {
      const named = this.account.unlocked.chain.lockers.get(kid);
      return named === undefined || this.#turn("remove", named, kid, journal);
    });
  }

  /** Turn the root key, and remove nobody. */
  async rotate(): Promise<void> {
    await this.#until(async (journal) => {
      const { chain, locker } = this.account.unlocked;
      const ours = chain.lockers.get(locker.signing.kid);
      must(ours !== undefined, "this device does not stand in the account any more");
      return this.#turn("rotate", ours, null, journal);
    });
  }

  /**
   * Open the account that this opens, on a device that has none, and let the device in. The locker's root MAC is
   * checked before anything is signed or written. A password locker of an older, lower cost is made anew.
   *
   * @throws OpensNothing if the vault knows of no such locker.
   * @throws ProofError or OpenError if the account is not the one that this locker vouches for.
   */
  async enter(opener: Opener): Promise<void> {
    const [guest, parameters] = await this.#find(opener);
    try {
      await this.account.visit(guest, () => this.#letIn(guest.account));
    } catch (error) {
      if (error instanceof LockedOut) throw new OpensNothing("the vault knows no such locker");
      throw error;
    }
    this.journal.restart();
    await this.account.unlock();
    if (!opener.isDated(parameters)) return;
    await this.add(opener);
    await this.remove(guest.locker.signing.kid);
  }

  async #letIn(account: string): Promise<void> {
    await this.account.unlock();
    const { locker, kept } = await makeDevice(this.account.memory);
    await this.#add(locker, { parameters: {} });
    await this.#settle(account, kept);
  }

  /** Remember the account: this device is in. */
  async #settle(account: string, kept: NewDevice["kept"]): Promise<void> {
    const chain = this.account.unlocked.chain.entries.map((entry) => entry.jws).join("\n");
    await this.account.memory.keep({ ...kept, account, "account/chain": chain });
  }

  /**
   * Enter an account that another device let this one into, by what that device told.
   *
   * @throws LockedOut before the other device has added this one.
   * @throws ProofError or OpenError if the vault shows another account than the other device named.
   */
  async join({ locker, kept }: NewDevice, told: Told): Promise<void> {
    const account = toBase64url(told.account);
    await this.account.visit({ account, locker }, async () => {
      const root_mac = toBase64url(await locker.rootMac(told.account, told.rootKid));
      await this.account.put("PUT", "/v1/account/root-mac", { root_mac });
      await this.account.unlock();
      await this.#settle(account, kept);
    });
    await this.account.unlock();
  }

  async #find(opener: Opener): Promise<readonly [{ account: string; locker: Locker }, Answer]> {
    const finder = toBase64url(await opener.finder());
    const found = await this.account.vault.put("POST", "/v1/finders", { finder }).catch((error: unknown) => {
      if (error instanceof Refused && error.status === 404)
        throw new OpensNothing("this opens no account of this vault");
      throw error;
    });
    const [account, parameters] = [found.id("account"), found.object("parameters")];
    const locker = await opener.locker(fromBase64url(account), parameters, this.account);
    return [{ account, locker }, parameters];
  }

  // -- entries -------------------------------------------------------------------------

  async #add(
    locker: Locker,
    extra: { readonly parameters: Parameters; readonly finder?: string; readonly guarded?: Guarded },
  ): Promise<void> {
    const rootKid = fromBase64url(this.account.unlocked.chain.entries[0]?.kid ?? "");
    const id = fromBase64url(await this.account.id());
    const root_mac = toBase64url(await locker.rootMac(id, rootKid));
    const sealing_key = toBase64url(locker.opening.publicKey);
    const named = { kind: locker.kind, sign_key: locker.signing.publicKey, sealing_key };
    await this.#stand(named, { root_mac, ...extra });
  }

  /** Let a device in by its public keys; it makes its own root MAC, with what it was told. */
  addDevice(keys: DeviceKeys): Promise<void> {
    return this.#stand({ kind: "device", ...keys }, {});
  }

  /** Add a locker, unless it stands already. */
  async #stand(keys: Omit<Named, "action">, extra: object): Promise<void> {
    const [kid, sealingKey] = [await kidOf(keys.sign_key), fromBase64url(keys.sealing_key)];
    await this.#until(async (journal) => {
      const { chain, newest } = this.account.unlocked;
      if (chain.lockers.has(kid)) return true;
      const roots = { [kid]: toBase64url(await sealRoot(newest, fromBase64url(kid), sealingKey)) };
      return this.#send({ action: "add", ...keys }, newest, journal, { roots, ...extra });
    });
  }

  /** A new root key, sealed to every locker that stays. */
  async #turn(
    action: "remove" | "rotate",
    { kind, sign_key, sealing_key }: Account,
    gone: string | null,
    journal: string | null,
  ): Promise<boolean> {
    const { chain, roots: older, newest } = this.account.unlocked;
    const root = nextRoot(newest);
    const stay = [...chain.lockers].filter(([kid]) => kid !== gone);
    const sealed = stay.map(async ([kid, locker]) => {
      const blob = await sealRoot(root, fromBase64url(kid), fromBase64url(locker.sealing_key));
      return [kid, toBase64url(blob)] as const;
    });
    const roots = Object.fromEntries(await Promise.all(sealed));
    const secrets = { roots: toBase64url(await sealOlderRoots(root, [...older].reverse())) };
    return this.#send({ action, kind, sign_key, sealing_key }, root, journal, { roots, secrets });
  }

  /** Whether the entry took its place; false if another device was first. */
  async #send(named: Named, root: AccountRoot, journal: string | null, extra: object): Promise<boolean> {
    const { account, chain, locker } = this.account.unlocked;
    const said = {
      account,
      seq: chain.entries.length + 1,
      prev: chain.head,
      ...named,
      generation: root.generation,
      root_commitment: toBase64url(await root.commitment()),
      journal,
      time: writeTime(this.account.clock()),
    };
    const entry = await sign(ACCOUNT, said, locker.signing);
    try {
      await this.account.put("POST", "/v1/account/entries", { entry: entry.jws, ...extra });
    } catch (error) {
      if (error instanceof Refused && error.status === 409) return false;
      throw error;
    }
    await this.account.show();
    must(this.account.unlocked.chain.head === entry.hash, "the vault put the entry elsewhere");
    return true;
  }

  /** Try with the journal as it is now, until it worked. */
  async #until(attempt: (journal: string | null) => Promise<boolean>): Promise<void> {
    for (let tried = 0; tried < TRIES; tried++) if (await attempt((await this.journal.sync()).hash)) return;
    throw new Refused("conflict", 409, "the lockers keep moving: is another device changing them?", "");
  }
}
