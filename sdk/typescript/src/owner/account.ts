/**
 * The owner's account on one device: its locker, its session, and the keys it opens.
 *
 * In memory: `device` is the locker's secret, `account` the account's id, `account/new` the request that makes it, and
 * `account/chain` the chain of lockers as this device saw it last.
 */

import type { Answer } from "../client/answer.js";
import type { Clock, Connection, Credential, Message } from "../client/connection.js";
import { LockedOut, NothingRemembered, Refused } from "../client/errors.js";
import type { Memory } from "../client/memory.js";
import { random } from "../digest.js";
import type { Bytes } from "../encoding.js";
import { fromBase64url, toBase64url, utf8 } from "../encoding.js";
import type { Trust } from "../evidence/trust.js";
import type { SigningKey } from "../keys.js";
import type { AccountChain } from "../records/account-chain.js";
import { verifyAccount } from "../records/account-chain.js";
import { ACCOUNT, LOGIN } from "../records/kinds.js";
import { writeTime } from "../records/shape.js";
import { must, sign } from "../records/signed.js";
import type { Locker } from "../sealing/lockers.js";
import { deviceLocker, openRoot, sealRoot } from "../sealing/lockers.js";
import type { AccountRoot, Identity } from "../sealing/tree.js";
import { identityOf, newRoot, openOlderRoots } from "../sealing/tree.js";
import { makeDevice } from "./device.js";

const CHALLENGES = 3;
/** Challenges differ by the second. */
const NEXT_CHALLENGE = 1100;

/** An account that this device has opened. */
export interface Unlocked {
  readonly account: string;
  readonly chain: AccountChain;
  /** The root keys, the newest first. */
  readonly roots: readonly AccountRoot[];
  readonly newest: AccountRoot;
  readonly identity: Identity;
  readonly locker: Locker;
}

/** Whoever opens an account with what she carries: the account's id, and the locker. */
export interface Guest {
  readonly account: string;
  readonly locker: Locker;
}

export class OwnerAccount {
  #session: string | null = null;
  #locker: Locker | null = null;
  #guest: Guest | null = null;
  #unlocked: Unlocked | null = null;

  constructor(
    readonly vault: Connection,
    readonly memory: Memory,
    readonly trust: Trust,
    readonly clock: Clock,
  ) {}

  /** Make a device locker, an account root and an account; with the same memory again, the same account. */
  async create(): Promise<Unlocked> {
    if ((await this.memory.get("account")) === undefined) await this.#prepare();
    return this.unlock();
  }

  /**
   * Log in, check the chain of lockers, and open the root keys.
   *
   * @throws ProofError or OpenError if the chain was rolled back, forked, or made up around this device's key.
   */
  async unlock(): Promise<Unlocked> {
    const body = await this.memory.get("account/new");
    if (body !== undefined) {
      const headers = { "content-type": "application/json" };
      await this.vault.exchange({ method: "POST", target: "/v1/accounts", body: utf8(body), headers });
      await this.memory.keep({ "account/new": null });
    }
    return this.#take(await this.get("/v1/account"));
  }

  /** The account's keys, once `unlock` has opened them. */
  get unlocked(): Unlocked {
    if (this.#unlocked === null) throw new NothingRemembered("the account is not open yet");
    return this.#unlocked;
  }

  /**
   * What the vault shows of the account. Lockers that came or went since are taken in.
   *
   * @throws ProofError or OpenError if its chain does not continue the one this device has seen.
   */
  async show(): Promise<Answer> {
    const answer = await this.get("/v1/account");
    const known = this.#unlocked?.chain.entries.map((entry) => entry.jws);
    if (answer.records("chain").join() !== known?.join()) await this.#take(answer);
    return answer;
  }

  async #take(answer: Answer): Promise<Unlocked> {
    const [account, locker] = [await this.id(), await this.locker()];
    const chain = await this.#verifyChain(answer, account, locker);
    const roots = await openRoots(chain, answer, locker);
    const [newest, first] = [roots[0], roots.at(-1)];
    if (newest === undefined || first === undefined) throw new NothingRemembered("an account without a root");
    this.#unlocked = { account, chain, roots, newest, identity: await identityOf(first), locker };
    return this.#unlocked;
  }

  /** Whether this device is not let in yet, and opens the account with what its owner carries. */
  get isGuest(): boolean {
    return this.#guest !== null;
  }

  /** Open an account with what its owner carries, for as long as `run` takes. */
  async visit<T>(guest: Guest, run: () => Promise<T>): Promise<T> {
    this.#guest = guest;
    try {
      return await run();
    } finally {
      [this.#guest, this.#session, this.#unlocked] = [null, null, null];
    }
  }

  /** The account's id, in base64url. */
  async id(): Promise<string> {
    return this.#guest?.account ?? this.#remembered("account");
  }

  /** This device's locker; or, on a device that is not let in yet, the one it opens with. */
  async locker(): Promise<Locker> {
    if (this.#guest !== null) return this.#guest.locker;
    this.#locker ??= (await this.memory.device?.load()) ?? null;
    this.#locker ??= await deviceLocker(fromBase64url(await this.#remembered("device")));
    return this.#locker;
  }

  get(target: string): Promise<Answer> {
    return this.#signedIn((who) => this.vault.get(target, who));
  }

  put(method: string, target: string, body: unknown): Promise<Answer> {
    return this.#signedIn((who) => this.vault.put(method, target, body, who));
  }

  list(target: string): Promise<readonly Answer[]> {
    return this.#signedIn((who) => this.vault.list(target, who));
  }

  /** The bytes of an answer that is no JSON. */
  fetch(target: string): Promise<Uint8Array> {
    return this.exchange({ method: "GET", target, body: null, headers: {} });
  }

  exchange(message: Message): Promise<Bytes> {
    return this.#signedIn((who) => this.vault.exchange(message, who));
  }

  async #prepare(): Promise<void> {
    const [id, { locker, kept }] = [random(16), await makeDevice(this.memory)];
    const root = newRoot(id);
    const said = {
      account: toBase64url(id),
      seq: 1,
      prev: null,
      action: "create",
      kind: "device",
      sign_key: locker.signing.publicKey,
      sealing_key: toBase64url(locker.opening.publicKey),
      generation: 0,
      root_commitment: toBase64url(await root.commitment()),
      journal: null,
      time: writeTime(this.clock()),
    } as const;
    const entry = await sign(ACCOUNT, said, locker.signing);
    const sealed_root = toBase64url(await sealRoot(root, locker.kid, locker.opening.publicKey));
    const root_mac = toBase64url(await locker.rootMac(id, locker.kid));
    const body = JSON.stringify({ entry: entry.jws, sealed_root, root_mac, parameters: {}, secrets: {} });
    // Remembered before it is sent: the vault knows the very bytes again by their hash.
    await this.memory.keep({
      ...kept,
      account: said.account,
      "account/new": body,
    });
  }

  /** The chain that the vault shows, if it begins with the one this device saw and this device still stands. */
  async #verifyChain(answer: Answer, account: string, locker: Locker): Promise<AccountChain> {
    const shown = answer.records("chain");
    const chain = await verifyAccount(shown);
    const seen = this.isGuest ? [] : ((await this.memory.get("account/chain"))?.split("\n") ?? []);
    must(
      seen.every((entry, at) => entry === shown[at]),
      "the account's chain is not the one this device saw",
    );
    must(chain.entries[0]?.record.account === account && answer.id("account") === account, "another account");
    must(chain.lockers.has(locker.signing.kid), "this device does not stand in the account any more");
    const now = shown.join("\n");
    if (!this.isGuest && now !== seen.join("\n")) await this.memory.keep({ "account/chain": now });
    return chain;
  }

  async #signedIn<T>(ask: (who: Credential) => Promise<T>): Promise<T> {
    this.#session ??= await this.#logIn();
    try {
      return await ask(this.#bearer);
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 401) throw error;
      this.#session = await this.#logIn();
      return ask(this.#bearer);
    }
  }

  readonly #bearer: Credential = async () => ({ authorization: `Bearer ${this.#session}` });

  /** Sign the vault's challenge. One that is spent already is asked for anew. */
  async #logIn(): Promise<string> {
    const [account, { signing }] = [await this.id(), await this.locker()];
    for (let challenge = 1; ; challenge++) {
      try {
        return await this.#answerChallenge(account, signing);
      } catch (error) {
        if (!(error instanceof Refused) || error.status !== 409 || challenge === CHALLENGES) throw error;
        await new Promise((resume) => setTimeout(resume, NEXT_CHALLENGE));
      }
    }
  }

  async #answerChallenge(account: string, key: SigningKey): Promise<string> {
    const challenge = await this.vault.put("POST", "/v1/logins", { kid: key.kid });
    if (challenge.id("account") !== account)
      throw new LockedOut("the vault does not know this device under this account");
    // The vault's name comes from the pinned trust file, never from the challenge.
    const said = {
      vault: this.trust.vault,
      account,
      nonce: challenge.hash("nonce"),
      expires: challenge.time("expires"),
    };
    const login = await sign(LOGIN, said, key);
    return (await this.vault.put("POST", "/v1/sessions", { login: login.jws })).text("session");
  }

  async #remembered(name: string): Promise<string> {
    const value = await this.memory.get(name);
    if (value === undefined)
      throw new NothingRemembered("this memory holds no owner's device: create an account first");
    return value;
  }
}

/**
 * The root keys that a locker opens of what the vault shows, the newest first; the chain commits to each.
 *
 * @throws ProofError or OpenError if the locker is not among what is shown, or does not vouch for it.
 */
export async function openRoots(
  chain: AccountChain,
  answer: Answer,
  locker: Locker,
): Promise<readonly AccountRoot[]> {
  const ours = answer.objects("lockers").find((row) => row.hash("kid") === locker.signing.kid);
  must(ours !== undefined, "the locker is not shown");
  const generation = chain.commitments.length - 1;
  const accountId = fromBase64url(answer.id("account"));
  const commitments = chain.commitments.map(fromBase64url);
  const expected = {
    accountId,
    rootKid: fromBase64url(chain.entries[0]?.kid ?? ""),
    commitment: commitments[generation] ?? new Uint8Array(),
  };
  const sealed = { generation, blob: ours.bytes("sealed_root"), rootMac: ours.bytes("root_mac") };
  const root = await openRoot(locker, sealed, expected);
  if (generation === 0) return [root];
  const blob = answer.bytesByName("secrets").get("roots") ?? new Uint8Array();
  return [root, ...[...(await openOlderRoots(root, commitments.slice(0, -1), blob))].reverse()];
}
