/**
 * A partner's keys: made once, kept before they are shown.
 *
 * In memory: `own/entries` holds the directory entries that the vault has, oldest first, `own/next` one that was signed
 * and may or may not have arrived; `own/sign/…` and `own/open/…` every secret there ever was, but for signing keys that
 * a `KeyHolder` has.
 */

import type { Clock, Connection } from "../client/connection.js";
import { NothingRemembered, Refused } from "../client/errors.js";
import type { Memory } from "../client/memory.js";
import { random } from "../digest.js";
import type { Bytes } from "../encoding.js";
import { fromBase64url, toBase64url } from "../encoding.js";
import { kidOf, SigningKey } from "../keys.js";
import type { Partner } from "../records/kinds.js";
import { PARTNER } from "../records/kinds.js";
import { verifyPartner } from "../records/parties.js";
import { writeTime } from "../records/shape.js";
import type { Signed } from "../records/signed.js";
import { must, sign } from "../records/signed.js";
import { OpeningKey } from "../sealing/hseal.js";

const ENTRIES = "own/entries";
const NEXT = "own/next";

/** The seeds, 32 bytes each, of the two keys that an entry shows. */
export interface Secrets {
  readonly sign: Bytes;
  readonly open: Bytes;
}

/** Holds signing keys outside the memory, where they can be used and not read. */
export interface KeyHolder {
  hold(seed: Bytes): Promise<SigningKey>;
  find(kid: string): Promise<SigningKey | null>;
}

export const newSecrets = (): Secrets => ({ sign: random(32), open: random(32) });

export class PartnerKeys {
  readonly #opening = new Map<string, OpeningKey>();

  constructor(
    private readonly vault: Connection,
    private readonly memory: Memory,
    private readonly clock: Clock,
    private readonly holder?: KeyHolder,
  ) {}

  /** This partner's directory entries, oldest first. */
  async entries(): Promise<readonly Signed<Partner>[]> {
    const kept = await this.memory.get(ENTRIES);
    if (kept === undefined) throw new NothingRemembered("this memory holds no partner: create one first");
    return verifyPartner(kept.split("\n"));
  }

  /** The newest entry: domain, name and keys of today. */
  async newest(): Promise<Signed<Partner>> {
    const last = (await this.entries()).at(-1);
    if (last === undefined) throw new NothingRemembered("this memory holds no partner: create one first");
    return last;
  }

  /** The signing key of today. */
  async signing(): Promise<SigningKey> {
    return this.signingKey(await kidOf((await this.newest()).record.sign_key));
  }

  /** A signing key of today or before. */
  async signingKey(kid: string): Promise<SigningKey> {
    const held = await this.holder?.find(kid);
    return held ?? SigningKey.fromSeed(fromBase64url(await this.#secret(`own/sign/${kid}`)));
  }

  /** A sealing key of today or before, by the SHA-256 of its public key. */
  async openingKey(kid: string): Promise<OpeningKey> {
    const known = this.#opening.get(kid);
    if (known !== undefined) return known;
    const key = await OpeningKey.fromSeed(fromBase64url(await this.#secret(`own/open/${kid}`)));
    this.#opening.set(kid, key);
    return key;
  }

  /** Make keys and show them in the directory as `domain`; again with the same memory, the same keys. */
  async register(domain: string, name: string, secrets = newSecrets()): Promise<void> {
    if ((await this.memory.get(ENTRIES)) === undefined && (await this.memory.get(NEXT)) === undefined) {
      await this.#prepare(null, secrets, { partner: domain, name, seq: 1, prev: null });
    }
    await this.settle();
    must((await this.newest()).record.partner === domain, "this memory holds another partner");
  }

  /** Show a new signing key in the directory, and with `sealing` a new sealing key. */
  async rotate(sealing = false, { sign, open } = newSecrets()): Promise<Signed<Partner>> {
    await this.settle();
    const [last, signing] = [await this.newest(), await this.signing()];
    const sealingKid = await kidOf(last.record.sealing_key);
    const seed = sealing ? open : fromBase64url(await this.#secret(`own/open/${sealingKid}`));
    const { partner, name, seq } = last.record;
    await this.#prepare(signing, { sign, open: seed }, { partner, name, seq: seq + 1, prev: last.hash });
    await this.settle();
    return this.newest();
  }

  /** @param signer the key before; null for a first entry, which signs for itself. */
  async #prepare(
    signer: SigningKey | null,
    { sign: seed, open }: Secrets,
    said: Pick<Partner, "partner" | "name" | "seq" | "prev">,
  ): Promise<void> {
    const key = (await this.holder?.hold(seed)) ?? (await SigningKey.fromSeed(seed));
    const opening = await OpeningKey.fromSeed(open);
    const sealing_key = toBase64url(opening.publicKey);
    const keys = { sign_key: key.publicKey, sealing_key, time: writeTime(this.clock()) };
    const entry = await sign(PARTNER, { ...said, ...keys }, signer ?? key);
    await this.memory.keep({
      ...(this.holder ? {} : { [`own/sign/${key.kid}`]: toBase64url(seed) }),
      [`own/open/${toBase64url(opening.kid)}`]: toBase64url(open),
      [NEXT]: entry.jws,
    });
  }

  /** Finish what was begun; the vault knows the entry again by its hash. */
  async settle(): Promise<void> {
    const entry = await this.memory.get(NEXT);
    if (entry === undefined) return;
    try {
      await this.vault.put("POST", "/v1/partners", { entry });
    } catch (error) {
      // Only a clear no is a no: else the entry may stand, by an earlier try whose answer was lost.
      const isNo = error instanceof Refused && error.status < 500 && error.status !== 429;
      if (isNo) await this.memory.keep({ [NEXT]: null });
      throw error;
    }
    const before = await this.memory.get(ENTRIES);
    await this.memory.keep({ [ENTRIES]: before === undefined ? entry : `${before}\n${entry}`, [NEXT]: null });
  }

  async #secret(name: string): Promise<string> {
    const secret = await this.memory.get(name);
    if (secret === undefined) throw new NothingRemembered("this memory does not hold that key");
    return secret;
  }
}
